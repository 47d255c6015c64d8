// One resident Python process: started, greeted, written to, and watched. Knows frames as bytes with a kind; the calls
// that they hold, and what a death means for them, are calls.ts's affair.
//
// X1. `onExit` is called once, after the last reply that the process managed to write.
// X2. The process never outlives this object's pipes: it ends when its stdin closes, whatever it is doing.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { MessageFormat } from "@throughline/core/contracts"
import { encodeFrame, type FrameKind, FrameReader, type Reply, ReplyKind, readReplies } from "./frames.ts"
import type { Interpreter } from "./interpreter.ts"

/** The folder of our Python package: the executors' own, or one beside the bundle of a host that bundles us. */
const pythonFolder = ["../../python", "./python"]
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .find((folder, at) => at === 1 || existsSync(join(folder, "throughline_host")))!
const compatFolder = join(pythonFolder, "compat")

const PROTOCOL = 2
const TOO_OLD = 86
/** The folder of the flow must not shadow what the host itself imports: it is put on the path after that. */
const bootstrap = `import sys
if sys.version_info < (3, 9):
    said = sys.version_info[:2] + (sys.executable,)
    sys.stderr.write("Python %d.%d at %s is too old: 3.9 or later is needed\\n" % said)
    sys.exit(${TOO_OLD})
if sys.path and sys.path[0] == "":
    del sys.path[0]
sys.path.append(sys.argv[1])
from throughline_host.main import main
main()
`

const STDERR_TAIL_CHARACTERS = 8_000
const EXIT_GRACE_MS = 3_000
/** How long the rest of the output may take after the process is gone: a child of user code can hold the pipe open. */
const DRAIN_MS = 200

interface Greeting {
  readonly protocol: number
  readonly pid: number
  readonly python: string
  readonly executable: string
  /** Where the user's own promptflow package lies; `null` when ours stands in for it. */
  readonly promptflow: string | null
}

interface ProcessSetup {
  readonly interpreter: Interpreter
  /** The flow folder: current directory and first on the import path. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** That of the flow. Absent: `basic`. */
  readonly messageFormat?: MessageFormat
  readonly onReply: (reply: Reply) => void
  readonly onExit: (message: string) => void
}

export class PythonProcess {
  /** Rejects with an `Error` whose message says why the process did not come up. */
  readonly greeting: Promise<Greeting>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #exited: Promise<void>
  #stderrTail = ""
  #isAlive = true
  #killReason: string | undefined

  constructor(setup: ProcessSetup) {
    const { interpreter, folder, env, messageFormat, onReply, onExit } = setup
    this.#child = spawn(interpreter.command, ["-X", "utf8", "-u", "-c", bootstrap, pythonFolder], {
      cwd: folder,
      env,
      stdio: "pipe",
      windowsHide: true,
      // Its own process group: Ctrl-C in a terminal is the host's to answer, and a kill reaches what user code started.
      detached: process.platform !== "win32"
    })
    const { promise, resolve, reject } = Promise.withResolvers<Greeting>()
    promise.catch(() => undefined)
    this.greeting = promise

    const reader = new FrameReader((payload) =>
      readReplies(payload, (reply) => {
        if (reply.kind !== ReplyKind.ready) return onReply(reply)
        const greeting = JSON.parse(reply.text) as Greeting
        if (greeting.protocol === PROTOCOL) return resolve(greeting)
        this.kill(`${pythonFolder} speaks protocol ${greeting.protocol}, this program ${PROTOCOL}: install them again`)
      })
    )
    this.#child.stdout.on("data", (piece: Buffer) => reader.push(piece))
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS)
    })
    // A broken pipe is told by the exit that follows it.
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      stream.on("error", () => undefined)

    this.#exited = this.#watch((message) => {
      this.#isAlive = false
      reject(new Error(message))
      onExit(message)
    })
    const hello = { protocol: PROTOCOL, folder, compat: compatFolder, messageFormat }
    this.send("hello", JSON.stringify(hello))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** The last of what went to the process's own stderr: prints that belong to no call, and what C code wrote. */
  get stderrTail(): string {
    return this.#stderrTail
  }

  send(kind: FrameKind, body: string): void {
    if (this.#isAlive) this.#child.stdin.write(encodeFrame(kind, body))
  }

  /** Ends the process now, and what it started. */
  kill(reason: string): void {
    this.#killReason ??= reason
    const { pid } = this.#child
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    try {
      if (process.platform === "win32") this.#child.kill("SIGKILL")
      else process.kill(-pid, "SIGKILL")
    } catch {
      this.#child.kill("SIGKILL")
    }
  }

  /** Lets the process end by itself, and kills it when that takes too long. */
  async close(): Promise<void> {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.kill("it did not end when it was asked to"), EXIT_GRACE_MS)
    await this.#exited
    clearTimeout(timer)
  }

  #watch(onExit: (message: string) => void): Promise<void> {
    const child = this.#child
    return new Promise((resolve) => {
      let isTold = false
      const tell = (message: string) => {
        if (isTold) return
        isTold = true
        onExit(message)
        resolve()
      }
      child.once("error", (error) => tell(`Python could not be started: ${error.message}`))
      child.once("exit", (code, signal) => {
        const end = () => tell(this.#exitMessage(code, signal))
        const timer = setTimeout(end, DRAIN_MS)
        child.once("close", () => {
          clearTimeout(timer)
          end()
        })
      })
    })
  }

  #exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`
    const why = this.#killReason === undefined ? "" : ` (${this.#killReason})`
    const tail = this.#stderrTail.trim().split("\n").slice(-8).join("\n")
    return `The Python process ended ${how}${why}.${tail === "" ? "" : ` Its last words:\n${tail}`}`
  }
}
