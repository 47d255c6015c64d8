// Starts `write-run.ts` in a process of its own and waits for what it says.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const SCRIPT = fileURLToPath(new URL("write-run.ts", import.meta.url))

export interface Child {
  readonly pid: number
  readonly said: readonly string[]
  /** Resolves with the first line, said or yet to be said, that starts so; rejects when the process ends without it. */
  waitFor(start: string): Promise<string>
  tell(line: string): void
  kill(): void
  /** The exit code, or the signal it died of. */
  readonly ended: Promise<number | string>
}

export function writeRun(args: readonly string[], { shell = "" } = {}): Child {
  const words = [process.execPath, SCRIPT, ...args]
  const process_ =
    shell === ""
      ? spawn(words[0]!, words.slice(1), { stdio: ["pipe", "pipe", "pipe"] })
      : spawn("sh", ["-c", `${shell}; exec "$@"`, "sh", ...words], { stdio: ["pipe", "pipe", "pipe"] })
  return watch(process_)
}

function watch(child: ChildProcess): Child {
  const said: string[] = []
  let stderr = ""
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }
  let isOver = false
  child.stderr!.on("data", (text) => {
    stderr += text
  })
  createInterface({ input: child.stdout! }).on("line", (line) => {
    said.push(line)
    stir()
  })
  const ended = once(child, "close").then(([code, signal]) => {
    isOver = true
    stir()
    return (signal ?? code) as number | string
  })
  return {
    pid: child.pid!,
    said,
    async waitFor(start) {
      for (;;) {
        const line = said.find((each) => each.startsWith(start))
        if (line !== undefined) return line
        if (isOver)
          throw new Error(`the child ended without saying "${start}": ${said.slice(-3).join(" | ")}\n${stderr}`)
        await wake.promise
      }
    },
    tell: (line) => void child.stdin!.write(`${line}\n`),
    kill: () => void child.kill("SIGKILL"),
    ended
  }
}
