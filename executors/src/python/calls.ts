// The calls of a lane's Python nodes: gathered into frames, sent to whichever process lives, and settled by its replies.
// Does not start or end processes (tool-host.ts) and does not know the layout of a frame (frames.ts).
//
// C1. Every call settles once: with a `ForeignValue`, a `ToolFailure`, its signal's reason, or `HostLost`.
// C2. Results of this process go back to it by reference, for the life of their line; nothing is parsed in between.
// C3. At most two frames of synchronous calls are under way, so that a frame fills while the process works, and a frame
//     holds about 10 ms of work: what is sent cannot be overtaken. Calls of asynchronous tools never wait for others.
// C4. A call that cannot be sent fails alone: the others of its frame go on.
// C5. Once its line is released, a call that waits is not sent any more, and the result of one that was is forgotten.
// C6. Of the synchronous calls that wait, those of the lines that come first are sent first: a line that has begun goes
//     on before another begins.

import { ForeignValue, HostLost, type NodeCall, ToolFailure } from "@throughline/core/contracts"
import { callJson, isGone } from "./call-json.ts"
import { type FrameKind, type Reply, ReplyKind } from "./frames.ts"
import type { CallInput } from "./preparation.ts"
import { CallWatch, type WatchedCall } from "./watch-calls.ts"

const CALLS_PER_FRAME = 128
const FRAME_AIM_MS = 10
const SMOOTHING = 0.5
const SYNC_FRAMES_IN_FLIGHT = 2
/** How long a cancelled call may keep running before its process is ended. */
const CANCEL_GRACE_MS = 1_000

/** A prepared tool, as its calls know it. */
export interface CalledTool {
  readonly index: number
  readonly name: string
  readonly inputs: readonly CallInput[]
  readonly isAsync: boolean
  /** The flow's message format is `openai-vision`. */
  readonly isVision: boolean
}

/** Where calls go: whichever process lives now. */
export interface CallTarget {
  /** Whether the process knows its tools. */
  isReady(): boolean
  /** Starts a process where there is none; `sendAll` is called when it is ready. */
  ensureStarted(): void
  send(kind: FrameKind, body: string): void
  kill(reason: string): void
  /** Numbers are never given twice, not even to another process. */
  nextNumber(): number
  /** Numbers below it were given to earlier processes. */
  firstNumber(): number
}

interface Frame {
  readonly size: number
  open: number
}

interface Pending extends WatchedCall {
  readonly tool: CalledTool
  readonly inputs: Record<string, unknown>
  readonly resolve: (value: ForeignValue) => void
  readonly reject: (reason: unknown) => void
  /** Given when it is sent; 0 before. */
  number: number
  frame: Frame | undefined
  /** Its line was released. */
  isOver: boolean
}

export class Calls {
  readonly #target: CallTarget
  #queue: Pending[] = []
  #asyncQueue: Pending[] = []
  readonly #inFlight = new Map<number, Pending>()
  /** Position → how many of its calls wait or are in flight. */
  readonly #open = new Map<number, number>()
  #syncFrames = 0
  /** What a synchronous call takes, smoothed; `undefined` before the first frame came home. */
  #msPerCall: number | undefined
  /** When the process began with the frame of synchronous calls that it has now. */
  #frameSinceMs = 0
  /** False when a call was added that belongs before others of the queue. */
  #isQueueInOrder = true
  /** When the synchronous call that runs now began: when it was sent, or when the one before it was answered. */
  #firstSinceMs = 0
  #isScheduled = false
  readonly #watch = new CallWatch<Pending>(
    () => [...this.#inFlight.values(), ...this.#queue, ...this.#asyncQueue],
    (signal, calls) => this.#abort(signal, calls)
  )
  /** Lines whose objects may be forgotten; told to the process with the next calls, or when there are many. */
  #released: number[] = []
  /** `[position,number]` of results that came after their line was released. */
  #late: string[] = []

  #frames = 0
  #calls = 0
  #replies = 0

  constructor(target: CallTarget) {
    this.#target = target
  }

  /** What was sent and answered so far. */
  get counts(): { readonly frames: number; readonly calls: number; readonly replies: number } {
    return { frames: this.#frames, calls: this.#calls, replies: this.#replies }
  }

  /** Synchronous calls that the process has: it runs one of them. */
  get syncInFlight(): number {
    let count = 0
    for (const { tool } of this.#inFlight.values()) if (!tool.isAsync) count++
    return count
  }

  add(tool: CalledTool, inputs: Record<string, unknown>, call: NodeCall): Promise<ForeignValue> {
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
        isOver: false,
        looks: 0
      }
      if (tool.isAsync) this.#asyncQueue.push(pending)
      else {
        const last = this.#queue.at(-1)
        if (last !== undefined && last.call.position > call.position) this.#isQueueInOrder = false
        this.#queue.push(pending)
      }
      this.#open.set(call.position, (this.#open.get(call.position) ?? 0) + 1)
      this.#schedule()
    })
  }

  /** The end of the turn is soon enough, and gathers more. */
  flush(): void {
    if (this.#isWaiting) this.#schedule()
  }

  /** The line at this position is over (C5). `hasObjects`: the process may keep some for it. */
  releaseLine(position: number, hasObjects: boolean): void {
    if (this.#open.has(position)) this.#markOver(position)
    if (!hasObjects) return
    this.#released.push(position)
    if (this.#released.length >= CALLS_PER_FRAME) this.#schedule()
  }

  /** The call of this number that a process has now. */
  callOf(number: number): NodeCall | undefined {
    return this.#inFlight.get(number)?.call
  }

  /** As `ToolHost.runningSinceMs`. */
  runningSinceMs(position: number): number | undefined {
    let isFirst = true
    for (const { call, tool } of this.#inFlight.values()) {
      if (tool.isAsync) continue
      if (call.position === position) return isFirst ? this.#firstSinceMs : Number.POSITIVE_INFINITY
      isFirst = false
    }
    return this.#queue.some(({ call }) => call.position === position) ? Number.POSITIVE_INFINITY : undefined
  }

  // --- on the way out -----------------------------------------------------------------------------------------------

  get #isWaiting(): boolean {
    return this.#queue.length + this.#asyncQueue.length > 0
  }

  /** Sends at the end of the turn, when all calls that belong together have been made. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#watch.start()
    setImmediate(() => {
      this.#isScheduled = false
      this.sendAll()
    })
  }

  /** Sends what waits, as far as there is room. */
  sendAll(): void {
    if (this.#isWaiting) this.#target.ensureStarted()
    if (!this.#target.isReady()) return
    if (this.#released.length + this.#late.length > 0) {
      this.#target.send("release", `[[${this.#released.join()}],[${this.#late.join()}]]`)
      this.#released = []
      this.#late = []
    }
    while (this.#asyncQueue.length > 0) this.#sendFrame("async", this.#asyncQueue.splice(0, CALLS_PER_FRAME))
    while (this.#queue.length > 0 && this.#syncFrames < SYNC_FRAMES_IN_FLIGHT && !this.#isStuck()) {
      this.#sendFrame("sync", this.#takeFirst())
    }
  }

  /** The calls of the next synchronous frame (C3, C6). */
  #takeFirst(): readonly Pending[] {
    if (!this.#isQueueInOrder) this.#queue.sort((a, b) => a.call.position - b.call.position)
    this.#isQueueInOrder = true
    const fitting = this.#msPerCall === undefined ? 1 : Math.floor(FRAME_AIM_MS / this.#msPerCall)
    return this.#queue.splice(0, Math.min(Math.max(fitting, 1), CALLS_PER_FRAME))
  }

  /** A synchronous call was given up and still runs: the process is about to be ended, and takes no more. */
  #isStuck(): boolean {
    for (const { isSettled, tool } of this.#inFlight.values()) if (isSettled && !tool.isAsync) return true
    return false
  }

  #sendFrame(kind: "sync" | "async", batch: readonly Pending[]): void {
    const frame: Frame = { size: batch.length, open: 0 }
    const calls: string[] = []
    for (const pending of batch) {
      const json = this.#jsonOf(pending)
      if (json === undefined) {
        this.#leave(pending)
        continue
      }
      const { tool, call } = pending
      pending.number = this.#target.nextNumber()
      pending.frame = frame
      this.#inFlight.set(pending.number, pending)
      calls.push(`[${pending.number},${tool.index},${call.position},${json}]`)
    }
    if (calls.length === 0) return
    frame.open = calls.length
    if (kind === "sync" && this.#syncFrames === 0) {
      this.#firstSinceMs = nowMs()
      this.#frameSinceMs = this.#firstSinceMs
    }
    if (kind === "sync") this.#syncFrames++
    this.#frames++
    this.#calls += calls.length
    this.#target.send(kind, `${calls.length}\n[${calls.join()}]`)
  }

  /** The call's inputs; `undefined` for a call that is not to be sent: it is settled then (C4). */
  #jsonOf(pending: Pending): string | undefined {
    const { tool, inputs } = pending
    if (pending.isSettled) return undefined
    if (isGone(inputs, tool.inputs, this.#target.firstNumber())) {
      const lost = new HostLost(`An input of node '${tool.name}' was lost with the Python process that held it`)
      this.#settle(pending, () => pending.reject(lost))
      return undefined
    }
    try {
      return callJson(inputs, tool.inputs, tool.name, tool.isVision)
    } catch (error) {
      this.#settle(pending, () => pending.reject(error))
      return undefined
    }
  }

  // --- on the way home ----------------------------------------------------------------------------------------------

  onReply(reply: Reply): void {
    const pending = this.#inFlight.get(reply.number)
    if (pending === undefined) return
    this.#replies++
    this.#inFlight.delete(reply.number)
    this.#leave(pending)
    const { frame, tool } = pending
    if (!tool.isAsync) this.#firstSinceMs = nowMs()
    if (frame !== undefined && --frame.open === 0 && !tool.isAsync) {
      this.#syncFrames--
      this.#learn(frame)
      if (this.#queue.length > 0) this.#schedule()
    }
    if (pending.isOver && reply.isKept) this.#releaseLate(pending)
    if (pending.isSettled) {
      if (this.#queue.length > 0) this.#schedule()
      return
    }
    const why = reply.extra === "" ? undefined : noteExtras(pending.call, reply.extra)
    this.#settle(pending, () => {
      if (reply.kind === ReplyKind.failed) pending.reject(new ToolFailure(JSON.parse(reply.text)))
      else if (reply.kind === ReplyKind.canceled) pending.reject(new HostLost("The call was cancelled in Python"))
      else {
        const handle = reply.isKept ? reply.number : undefined
        pending.resolve(new ForeignValue(reply.text, handle, reply.kind === ReplyKind.value, why))
      }
    })
  }

  /** A frame of synchronous calls came home: the process went on to the next. */
  #learn({ size }: Frame): void {
    const msPerCall = (this.#firstSinceMs - this.#frameSinceMs) / size
    this.#frameSinceMs = this.#firstSinceMs
    const before = this.#msPerCall ?? msPerCall
    this.#msPerCall = before + SMOOTHING * (msPerCall - before)
  }

  /** The process is gone, and the calls that it had. Those that wait are sent to the next one. */
  onProcessLost(message: string): void {
    this.#syncFrames = 0
    this.#released = []
    this.#late = []
    const lost = [...this.#inFlight.values()]
    this.#inFlight.clear()
    this.#lose(lost, message)
    if (this.#isWaiting) this.#schedule()
  }

  /** There will be no process for the calls that wait. */
  loseWaiting(message: string): void {
    const waiting = [...this.#queue, ...this.#asyncQueue]
    this.#queue = []
    this.#asyncQueue = []
    this.#lose(waiting, message)
  }

  #lose(calls: readonly Pending[], message: string): void {
    for (const pending of calls) {
      this.#leave(pending)
      this.#settle(pending, () => pending.reject(new HostLost(message)))
    }
  }

  #settle(pending: Pending, settle: () => void): void {
    if (pending.isSettled) return
    pending.isSettled = true
    this.#watch.forget(pending)
    settle()
  }

  // --- lines that are over ------------------------------------------------------------------------------------------

  /** The call neither waits nor is in flight any more. */
  #leave({ call: { position } }: Pending): void {
    const left = (this.#open.get(position) ?? 1) - 1
    if (left === 0) this.#open.delete(position)
    else this.#open.set(position, left)
  }

  #markOver(position: number): void {
    for (const pending of this.#inFlight.values()) if (pending.call.position === position) pending.isOver = true
    for (const pending of [...this.#queue, ...this.#asyncQueue]) {
      if (pending.call.position !== position) continue
      this.#settle(pending, () =>
        pending.reject(new HostLost(`The line was over before node '${pending.tool.name}' could begin`))
      )
    }
  }

  #releaseLate({ call, number }: Pending): void {
    this.#late.push(`[${call.position},${number}]`)
    if (this.#late.length >= CALLS_PER_FRAME) this.#schedule()
  }

  // --- cancellation -------------------------------------------------------------------------------------------------

  #abort(signal: AbortSignal, calls: readonly Pending[]): void {
    const sent: Pending[] = []
    for (const pending of calls) {
      if (this.#inFlight.has(pending.number)) sent.push(pending)
      this.#settle(pending, () => pending.reject(abortReason(signal)))
    }
    if (sent.length === 0) return
    const numbers = (isAsync: boolean) =>
      sent.filter(({ tool }) => tool.isAsync === isAsync).map(({ number }) => number)
    this.#target.send("cancel", JSON.stringify([numbers(false), numbers(true)]))
    setTimeout(() => {
      // Still in flight: so the process is still the one that it was sent to.
      const stuck = sent.find(({ number }) => this.#inFlight.has(number))
      if (stuck === undefined) return
      this.#target.kill(
        `node '${stuck.tool.name}' went on for ${CANCEL_GRACE_MS} ms after line ${stuck.call.lineNumber} was cancelled`
      )
    }, CANCEL_GRACE_MS).unref()
  }
}

/** Prints and metrics, reported through the call as the contract wants them. Hands back why a value is only a text. */
function noteExtras(call: NodeCall, extra: string): string | undefined {
  const { stdout, stderr, metrics, why } = JSON.parse(extra) as {
    stdout?: string
    stderr?: string
    metrics?: Record<string, string>
    why?: string
  }
  if (stdout !== undefined) call.logs = { stdout, stderr: stderr ?? "" }
  for (const [key, text] of Object.entries(metrics ?? {})) call.logMetric(key, new ForeignValue(text))
  return why
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The call was cancelled", { cause: signal.reason })
}

const nowMs = (): number => performance.timeOrigin + performance.now()
