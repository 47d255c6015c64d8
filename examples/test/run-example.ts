// Runs an example as its reader would: its own file, in its own process, with a home of its own.

import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

const examples = fileURLToPath(new URL("..", import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ExampleOptions {
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
}

/** A folder for runs that goes when the test is over. */
export function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), "throughline-example-"))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

export function startExample(
  file: string,
  { home, env = {} }: ExampleOptions,
  words: readonly string[] = []
): ChildProcess {
  const child = spawn(process.execPath, [join(examples, file), ...words], {
    cwd: join(examples, ".."),
    env: { ...process.env, THROUGHLINE_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  return child
}

export async function runExample(file: string, options: ExampleOptions): Promise<Finished> {
  const child = startExample(file, options)
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout!),
    textOf(child.stderr!),
    new Promise<number | null>((resolve) => child.once("close", resolve))
  ])
  return { code, stdout, stderr }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString("utf8")
}

/** True where a suite may be skipped for want of a tool. Where `CI` is set nothing is: the suite then fails. */
export const isMissing = (tool: string): boolean =>
  process.env.CI === undefined && spawnSync(tool, ["-c", ""]).error !== undefined
