// A run in the hands of a host: its lines, its events, its result, and the way to stop it.

import { LinesGone } from "../contracts/errors.ts"
import type { LineResult, RunEvent, RunProgress } from "../contracts/index.ts"
import type { BatchResult } from "./batch-result.ts"
import { LineChannel } from "./line-channel.ts"
import { Interruption, RunOrders } from "./orders.ts"
import { limitsOf } from "./run-options.ts"

const NO_PROGRESS: RunProgress = {
  completed: 0,
  failed: 0,
  total: 0,
  isTotalKnown: false,
  readFraction: undefined,
  totalTokens: 0,
  linesPerSecond: 0,
  elapsedMs: 0
}
/** Events that a slow listener may have waiting; beyond that the oldest are dropped. */
const EVENTS_HELD = 1024

/**
 * A run that goes on. Ask for its lines with `for await` in the same turn as `run()`; without that it goes at full speed
 * and keeps no line for the host. Leaving the loop early cancels the run.
 */
export class RunHandle implements AsyncIterable<LineResult>, AsyncDisposable {
  readonly name: string
  /** @internal */
  readonly orders: RunOrders
  readonly #controller: AbortController
  readonly #listeners = new Set<EventQueue>()
  #channel: LineChannel | undefined
  #hasStarted = false
  #isOver = false
  #progress = NO_PROGRESS
  #result: Promise<BatchResult>

  /** @internal Made by the runtime. `start` is called a turn later, with what the host has asked for by then. */
  constructor(name: string, controller: AbortController, start: (handle: RunHandle) => Promise<BatchResult>) {
    this.name = name
    this.#controller = controller
    this.orders = new RunOrders(() => controller.abort())
    this.#result = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#hasStarted = true
      return start(this)
    })
    this.#result.then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error)
    )
  }

  /** How far the run is. An estimate in passing; `result()` is exact. */
  get progress(): RunProgress {
    return this.#progress
  }

  /** The lines in the order of the data, each as soon as it and all before it are kept. A slow reader slows the run. */
  [Symbol.asyncIterator](): AsyncIterator<LineResult, undefined> {
    if (this.#channel !== undefined) throw new LinesGone({ run: this.name, reason: "is already being read" })
    if (this.#hasStarted) {
      throw new LinesGone({
        run: this.name,
        reason:
          "has started without a reader, so its lines were not held for one: " +
          "begin `for await` in the same turn as run(), or read output.jsonl"
      })
    }
    const channel = new LineChannel(() => this.#controller.abort())
    const { signal } = this.#controller
    if (signal.aborted) channel.letGo()
    else signal.addEventListener("abort", () => channel.letGo(), { once: true })
    this.#channel = channel
    return channel
  }

  /** What happens, as it happens. Each call is a listener of its own; a slow one loses its oldest events. */
  events(): AsyncIterableIterator<RunEvent> {
    const queue = new EventQueue(() => this.#listeners.delete(queue))
    if (this.#isOver) queue.end()
    else this.#listeners.add(queue)
    return queue
  }

  /** The result when the run has ended. Rejects with the error that ended it; failed lines are in the result. */
  result(): Promise<BatchResult> {
    return this.#result
  }

  /** Stops the run: lines in flight get a grace time, what is finished stays. Resolves when the run has ended. */
  async cancel(): Promise<void> {
    this.#controller.abort()
    await this.#result.catch(() => {})
  }

  /**
   * Stops the run because its process has to go: it shows as `Interrupted`, and can be resumed. Resolves when it has ended.
   *
   * @param graceMs what lines in flight get; the run's own grace time unless given
   */
  async interrupt(graceMs?: number): Promise<void> {
    this.#controller.abort(new Interruption(graceMs))
    await this.#result.catch(() => {})
  }

  /** Begins no further line; those in flight go on. */
  pause(): void {
    this.orders.give({ type: "pause" })
  }

  /** Goes on after `pause`. */
  continue(): void {
    this.orders.give({ type: "continue" })
  }

  /** Most lines in flight where lines wait. @throws {InvalidOption} */
  tune({ concurrency }: { readonly concurrency: number }): void {
    this.orders.give({ type: "tune", concurrency: limitsOf({ concurrency }).concurrency })
  }

  /** Fails one line with `LineCanceled`. One that computes without waiting goes on to its end; one that is done stays so. */
  cancelLine(lineNumber: number): void {
    this.orders.give({ type: "cancelLine", lineNumber })
  }

  /** Stops one line that is in flight, and begins it again alone. */
  requeueLine(lineNumber: number): void {
    this.orders.give({ type: "requeueLine", lineNumber })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cancel()
  }

  /** @internal */
  get onLines(): ((lines: Iterable<LineResult>) => Promise<void>) | undefined {
    const channel = this.#channel
    return channel === undefined ? undefined : (lines) => channel.offer(lines)
  }

  /** @internal */
  emit(event: RunEvent): void {
    if (event.type === "Progress") this.#progress = event.progress
    for (const listener of this.#listeners) listener.push(event)
  }

  #end(error: unknown): void {
    this.#isOver = true
    this.#channel?.end(error)
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }
}

class EventQueue implements AsyncIterableIterator<RunEvent> {
  readonly #onLeave: () => void
  #events: RunEvent[] = []
  #waiting: ((result: IteratorResult<RunEvent, undefined>) => void) | undefined
  #isOver = false

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  push(event: RunEvent): void {
    if (this.#waiting !== undefined) {
      const give = this.#waiting
      this.#waiting = undefined
      give({ done: false, value: event })
      return
    }
    this.#events.push(event)
    if (this.#events.length > EVENTS_HELD) this.#events.shift()
  }

  end(): void {
    this.#isOver = true
    this.#waiting?.({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<RunEvent, undefined>> {
    const event = this.#events.shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  async return(): Promise<IteratorResult<RunEvent, undefined>> {
    this.#onLeave()
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
