// Room 2, admit: how many lines may be on their way, and in how large a chunk. Everything that waits anywhere in a run
// is counted here, so nothing is ever queued without a bound.
//
// B1. Where lines compute, two chunks a lane are in flight, four where a chunk is shorter than 2 ms; where they wait,
//     one and a half times the lanes' line capacity.
// B2. At most `LINES_AHEAD` lines and `BYTES_AHEAD` bytes have been admitted and not yet folded: when line 0 is held
//     back, the reader stops.
// B3. A chunk is time, not lines: about 10 ms of its lane, never more than its share of what is left.

import * as Effect from "effect/Effect"
import type { ChunkPart, RowChunk } from "../contracts/index.ts"

const AIM_MS = 10
const FIRST_LINES = 16
const MOST_LINES = 1024
const MOST_BYTES = 1 << 20
const SMOOTHING = 0.3
const LINES_AHEAD = 65_536
const BYTES_AHEAD = 32 << 20

export interface ChunkSize {
  readonly lines: number
  readonly bytes: number
}

export interface AdmissionOptions {
  readonly lanes: number
  /** Most lines in flight per lane where lines wait. */
  readonly linesPerLane: number
  /** True when lines are known to wait before the first came home. */
  readonly mayWait?: boolean
}

export class Admission {
  readonly #lanes: number
  #linesPerLane: number
  #isPaused = false
  #laneMsPerLine = 0
  #isWaiting: boolean
  #chunksInFlight = 0
  #linesInFlight = 0
  #linesAhead = 0
  #bytesAhead = 0
  #wake: (() => void) | undefined

  constructor({ lanes, linesPerLane, mayWait = false }: AdmissionOptions) {
    this.#isWaiting = mayWait
    this.#lanes = lanes
    this.#linesPerLane = linesPerLane
  }

  /** Lines admitted and not yet home. */
  get linesInFlight(): number {
    return this.#linesInFlight
  }

  /** Nothing is admitted while it is paused. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#announce()
  }

  tune(linesPerLane: number): void {
    this.#linesPerLane = linesPerLane
    this.#announce()
  }

  /** Waits until a chunk may be admitted. */
  readonly room: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.#hasRoom()) {
      resume(Effect.void)
      return
    }
    this.#wake = () => resume(Effect.void)
    return Effect.sync(() => {
      this.#wake = undefined
    })
  })

  /** @param remaining rows that are left, where that is known or can be estimated */
  nextSize(remaining: number | undefined): ChunkSize {
    let lines = FIRST_LINES
    if (this.#laneMsPerLine > 0) lines = Math.round(AIM_MS / this.#laneMsPerLine)
    if (this.#isWaiting) lines = Math.max(lines, Math.ceil(this.#linesPerLane / 4))
    if (remaining !== undefined) lines = Math.min(lines, Math.ceil(remaining / (2 * this.#lanes)))
    return { lines: Math.min(Math.max(lines, 1), MOST_LINES), bytes: MOST_BYTES }
  }

  admitted(chunk: RowChunk): void {
    this.#chunksInFlight++
    this.#linesInFlight += chunk.count
    this.#linesAhead += chunk.count
    this.#bytesAhead += chunk.bytes.byteLength
  }

  /** Lines of an earlier time that are kept and not yet folded. */
  keptBefore(lines: number, bytes: number): void {
    this.#linesAhead += lines
    this.#bytesAhead += bytes
  }

  /** A part came home: lines left their lane. */
  cameHome(part: ChunkPart, lines: number): void {
    this.#linesInFlight -= lines
    if (part.isWaiting) this.#isWaiting = true
    if (lines > 0 && part.laneMs > 0) {
      const perLine = part.laneMs / lines
      this.#laneMsPerLine =
        this.#laneMsPerLine === 0 ? perLine : this.#laneMsPerLine + SMOOTHING * (perLine - this.#laneMsPerLine)
    }
    this.#bytesAhead += part.outputs.byteLength + part.records.byteLength
    this.#announce()
  }

  /** A chunk has ended, one way or another; `lines` of it never came home. */
  chunkEnded(lines: number): void {
    this.#chunksInFlight--
    this.#linesInFlight -= lines
    this.#announce()
  }

  /** Lines were folded (or given up): they wait for nothing any more. */
  folded(lines: number, bytes: number): void {
    this.#linesAhead -= lines
    // Shares of bytes do not add up to the last one: they are put right when nothing is ahead.
    this.#bytesAhead = this.#linesAhead === 0 ? 0 : this.#bytesAhead - bytes
    this.#announce()
  }

  #hasRoom(): boolean {
    if (this.#isPaused) return false
    if (this.#linesAhead >= LINES_AHEAD || this.#bytesAhead >= BYTES_AHEAD) return this.#linesAhead === 0
    if (this.#isWaiting) return this.#linesInFlight < 1.5 * this.#lanes * this.#linesPerLane
    const isShort = this.#laneMsPerLine > 0 && this.#laneMsPerLine * MOST_LINES < 2
    return this.#chunksInFlight < this.#lanes * (isShort ? 4 : 2)
  }

  #announce(): void {
    if (this.#wake === undefined || !this.#hasRoom()) return
    const wake = this.#wake
    this.#wake = undefined
    wake()
  }
}
