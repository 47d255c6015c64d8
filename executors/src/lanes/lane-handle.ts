// A lane, from outside: opens the thread's one long task, sends chunks, brings parts home, and notices its death.
//
// A1. A task that was sent ends: all of its lines are in parts, or `run` rejects with `LaneLost`.
// A2. A lane whose time limit is overrun by a line that never yields is ended; the line is named as the suspect, unless
//     it had waited before: then nobody knows which it was.
// A3. After `close` nothing of the lane is left: port, thread task, hosts. A thread that does not answer is not its to end.

import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads"
import type { AggregationReply, AggregationTask, ChunkPart, ChunkTask } from "@throughline/core/contracts"
import { LaneLost, ToolLoadFailure } from "@throughline/core/contracts"
import type { Piscina } from "piscina"
import {
  BEGAN,
  CAME_ROUND,
  CANCEL,
  CURRENT,
  controlOf,
  type FromLane,
  type LaneControl,
  type LaneStart,
  newControl,
  type ToLane
} from "./lane-messages.ts"

/** How long beyond its time limit a line that never yields may go on before its thread is ended. */
const HARD_STOP_GRACE_MS = 1_000

interface OpenTask {
  readonly count: number
  readonly onPart: (part: ChunkPart) => void
  readonly resolve: () => void
  readonly reject: (error: LaneLost) => void
}

interface OpenAggregation {
  readonly resolve: (reply: AggregationReply) => void
  readonly reject: (error: unknown) => void
}

export type LaneSpec = Omit<LaneStart, "port" | "desk" | "control">

export class Lane {
  readonly #port: MessagePort
  readonly #control: LaneControl
  readonly #abort = new AbortController()
  readonly #tasks = new Map<number, OpenTask>()
  readonly #aggregations = new Map<number, OpenAggregation>()
  readonly #onWarning: (message: string) => void
  readonly #onChange: () => void
  readonly #ended: Promise<void>
  #aggregationId = 0
  #openLines = 0
  #isReady = false
  #mayWait = false
  #isRenewable = false
  #renewed: ((isCurrent: boolean) => void) | undefined
  #isEnded = false
  #suspect: number | undefined
  #ready: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined
  readonly ready: Promise<void>

  /**
   * @param desk the lane's port to the host's desk, transferred to it
   * @param onChange told when the lane became ready, and when it ended
   */
  constructor(
    pool: Piscina,
    spec: LaneSpec,
    desk: MessagePort,
    onWarning: (message: string) => void,
    onChange: () => void
  ) {
    this.#onWarning = onWarning
    this.#onChange = onChange
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const control = newControl()
    this.#control = controlOf(control)
    this.ready = new Promise((resolve, reject) => {
      this.#ready = { resolve, reject }
    })
    port1.on("message", (message: FromLane) => this.#receive(message))
    port1.unref()
    const start: LaneStart = { ...spec, port: port2, desk, control }
    this.#ended = pool.run(start, { transferList: [port2, desk], signal: this.#abort.signal }).then(
      () => this.#end(new LaneLost("the lane ended")),
      (error: unknown) => {
        // An abort of ours says more than the pool's word for it.
        const cause = this.#abort.signal.aborted ? (this.#abort.signal.reason as unknown) : error
        this.#end(new LaneLost(reasonOf(cause), this.#suspectNow(), { cause }))
      }
    )
  }

  /** True when the flow was compiled in it and it has not ended: chunks may be sent. */
  get isReady(): boolean {
    return this.#isReady && !this.#isEnded
  }

  /** True when it was ready once, whatever became of it later. */
  get wasReady(): boolean {
    return this.#isReady
  }

  /** True when some tool of the flow waits rather than computes. */
  get mayWait(): boolean {
    return this.#mayWait
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Lines sent and not home yet. */
  get openLines(): number {
    return this.#openLines
  }

  /** Sends a chunk. Its bytes are copied, so that the sender can send the same lines again. */
  run(task: ChunkTask, onPart: (part: ChunkPart) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) {
        reject(new LaneLost("the lane ended before the chunk was sent"))
        return
      }
      this.#hold()
      this.#openLines += task.count
      this.#tasks.set(task.id, { count: task.count, onPart, resolve, reject })
      const bytes = task.bytes.slice()
      const spans = task.spans.slice()
      this.#post({ type: "run", task: { ...task, bytes, spans } }, [bytes.buffer, spans.buffer])
    })
  }

  aggregate(task: AggregationTask): Promise<AggregationReply> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) {
        reject(new LaneLost("the lane ended before the aggregation was sent"))
        return
      }
      this.#hold()
      const id = this.#aggregationId++
      this.#aggregations.set(id, { resolve, reject })
      this.#post({ type: "aggregate", id, task })
    })
  }

  cancelChunk(taskId: number): void {
    if (this.#tasks.has(taskId)) this.#post({ type: "cancel", taskId })
  }

  /** A line that is not here is no line to stop. */
  cancelLine(position: number): void {
    this.#post({ type: "cancel", position })
  }

  tune(linesPerLane: number): void {
    this.#post({ type: "tune", linesPerLane })
  }

  cancel(): void {
    Atomics.store(this.#control.flags, CANCEL, 1)
    this.#post({ type: "cancel" })
  }

  /**
   * Ends the thread when it has been kept busy past `limitMs`, by a line that has not waited yet or by one that has.
   * Called now and then by the owner of the lanes.
   */
  checkTimeLimit(limitMs: number): void {
    const { flags, times } = this.#control
    const current = Atomics.load(flags, CURRENT)
    const isBlocked = current === 0 && this.#openLines > 0 && times[CAME_ROUND] !== 0
    if (current === 0 && !isBlocked) return
    const sinceMs = times[isBlocked ? CAME_ROUND : BEGAN]!
    if (performance.timeOrigin + performance.now() - sinceMs < limitMs + HARD_STOP_GRACE_MS) return
    if (current !== 0) this.#suspect = current - 1
    this.#abort.abort(new DOMException(`a line used its thread for more than ${limitMs} ms`, "TimeoutError"))
  }

  /** Asks the lane to end, and resolves when it has. */
  /** True when the lane has no line, and `renew` may be asked for. */
  get isSpare(): boolean {
    return this.isReady && this.#isRenewable && this.#openLines === 0 && this.#aggregations.size === 0
  }

  /** Asks the lane to serve another run of the same flow; false when it cannot. */
  renew(outputDir: string | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#isEnded) return resolve(false)
      this.#port.ref()
      this.#renewed = (isCurrent) => {
        this.#renewed = undefined
        this.#release()
        resolve(isCurrent)
      }
      this.#post({ type: "renew", outputDir })
    })
  }

  async close(): Promise<void> {
    if (!this.#isEnded) this.#post({ type: "close" })
    await this.#ended
  }

  #post(message: ToLane, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  #receive(message: FromLane): void {
    switch (message.type) {
      case "ready":
        this.#mayWait = message.mayWait
        this.#isRenewable = message.isRenewable
        this.#isReady = true
        this.#ready?.resolve()
        this.#onChange()
        return
      case "renewed":
        this.#renewed?.(message.isCurrent)
        return
      case "broken":
        this.#ready?.reject(new ToolLoadFailure(message.record))
        return
      case "warning":
        this.#onWarning(message.message)
        return
      case "part": {
        const { part } = message
        const task = this.#tasks.get(part.taskId)
        if (task === undefined) return
        this.#openLines -= part.positions.length + part.lost.length + part.canceled.length
        task.onPart(part)
        if (part.isLast) {
          this.#tasks.delete(part.taskId)
          this.#release()
          task.resolve()
        }
        return
      }
      case "aggregated":
      case "aggregationFailed": {
        const waiting = this.#aggregations.get(message.id)
        this.#aggregations.delete(message.id)
        this.#release()
        if (message.type === "aggregated") waiting?.resolve(message.reply)
        else if (message.isLost) waiting?.reject(new LaneLost(message.record.message))
        else waiting?.reject(new ToolLoadFailure(message.record))
      }
    }
  }

  /** The port keeps the host's process alive only while something is on its way. */
  #hold(): void {
    if (this.#tasks.size === 0 && this.#aggregations.size === 0) this.#port.ref()
  }

  #release(): void {
    if (this.#tasks.size === 0 && this.#aggregations.size === 0) this.#port.unref()
  }

  #suspectNow(): number | undefined {
    if (this.#suspect !== undefined) return this.#suspect
    const current = Atomics.load(this.#control.flags, CURRENT)
    return current === 0 ? undefined : current - 1
  }

  #end(lost: LaneLost): void {
    // Parts that were posted before the thread died may still be in the port: they count.
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      this.#receive(next.message as FromLane)
    }
    this.#isEnded = true
    this.#openLines = 0
    this.#renewed?.(false)
    this.#ready?.reject(lost)
    for (const task of this.#tasks.values()) task.reject(lost)
    this.#tasks.clear()
    for (const waiting of this.#aggregations.values()) waiting.reject(lost)
    this.#aggregations.clear()
    this.#port.close()
    this.#onChange()
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
