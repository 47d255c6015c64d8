// The line that is walked: how its owner reaches into the walk, and what a tool sees of the line.

import type { ErrorRecord, NodeCall, NodeRecord } from "../contracts/index.ts"
import type { WalkEnd } from "./walk-line.ts"

/** Which line is walked, and how its owner reaches into it. */
export class WalkedLine {
  readonly position: number
  readonly lineNumber: number
  readonly logMetric: (key: string, value: unknown) => void
  /** Records of nodes from an earlier attempt at this line. */
  known: readonly NodeRecord[] | undefined
  /** The walk, once it waits: what it has come to so far. */
  underWay: WalkProgress | undefined
  /** From this time on, in milliseconds since the epoch, `onSlow` is told when a walk that keeps its thread goes on. */
  slowAtMs = Number.POSITIVE_INFINITY
  onSlow: ((line: WalkedLine, progress: WalkProgress) => void) | undefined
  /** How many of the records were told of; the teller's own. */
  told = 0
  #controller: AbortController | undefined
  #reason: { readonly value: unknown } | undefined

  constructor(position: number, lineNumber: number, logMetric: WalkedLine["logMetric"] = ignoreMetric) {
    this.position = position
    this.lineNumber = lineNumber
    this.logMetric = logMetric
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason.value)
    }
    return this.#controller.signal
  }

  /** Aborts the signal, now or when it is first asked for. */
  abort(reason: unknown): void {
    this.#reason ??= { value: reason }
    this.#controller?.abort(reason)
  }
}

function ignoreMetric(): void {}

/** One call, as its tool sees it. */
export class LineCall implements NodeCall {
  readonly #line: WalkedLine
  readonly node: number
  logs: NodeCall["logs"]
  tokens: NodeCall["tokens"]

  constructor(line: WalkedLine, node: number) {
    this.#line = line
    this.node = node
  }

  get position(): number {
    return this.#line.position
  }
  get lineNumber(): number {
    return this.#line.lineNumber
  }
  get signal(): AbortSignal {
    return this.#line.signal
  }
  logMetric(key: string, value: unknown): void {
    this.#line.logMetric(key, value)
  }
}

/** What a walk has come to so far. Records are added at the end, until the walk is over. */
export interface WalkProgress {
  readonly records: readonly NodeRecord[]
  readonly values: readonly unknown[]
  /**
   * Ends the walk where it is: what runs is recorded as `Canceled`, with the reason. What its tools still bring is not
   * looked at.
   */
  cutShort(reason: ErrorRecord): WalkEnd
}
