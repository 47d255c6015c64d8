// Runs the real command as a child process, with a home of its own.

import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

const BIN = fileURLToPath(new URL("../bin/throughline.mjs", import.meta.url))

export interface CommandEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder for one test, with a home in it; gone when the test is over. */
export class CommandFolder {
  readonly folder: string
  readonly #env: Readonly<Record<string, string>>

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "throughline-cli-"))
    this.#env = env
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 }))
  }

  get home(): string {
    return join(this.folder, "home")
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts)
  }

  /** Writes files by relative path; what is no text is written as JSON, a list as JSONL. */
  write(files: Readonly<Record<string, unknown>>): void {
    for (const [name, content] of Object.entries(files)) {
      const path = this.path(name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, textOf(content))
    }
  }

  writeBytes(name: string, bytes: Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), bytes)
  }

  /** Runs the command to its end. */
  run(...words: readonly string[]): Promise<CommandEnd> {
    return endOf(this.start(...words))
  }

  /** The command's JSON, where it is known to succeed. */
  async json<A>(...words: readonly string[]): Promise<A> {
    const { exitCode, stdout, stderr } = await this.run(...words)
    if (exitCode !== 0) throw new Error(`${words.join(" ")} ended with ${exitCode}: ${stderr}`)
    return JSON.parse(stdout) as A
  }

  /** Runs the command to its end, with this on its stdin. */
  talk(said: string, ...words: readonly string[]): Promise<CommandEnd> {
    const child = this.#spawn(words, "pipe")
    child.stdin?.end(said)
    return endOf(child)
  }

  start(...words: readonly string[]): ChildProcess {
    return this.#spawn(words, "ignore")
  }

  #spawn(words: readonly string[], stdin: "pipe" | "ignore"): ChildProcess {
    const env = { ...process.env, THROUGHLINE_HOME: this.home, NODE_DISABLE_COMPILE_CACHE: "1", ...this.#env }
    const child = spawn(process.execPath, [BIN, ...words], { cwd: this.folder, env, stdio: [stdin, "pipe", "pipe"] })
    onTestFinished(() => void (child.exitCode === null && child.kill("SIGKILL")))
    return child
  }
}

/** Resolves when the command has ended by itself. @throws when a signal ended it */
export async function endOf(child: ChildProcess): Promise<CommandEnd> {
  let stdout = ""
  let stderr = ""
  child.stdout?.on("data", (bytes: Buffer) => (stdout += bytes.toString()))
  child.stderr?.on("data", (bytes: Buffer) => (stderr += bytes.toString()))
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("close", (code, signal) => {
      if (code !== null) resolve(code)
      else reject(new Error(`${child.spawnargs.join(" ")} was ended by ${signal}: ${stderr}`))
    })
  })
  return { exitCode, stdout, stderr }
}

/** Resolves when the child has written this to stderr. */
export function said(child: ChildProcess, text: string): Promise<void> {
  let soFar = ""
  return new Promise((resolve, reject) => {
    child.stderr?.on("data", (bytes: Buffer) => {
      soFar += bytes.toString()
      if (soFar.includes(text)) resolve()
    })
    child.on("close", () => reject(new Error(`the command ended without saying '${text}': ${soFar}`)))
  })
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content
  if (Array.isArray(content)) return content.map((row) => `${JSON.stringify(row)}\n`).join("")
  return JSON.stringify(content)
}
