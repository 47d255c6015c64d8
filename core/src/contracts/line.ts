// A line's result as it is journaled and read back. Compact on purpose: it is written once for every line of every run.

import type { ErrorRecord } from "./error-record.ts"

export type LineStatus = "Completed" | "Failed" | "Canceled"
export type NodeStatus = "Completed" | "Failed" | "Bypassed" | "Canceled"

/** What user code printed while the node ran. */
export interface NodeLogs {
  readonly stdout: string
  readonly stderr: string
}

/** Numbers of tokens, counted once where the call was made. */
export interface TokenCounts {
  readonly prompt: number
  readonly completion: number
  readonly total: number
}

export const NO_TOKENS: TokenCounts = { prompt: 0, completion: 0, total: 0 }

export interface NodeRecord {
  /** Index into `FlowPlan.nodes`. */
  readonly node: number
  readonly status: NodeStatus
  /** Milliseconds since the epoch, fractions kept. */
  readonly startMs: number
  readonly endMs: number
  /**
   * The node's output. A value of another language is its JSON text under `json`, so that nothing is lost in between;
   * a value of ours is under `value`.
   */
  readonly value?: unknown
  readonly json?: string
  readonly error?: ErrorRecord
  readonly logs?: NodeLogs
  readonly tokens?: TokenCounts
}

/** An attempt at a line that failed, and was followed by another. */
export interface FailedAttempt {
  readonly attempt: number
  readonly startMs: number
  readonly endMs: number
  readonly error: ErrorRecord
}

/**
 * One line's life. Its inputs and outputs are not here: the row is kept beside the record, and both follow from the row,
 * the plan and the node outputs (`compileDescription` in `core/walk`).
 */
export interface LineRecord {
  /** 0-based position of the row in the data; also the order of `output.jsonl`. */
  readonly position: number
  /** The row's own `line_number`, or its position. It names the line in every record that a user sees. */
  readonly lineNumber: number
  readonly status: LineStatus
  readonly startMs: number
  readonly endMs: number
  /** The thread that walked the line (`worker_threads.threadId`; 0 in the main thread). */
  readonly threadId: number
  /** 1 for the first try. */
  readonly attempt: number
  /** The attempts before it that failed and were retried, as the failure policy wanted. */
  readonly earlier?: readonly FailedAttempt[]
  readonly nodes: readonly NodeRecord[]
  readonly error?: ErrorRecord
  /** Only for executors that run whole lines: there are no node outputs to derive it from. */
  readonly output?: unknown
}
