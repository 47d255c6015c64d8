// Lines travel in chunks: bytes out to where the work is, bytes home. A chunk is a unit of transport, never a barrier.

import type { ErrorRecord } from "./error-record.ts"
import type { TokenCounts } from "./line.ts"

/**
 * Rows of data as JSONL bytes, cut at row ends.
 *
 * C1. `bytes` has a buffer of its own, which may be transferred to a thread.
 * C2. Row i stands at `spans[2i]` (inclusive) to `spans[2i + 1]` (exclusive); rows ascend and do not overlap.
 */
export interface RowChunk {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly spans: Uint32Array<ArrayBuffer>
  readonly count: number
  /** 0-based position in the data of the first row; the others follow without a gap. */
  readonly firstPosition: number
  /** Each row's line number, where the data has numbers of its own; else position and number are the same. */
  readonly lineNumbers?: Uint32Array<ArrayBuffer>
}

/** A chunk on its way to a lane. */
export interface ChunkTask extends RowChunk {
  /** Unique within the run. */
  readonly id: number
  /** 1 for the first try of these lines. */
  readonly attempt: number
}

export const LINE_COMPLETED = 0
export const LINE_FAILED = 1
export const LINE_CANCELED = 2

/** A failed line, for events and summaries. */
export interface LineFailure {
  readonly position: number
  readonly lineNumber: number
  readonly error: ErrorRecord
}

/**
 * Finished lines on their way home: all of a task's, or a part of them as they become ready.
 *
 * P1. Every line of a task is in exactly one part of its replies.
 * P2. Line i of the part has position `positions[i]`, status `statuses[i]` and the `output.jsonl` text
 *     `outputs[outputEnds[i - 1] .. outputEnds[i])`, line end included; an unfinished or failed line has an empty one.
 */
export interface ChunkPart {
  readonly taskId: number
  readonly positions: Uint32Array
  readonly lineNumbers?: Uint32Array
  /** `LINE_COMPLETED`, `LINE_FAILED` or `LINE_CANCELED`, one byte a line. */
  readonly statuses: Uint8Array
  readonly outputs: Uint8Array
  readonly outputEnds: Uint32Array
  /** The `LineRecord`s in the same order, one msgpackr array. Opaque to `core/batch`. */
  readonly records: Uint8Array
  /** The rows these lines came from, in the same order, as JSONL. */
  readonly rows: Uint8Array
  /** Present when the flow has aggregation nodes: one JSON array a completed line, in the order of `aggregationKeys`. */
  readonly aggregation?: Uint8Array
  readonly failures: readonly LineFailure[]
  /** `<node>.<status lower case>` → how many, as in promptflow's `node_status`. */
  readonly nodeStatus: Readonly<Record<string, number>>
  readonly tokens: TokenCounts
  /** Milliseconds the thread was busy with these lines, and milliseconds from the first start to the last end. */
  readonly busyMs: number
  readonly wallMs: number
  /** True on the part that ends the task. */
  readonly isLast: boolean
}
