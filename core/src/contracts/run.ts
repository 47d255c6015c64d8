// What a host asks of a run, sees of it while it goes on, and gets at its end.

import type { ErrorRecord } from "./error-record.ts"
import type { ColumnMapping, FlowOverrides, FlowPlan } from "./flow-plan.ts"
import type { LineStatus } from "./line.ts"

/** promptflow's statuses, and ours: `Interrupted` (its process died) and `Paused`. */
export type RunStatus =
  | "NotStarted"
  | "Queued"
  | "Running"
  | "CancelRequested"
  | "Completed"
  | "Failed"
  | "Canceled"
  | "Interrupted"
  | "Paused"

/**
 * Where rows come from: a path (file or folder), rows in memory, or anything that yields rows. JSONL, JSON, CSV and TSV
 * files are read by their ending; a folder gives the rows of all its files.
 */
export type DataSource =
  | string
  | URL
  | ReadonlyArray<Readonly<Record<string, unknown>>>
  | AsyncIterable<unknown>
  | Iterable<unknown>

export interface SystemMetrics {
  readonly total_tokens: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  /** Seconds from the start: to the end, to now while the run goes on, to its last sign of life once interrupted. */
  readonly duration: number
}

export interface LineError {
  readonly line_number: number
  readonly error: ErrorRecord
}

export interface ErrorSummary {
  readonly failed_user_error_lines: number
  readonly failed_system_error_lines: number
  /** By line number. */
  readonly error_list: readonly LineError[]
  /** Aggregation node name → its error. */
  readonly aggr_error_dict: Readonly<Record<string, ErrorRecord>>
  /** What ended the whole batch, or null. */
  readonly batch_error_dict: ErrorRecord | null
}

/** One finished line, as a host sees it. */
export interface LineResult {
  readonly lineNumber: number
  readonly position: number
  readonly status: LineStatus
  /** Flow output name → value, parsed when first read; `{}` unless the line completed. */
  readonly output: Readonly<Record<string, unknown>>
  readonly error: ErrorRecord | undefined
}

/** What is done about lines that fail with an error of some class. */
export interface FailureRule {
  /** Names of classes, anywhere in the error's chain (`UserError`, `ToolExecutionError`, `TimeoutError` …); `*` is any. */
  readonly on: string | readonly string[]
  /** `retry`: run the line again. `skip`: it stays failed, and is not counted. `fail`: end the run. */
  readonly action: "retry" | "skip" | "fail"
  /** How often one line is retried. Default 2. */
  readonly times?: number
  /** Milliseconds before the next attempt. Default 0. */
  readonly waitMs?: number
}

/** What a run can be told while it goes on. Lines are named by their numbers. */
export type RunOrder =
  | { readonly type: "pause" | "continue" | "cancel" }
  /** Most lines in flight where lines wait. */
  | { readonly type: "tune"; readonly concurrency: number }
  /** The line fails with `LineCanceled`; or it is begun again, alone. One that is done stays as it is. */
  | { readonly type: "cancelLine" | "requeueLine"; readonly lineNumber: number }

/** What a run tells while it goes on, in the order it happened. */
export type RunEvent =
  | { readonly type: "RunStarted"; readonly name: string; readonly outputDir: string | undefined }
  | { readonly type: "Progress"; readonly progress: RunProgress }
  | { readonly type: "LineFailed"; readonly lineNumber: number; readonly error: ErrorRecord }
  | { readonly type: "Warning"; readonly message: string }
  /** `Paused`: no line is begun any more; those in flight go on to their ends. */
  | { readonly type: "Paused" | "Continued" }
  | { readonly type: "AggregationStarted"; readonly nodes: readonly string[] }
  | { readonly type: "RunEnded"; readonly status: RunStatus }

export interface RunProgress {
  readonly completed: number
  readonly failed: number
  /** Rows seen so far, or all of them once the end of the data is known. */
  readonly total: number
  readonly isTotalKnown: boolean
  /** Part of the data's bytes that was read, 0 to 1; `undefined` where it has no size (memory, iterables). */
  readonly readFraction: number | undefined
  /** Tokens of the lines that were run since the start. */
  readonly totalTokens: number
  /** Lines per second since the start. */
  readonly linesPerSecond: number
  readonly elapsedMs: number
}

/** The options of a run that are numbers, with their defaults. */
export interface RunLimits {
  /** Lanes; `undefined` lets the number of lines and cores decide. */
  readonly workers: number | undefined
  /** Most lines in flight where lines wait. */
  readonly concurrency: number
  readonly lineTimeoutMs: number | undefined
  readonly batchTimeoutMs: number | undefined
  readonly maxOutputBytes: number
  readonly maxLines: number | undefined
  /** How long lines in flight may take to answer a cancel before their threads are ended. */
  readonly graceMs: number
}

/**
 * What a line that is told to be complete survives. `process`: the death of the process; after a power cut at most the
 * lines of about the last second run again. `power`: a power cut as well, at the price of a flush for every commit. `none`:
 * as `process`, but the end of the run does not wait for the disk either: for runs that nobody keeps.
 */
export type Durability = "process" | "power" | "none"

/** Digests of what a run stands on, by name: a run that is taken up says what has changed. */
export interface Ground {
  readonly engine: string
  /** Names and order of nodes, names of outputs: records are read by them. */
  readonly shape: string
  /** `node '<name>'`, `the flow's inputs` … */
  readonly flow: Readonly<Record<string, string>>
  readonly mapping: string
  /** Path relative to the flow's folder. */
  readonly files: Readonly<Record<string, string>>
  /** Source; those that can be read only once have none. */
  readonly data: Readonly<Record<string, string>>
}

/** What promptflow does in a way that we would not, for runs that need it: `docs/compatibility.md` has each. */
export type Compat = "pandas-data"

/** The facts of a run that its store keeps beside the lines. */
export interface RunManifest extends FlowOverrides {
  readonly name: string
  readonly flowFile: string
  readonly flowName: string
  readonly language: string
  readonly columnMapping: ColumnMapping
  readonly compat?: readonly Compat[]
  /** The earlier run whose outputs are a source. */
  readonly upstream?: string
  /** The earlier run whose completed lines were taken over. */
  readonly resumeFrom?: string
  /** Source name → absolute path, or a word for what has no path (`<memory>`, `<iterable>`). */
  readonly data: Readonly<Record<string, string>>
  readonly outputDir: string | undefined
  /** Names of the constructor's arguments that were given; their values, which may be secrets, are not kept. */
  readonly initNames?: readonly string[]
  /** The plan the lines were walked by: with a row and its record it gives back the line's inputs and outputs. */
  readonly plan: FlowPlan
  /** The sources' names in order: how a row is to be read. */
  readonly sources: readonly string[]
  readonly displayName: string
  readonly description: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** ISO 8601 with offset. */
  readonly createdOn: string
  readonly engine: string
  readonly workers: number
  /** As they were asked for; a run that is taken up again keeps them. Absent in runs of early journals. */
  readonly limits?: RunLimits
  /** Absent in runs of early journals. */
  readonly ground?: Ground
  /** Absent: `process`. */
  readonly durability?: Durability
}

/** How a run stands. `lines` is a query over the journal, true at any moment. */
export interface RunSummary {
  readonly manifest: RunManifest
  readonly status: RunStatus
  readonly startTime: string | undefined
  readonly endTime: string | undefined
  readonly lines: {
    readonly total: number
    readonly completed: number
    readonly failed: number
  }
  readonly nodeStatus: Readonly<Record<string, number>>
  readonly metrics: Readonly<Record<string, unknown>>
  /** Key → JSON text, of the metrics that say more to Python than a JavaScript number can hold (`1.0`). */
  readonly metricTexts?: Readonly<Record<string, string>>
  readonly systemMetrics: SystemMetrics
  readonly error: ErrorRecord | undefined
  readonly isArchived: boolean
}
