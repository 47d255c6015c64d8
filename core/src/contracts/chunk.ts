// Lines travel in chunks: bytes out to where the work is, bytes home. A chunk is a unit of transport, never a barrier.

import type { ErrorRecord } from "./error-record.ts"
import { NO_TOKENS, type TokenCounts } from "./line.ts"

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
  /** The file these bytes were cut from and the line (from 1) that their first byte is on, where they are a file's own. */
  readonly origin?: { readonly file: string; readonly line: number }
}

/** Results of nodes whose line is not done: what a line that takes long has come to so far. */
export interface NodeResults {
  readonly position: number
  /** Index of the first of these nodes in the plan: of one line, no two results have the same. */
  readonly firstNode: number
  /** The nodes' records, one msgpack array; opaque like the records of lines. */
  readonly nodes: Uint8Array
}

/** A chunk on its way to a lane. */
export interface ChunkTask extends RowChunk {
  /** Unique within the run. */
  readonly id: number
  /** 1 for the first try of these lines. */
  readonly attempt: number
  /** True for lines whose worker died: the chunk has its lane to itself, so that a second death names its culprit. */
  readonly isAlone: boolean
  /** Results of nodes of these lines from an earlier attempt or run: those nodes are not called again. */
  readonly known?: readonly NodeResults[]
}

export const LINE_COMPLETED = 0
export const LINE_FAILED = 1

/** A failed line, for events and summaries. */
export interface LineFailure {
  readonly position: number
  readonly lineNumber: number
  readonly error: ErrorRecord
}

/**
 * Lines on their way home: all of a task's, or a part of them as they become ready.
 *
 * P1. Every line of a task is in exactly one part of its replies, as finished, lost or canceled.
 * P2. Finished line i has position `positions[i]` (ascending), status `statuses[i]` and the `output.jsonl` text
 *     `outputs[outputEnds[i - 1] .. outputEnds[i])`, line end included; a failed line has an empty one.
 */
export interface ChunkPart {
  readonly taskId: number
  readonly positions: Uint32Array
  /** Present where line number and position differ. */
  readonly lineNumbers?: Uint32Array
  /** `LINE_COMPLETED` or `LINE_FAILED`, one byte a finished line. */
  readonly statuses: Uint8Array
  readonly outputs: Uint8Array
  readonly outputEnds: Uint32Array
  /** The `LineRecord`s of the finished lines in the same order, one msgpack array. Opaque to `core/batch`. */
  readonly records: Uint8Array
  /**
   * Present when the flow has aggregation nodes: for each completed line one JSON array of texts, as JSONL. Text k is the
   * JSON text of the line's value for the k-th aggregation key.
   */
  readonly aggregation?: Uint8Array
  readonly failures: readonly LineFailure[]
  /** Positions whose worker died under them: what became of them is unknown, and they are run again. */
  readonly lost: readonly number[]
  /** What the worker died of, where that is known. */
  readonly lostReason?: string
  /** Positions that were canceled, or never started because of it: they have no result. */
  readonly canceled: readonly number[]
  /** Results of nodes of lines that are still under way; a part may hold nothing else. */
  readonly unfinished?: readonly NodeResults[]
  /** `<node>.<status lower case>` → how many, as in promptflow's `node_status`. */
  readonly nodeStatus: Readonly<Record<string, number>>
  readonly tokens: TokenCounts
  /** Milliseconds of the lane's time that these lines took: what the size of the next chunk is measured by. */
  readonly laneMs: number
  /** True when lines of this flow wait (for a timer, a model, an async tool) rather than compute. */
  readonly isWaiting: boolean
  /** True on the part that ends the task. */
  readonly isLast: boolean
}

/** A part that brings no line home: what is left out of a part is as it is here. */
export const emptyPart = (taskId: number): ChunkPart => ({
  taskId,
  positions: new Uint32Array(0),
  statuses: new Uint8Array(0),
  outputs: new Uint8Array(0),
  outputEnds: new Uint32Array(0),
  records: new Uint8Array(0),
  failures: [],
  lost: [],
  canceled: [],
  nodeStatus: {},
  tokens: NO_TOKENS,
  laneMs: 0,
  isWaiting: false,
  isLast: false
})
