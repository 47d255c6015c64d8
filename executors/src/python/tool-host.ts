// Python nodes of one lane: gathers their calls into frames for one resident process, and brings the results home.
// Does not walk the flow and does not decide whether a lost call is tried again (the lane does).
//
// H1. Every call settles once: with a `ForeignValue`, a `ToolFailure`, its signal's reason, or `HostLost`.
// H2. Results of this process go back to it by reference, for the life of their line; nothing is parsed in between.
// H3. At most two frames of synchronous calls are under way, so that a frame fills while the process works; calls of
//     asynchronous tools never wait for others.
// H4. A dead process takes its calls and its objects with it. The next call starts another, with the same tools.

import {
  errorRecord,
  ForeignValue,
  HostLost,
  type NodeCall,
  type NodePlan,
  type OpenToolHost,
  type PreparedTool,
  parsePythonJson,
  ToolFailure,
  type ToolHost,
  type ToolHostContext,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { callJson, isGone } from "./call-json.ts"
import { type Reply, ReplyKind } from "./frames.ts"
import { chooseInterpreter, noPython, type PythonOptions } from "./interpreter.ts"
import { type CallInput, type Prepared, preparationOf, toolFacts } from "./preparation.ts"
import { PythonProcess } from "./python-process.ts"
import { CallWatch, type WatchedCall } from "./watch-calls.ts"

const CALLS_PER_FRAME = 128
const SYNC_FRAMES_IN_FLIGHT = 2
/** How long a cancelled call may keep running before its process is ended. */
const CANCEL_GRACE_MS = 1_000

/** What went through a host since it was opened. */
export interface PythonHostStats {
  readonly pid: number | undefined
  readonly processes: number
  readonly frames: number
  readonly calls: number
  readonly replies: number
  readonly stderrTail: string
}

export interface PythonToolHost extends ToolHost {
  readonly stats: PythonHostStats
}

interface Tool {
  readonly index: number
  readonly name: string
  readonly inputs: readonly CallInput[]
  readonly isAsync: boolean
}

interface Frame {
  open: number
}

interface Pending extends WatchedCall {
  readonly tool: Tool
  readonly inputs: Record<string, unknown>
  readonly resolve: (value: ForeignValue) => void
  readonly reject: (reason: unknown) => void
  /** Given when it is sent; 0 before. */
  number: number
  frame: Frame | undefined
}

const openToolHost: OpenToolHost = async (context) => {
  const host = new PythonHost(context)
  await host.open()
  return host
}

export default openToolHost

class PythonHost implements PythonToolHost {
  readonly #context: ToolHostContext
  readonly #options: PythonOptions
  #process: PythonProcess | undefined
  /** The process has greeted us and knows the tools; calls are held back until then. */
  #isReady = false
  #isClosed = false
  /** Numbers below it were given to earlier processes. */
  #firstNumber = 1
  #nextNumber = 1
  readonly #preparations = new Map<number, string>()
  readonly #asked = new Map<number, { resolve: (reply: Prepared) => void; reject: (reason: unknown) => void }>()

  #queue: Pending[] = []
  #asyncQueue: Pending[] = []
  readonly #inFlight = new Map<number, Pending>()
  #syncFrames = 0
  /** When the synchronous call that runs now began: when it was sent, or when the one before it was answered. */
  #firstSinceMs = 0
  #isScheduled = false
  readonly #watch = new CallWatch<Pending>(
    () => [...this.#inFlight.values(), ...this.#queue, ...this.#asyncQueue],
    (signal, calls) => this.#abort(signal, calls)
  )
  /** Lines whose objects may be forgotten; told to the process with the next calls, or when there are many. */
  #released: number[] = []
  #keepsValues = false

  #processes = 0
  #frames = 0
  #calls = 0
  #replies = 0

  constructor(context: ToolHostContext) {
    this.#context = context
    this.#options = (context.options ?? {}) as PythonOptions
  }

  get stats(): PythonHostStats {
    return {
      pid: this.#process?.pid,
      processes: this.#processes,
      frames: this.#frames,
      calls: this.#calls,
      replies: this.#replies,
      stderrTail: this.#process?.stderrTail ?? ""
    }
  }

  /** Starts the first process, so that a missing Python is known before any line runs. */
  async open(): Promise<void> {
    const started = this.#start()
    try {
      await started.greeting
    } catch (error) {
      throw noPython(`${started.title} cannot run this flow: ${(error as Error).message}`)
    }
    this.#isReady = true
  }

  async prepare(node: NodePlan, index: number): Promise<PreparedTool> {
    const { plan, nodes } = this.#context
    const { json, inputs, isKept } = preparationOf(plan, nodes, node, index)
    if (this.#process?.isAlive !== true) this.#restart()
    const prepared = await this.#ask(json)
    this.#preparations.set(index, json)
    this.#keepsValues ||= isKept
    const tool: Tool = { index, name: node.name, inputs, isAsync: prepared.isAsync }
    return { ...toolFacts(prepared), call: (values, call) => this.#call(tool, values, call) }
  }

  releaseLine(position: number): void {
    if (!this.#keepsValues) return
    this.#released.push(position)
    if (this.#released.length >= CALLS_PER_FRAME) this.#schedule()
  }

  runningSinceMs(position: number): number | undefined {
    let isFirst = true
    for (const { call, tool } of this.#inFlight.values()) {
      if (tool.isAsync) continue
      if (call.position === position) return isFirst ? this.#firstSinceMs : Number.POSITIVE_INFINITY
      isFirst = false
    }
    return this.#queue.some(({ call }) => call.position === position) ? Number.POSITIVE_INFINITY : undefined
  }

  /** The lane says this after every line that it starts; the end of the turn is soon enough, and gathers more. */
  flush(): void {
    if (this.#queue.length + this.#asyncQueue.length > 0) this.#schedule()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#process?.close()
  }

  // --- calls --------------------------------------------------------------------------------------------------------

  #call(tool: Tool, inputs: Record<string, unknown>, call: NodeCall): Promise<ForeignValue> {
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        tool,
        inputs,
        call,
        resolve,
        reject,
        number: 0,
        frame: undefined,
        isSettled: false,
        looks: 0
      }
      if (tool.isAsync) this.#asyncQueue.push(pending)
      else this.#queue.push(pending)
      this.#schedule()
    })
  }

  /** Sends at the end of the turn, when all calls that belong together have been made. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#watch.start()
    setImmediate(() => {
      this.#isScheduled = false
      this.#send()
    })
  }

  #send(): void {
    if (this.#queue.length + this.#asyncQueue.length > 0 && this.#process?.isAlive !== true) this.#restart()
    if (!this.#isReady) return
    if (this.#released.length > 0) {
      this.#process?.send("release", `[${this.#released.join()}]`)
      this.#released = []
    }
    while (this.#asyncQueue.length > 0) this.#sendFrame("async", this.#asyncQueue.splice(0, CALLS_PER_FRAME))
    while (this.#queue.length > 0 && this.#syncFrames < SYNC_FRAMES_IN_FLIGHT && !this.#isStuck()) {
      this.#sendFrame("sync", this.#queue.splice(0, CALLS_PER_FRAME))
    }
  }

  /** A synchronous call was given up and still runs: the process is about to be ended, and takes no more. */
  #isStuck(): boolean {
    for (const { isSettled, tool } of this.#inFlight.values()) if (isSettled && !tool.isAsync) return true
    return false
  }

  #sendFrame(kind: "sync" | "async", batch: readonly Pending[]): void {
    const frame: Frame = { open: 0 }
    const calls: string[] = []
    for (const pending of batch) {
      if (pending.isSettled) continue
      if (isGone(pending.inputs, pending.tool.inputs, this.#firstNumber)) {
        this.#settle(pending, () =>
          pending.reject(
            new HostLost(`An input of node '${pending.tool.name}' was lost with the Python process that held it`)
          )
        )
        continue
      }
      pending.number = this.#nextNumber++
      pending.frame = frame
      this.#inFlight.set(pending.number, pending)
      const { tool, call, inputs } = pending
      calls.push(`[${pending.number},${tool.index},${call.position},${callJson(inputs, tool.inputs)}]`)
    }
    if (calls.length === 0) return
    frame.open = calls.length
    if (kind === "sync" && this.#syncFrames === 0) this.#firstSinceMs = nowMs()
    if (kind === "sync") this.#syncFrames++
    this.#frames++
    this.#calls += calls.length
    this.#process?.send(kind, `${calls.length}\n[${calls.join()}]`)
  }

  // --- replies ------------------------------------------------------------------------------------------------------

  #onReply(reply: Reply): void {
    const asked = this.#asked.get(reply.number)
    if (asked !== undefined) {
      this.#asked.delete(reply.number)
      if (reply.kind === ReplyKind.prepared) asked.resolve(JSON.parse(reply.text) as Prepared)
      else asked.reject(new ToolLoadFailure(JSON.parse(reply.text)))
      return
    }
    const pending = this.#inFlight.get(reply.number)
    if (pending === undefined) return
    this.#replies++
    this.#inFlight.delete(reply.number)
    const { frame, tool } = pending
    if (!tool.isAsync) this.#firstSinceMs = nowMs()
    if (frame !== undefined && --frame.open === 0 && !tool.isAsync) {
      this.#syncFrames--
      if (this.#queue.length > 0) this.#schedule()
    }
    if (pending.isSettled) {
      if (this.#queue.length > 0) this.#schedule()
      return
    }
    if (reply.extra !== "") noteExtras(pending.call, reply.extra)
    this.#settle(pending, () => {
      if (reply.kind === ReplyKind.failed) pending.reject(new ToolFailure(JSON.parse(reply.text)))
      else if (reply.kind === ReplyKind.canceled) pending.reject(new HostLost("The call was cancelled in Python"))
      else {
        const handle = reply.isKept ? reply.number : undefined
        pending.resolve(new ForeignValue(reply.text, handle, reply.kind === ReplyKind.value))
      }
    })
  }

  #settle(pending: Pending, settle: () => void): void {
    if (pending.isSettled) return
    pending.isSettled = true
    this.#watch.forget(pending)
    settle()
  }

  // --- cancellation -------------------------------------------------------------------------------------------------

  #abort(signal: AbortSignal, calls: readonly Pending[]): void {
    const sent: Pending[] = []
    for (const pending of calls) {
      if (this.#inFlight.has(pending.number)) sent.push(pending)
      this.#settle(pending, () => pending.reject(abortReason(signal)))
    }
    const process = this.#process
    if (sent.length === 0 || process === undefined) return
    const numbers = (isAsync: boolean) =>
      sent.filter(({ tool }) => tool.isAsync === isAsync).map(({ number }) => number)
    process.send("cancel", JSON.stringify([numbers(false), numbers(true)]))
    setTimeout(() => {
      const stuck = sent.find(({ number }) => this.#inFlight.has(number))
      if (stuck === undefined) return
      process.kill(
        `node '${stuck.tool.name}' went on for ${CANCEL_GRACE_MS} ms after line ${stuck.call.lineNumber} was cancelled`
      )
    }, CANCEL_GRACE_MS).unref()
  }

  // --- the process --------------------------------------------------------------------------------------------------

  #start(): { greeting: Promise<unknown>; title: string } {
    const { plan } = this.#context
    const env = { ...process.env, ...plan.environmentVariables, ...this.#options.env }
    const interpreter = chooseInterpreter(plan.workingDir, this.#options.python, env)
    this.#isReady = false
    this.#firstNumber = this.#nextNumber
    this.#processes++
    const started: PythonProcess = new PythonProcess({
      interpreter,
      folder: plan.workingDir,
      env,
      connections: this.#options.connections ?? {},
      onReply: (reply) => this.#onReply(reply),
      onExit: (message) => this.#onExit(started, message)
    })
    this.#process = started
    return { greeting: started.greeting, title: `Python (${interpreter.command}, from ${interpreter.reason})` }
  }

  /** Starts another process and loads the tools again; the calls that wait are sent when it knows them. */
  #restart(): void {
    if (this.#isClosed) {
      this.#loseQueued("The Python host is closed")
      return
    }
    const fail = (error: unknown) => {
      this.#process?.kill("its tools could not be loaded again")
      this.#loseQueued(`Python could not be started again: ${(error as Error).message}`)
    }
    try {
      const { greeting } = this.#start()
      const loaded = [...this.#preparations.values()].map((preparation) => this.#ask(preparation))
      const started = this.#process
      Promise.all([greeting, ...loaded]).then(() => {
        if (this.#process !== started || started?.isAlive !== true) return
        this.#isReady = true
        this.#send()
      }, fail)
    } catch (error) {
      fail(error)
    }
  }

  #ask(preparation: string): Promise<Prepared> {
    const number = this.#nextNumber++
    return new Promise((resolve, reject) => {
      if (this.#process?.isAlive !== true) {
        reject(loadLost("there is no Python process"))
        return
      }
      this.#asked.set(number, { resolve, reject })
      this.#process.send("prepare", `${preparation},"number":${number}}`)
    })
  }

  #onExit(process: PythonProcess, message: string): void {
    if (process !== this.#process) return
    this.#isReady = false
    this.#syncFrames = 0
    this.#released = []
    const lost = [...this.#inFlight.values()]
    this.#inFlight.clear()
    if (!this.#isClosed) this.#context.onWarning(message)
    for (const { reject } of this.#asked.values()) reject(loadLost(message))
    this.#asked.clear()
    for (const pending of lost) this.#settle(pending, () => pending.reject(new HostLost(message)))
    if (this.#isClosed) this.#loseQueued(message)
    else if (this.#queue.length + this.#asyncQueue.length > 0) this.#schedule()
  }

  #loseQueued(message: string): void {
    const queued = [...this.#queue, ...this.#asyncQueue]
    this.#queue = []
    this.#asyncQueue = []
    for (const pending of queued) this.#settle(pending, () => pending.reject(new HostLost(message)))
  }
}

/** Prints and metrics, reported through the call as the contract wants them. */
function noteExtras(call: NodeCall, extra: string): void {
  const { stdout, stderr, metrics } = JSON.parse(extra) as {
    stdout?: string
    stderr?: string
    metrics?: Record<string, string>
  }
  if (stdout !== undefined) call.logs = { stdout, stderr: stderr ?? "" }
  for (const [key, text] of Object.entries(metrics ?? {})) call.logMetric(key, parsePythonJson(text))
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The call was cancelled", { cause: signal.reason })
}

function loadLost(message: string): ToolLoadFailure {
  return new ToolLoadFailure(
    errorRecord({ message: `A tool could not be loaded: ${message}`, codes: ["SystemError", "HostLost"] })
  )
}

const nowMs = (): number => performance.timeOrigin + performance.now()
