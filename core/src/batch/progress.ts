// How far a run is, for whoever watches. An estimate in passing: what a run came to is asked of the journal.

import { type ChunkPart, LINE_COMPLETED, type RunProgress } from "../contracts/index.ts"
import type { RowReader } from "../data/index.ts"

const TELL_EVERY_MS = 100

export class Progress {
  readonly #rows: RowReader
  readonly #startMs: number
  readonly #tell: (progress: RunProgress) => void
  #completed: number
  #failed: number
  #admitted: number
  #tokens = 0
  readonly #before: number
  #toldMs = 0

  /** @param before lines that were done before */
  constructor(
    rows: RowReader,
    tell: (progress: RunProgress) => void,
    before: { readonly completed: number; readonly failed: number } = { completed: 0, failed: 0 }
  ) {
    this.#rows = rows
    this.#completed = before.completed
    this.#failed = before.failed
    this.#before = before.completed + before.failed
    this.#admitted = this.#before
    this.#startMs = performance.now()
    this.#tell = tell
  }

  admitted(lines: number): void {
    this.#admitted += lines
  }

  cameHome(part: ChunkPart): void {
    for (const status of part.statuses) {
      if (status === LINE_COMPLETED) this.#completed++
      else this.#failed++
    }
    this.#tokens += part.tokens.total
    const nowMs = performance.now()
    if (nowMs - this.#toldMs < TELL_EVERY_MS) return
    this.#toldMs = nowMs
    this.#tell(this.now())
  }

  now(): RunProgress {
    const { totalRows, readFraction } = this.#rows
    const elapsedMs = performance.now() - this.#startMs
    const done = this.#completed + this.#failed
    return {
      completed: this.#completed,
      failed: this.#failed,
      total: totalRows ?? this.#admitted,
      isTotalKnown: totalRows !== undefined,
      readFraction,
      totalTokens: this.#tokens,
      linesPerSecond: elapsedMs > 0 ? ((done - this.#before) * 1000) / elapsedMs : 0,
      elapsedMs
    }
  }
}
