// What a batch comes to: promptflow's ten fields, computed from what the journal holds.

import {
  type AggregationNodeReply,
  type ErrorRecord,
  type ErrorSummary,
  isUserError,
  LINE_FAILED,
  type LineError,
  type LineResult,
  type RunStatus,
  type RunStore,
  type RunSummary,
  type SystemMetrics
} from "../contracts/index.ts"
import { checkKinds, RESULT_KINDS } from "./option-kinds.ts"

export type BatchResultFields = Omit<BatchResult, "toJSON">

export interface BatchResultParts {
  readonly startTime: Date
  readonly endTime: Date
  readonly lineResults: readonly LineResult[]
  /** The aggregation nodes' outcome and what they logged. */
  readonly aggrResult: {
    readonly metrics: Readonly<Record<string, unknown>>
    readonly nodes: readonly AggregationNodeReply[]
  }
  readonly status?: RunStatus
  /** What ended the batch as a whole. */
  readonly exception?: ErrorRecord
}

/** promptflow's `BatchResult`: same fields, same spellings, `toJSON` as it prints them. */
export class BatchResult {
  readonly status: RunStatus
  readonly total_lines: number
  readonly completed_lines: number
  /** `total_lines` less `completed_lines`. */
  readonly failed_lines: number
  /** `<node>.<status lower case>` → lines, aggregation nodes included. */
  readonly node_status: Readonly<Record<string, number>>
  readonly start_time: Date
  readonly end_time: Date
  readonly metrics: Readonly<Record<string, unknown>>
  /** Token counts, and `duration` in seconds. */
  readonly system_metrics: SystemMetrics
  readonly error_summary: ErrorSummary

  constructor(fields: BatchResultFields) {
    this.status = fields.status
    this.total_lines = fields.total_lines
    this.completed_lines = fields.completed_lines
    this.failed_lines = fields.failed_lines
    this.node_status = fields.node_status
    this.start_time = fields.start_time
    this.end_time = fields.end_time
    this.metrics = fields.metrics
    this.system_metrics = fields.system_metrics
    this.error_summary = fields.error_summary
  }

  /**
   * Builds a result from line results at hand. Node counts and tokens are those of the aggregation nodes alone: a
   * `LineResult` has none of its own.
   */
  static create(parts: BatchResultParts): BatchResult {
    checkKinds(parts, RESULT_KINDS, ["startTime", "endTime", "lineResults", "aggrResult"])
    const { startTime, endTime, lineResults, aggrResult, status = "Completed", exception } = parts
    const completed = lineResults.filter((line) => line.status === "Completed").length
    const errors = lineResults.flatMap((line) =>
      line.error === undefined ? [] : [{ line_number: line.lineNumber, error: line.error }]
    )
    const tokens = { prompt: 0, completion: 0, total: 0 }
    for (const node of aggrResult.nodes) {
      tokens.prompt += node.tokens?.prompt ?? 0
      tokens.completion += node.tokens?.completion ?? 0
      tokens.total += node.tokens?.total ?? 0
    }
    return new BatchResult({
      status,
      total_lines: lineResults.length,
      completed_lines: completed,
      failed_lines: lineResults.length - completed,
      node_status: nodeStatusOf(aggrResult.nodes),
      start_time: startTime,
      end_time: endTime,
      metrics: aggrResult.metrics,
      system_metrics: {
        total_tokens: tokens.total,
        prompt_tokens: tokens.prompt,
        completion_tokens: tokens.completion,
        duration: (endTime.getTime() - startTime.getTime()) / 1000
      },
      error_summary: errorSummary(errors, aggrResult.nodes, exception)
    })
  }

  /** Builds the result of a finished run from its store: every number is a query over the journal. */
  static async fromStore(store: RunStore, name: string): Promise<BatchResult> {
    const summary = await store.getRun(name)
    const ending = await store.getEnding(name)
    const startTime = new Date(summary.startTime ?? summary.manifest.createdOn)
    const errors = summary.lines.failed === 0 ? [] : await lineErrors(store, name)
    return new BatchResult({
      status: summary.status,
      total_lines: summary.lines.total,
      completed_lines: summary.lines.completed,
      failed_lines: summary.lines.total - summary.lines.completed,
      node_status: summary.nodeStatus,
      start_time: startTime,
      end_time: new Date(summary.endTime ?? startTime),
      metrics: summary.metrics,
      system_metrics: summary.systemMetrics,
      error_summary: errorSummary(errors, ending?.aggregation ?? [], batchError(summary))
    })
  }

  /** Dates as ISO texts; everything else as it is. */
  toJSON(): Record<string, unknown> {
    const fields: BatchResultFields = { ...this }
    return { ...fields, start_time: this.start_time.toISOString(), end_time: this.end_time.toISOString() }
  }
}

/** A run whose lines failed has an error to show, but no error of its own. */
const batchError = (summary: RunSummary): ErrorRecord | undefined =>
  summary.status === "Failed" ? summary.error : undefined

/** The failed lines' errors, by line number. */
export async function lineErrors(store: RunStore, name: string): Promise<LineError[]> {
  const errors: LineError[] = []
  for await (const { header, records } of store.readChunks(name)) {
    if (header.statuses?.includes(LINE_FAILED) !== true) continue
    for (const record of store.decodeRecords(records)) {
      if (record.error !== undefined) errors.push({ line_number: record.lineNumber, error: record.error })
    }
  }
  return errors.sort((a, b) => a.line_number - b.line_number)
}

function nodeStatusOf(nodes: readonly AggregationNodeReply[]): Record<string, number> {
  return Object.fromEntries(nodes.map(({ node, status }) => [`${node}.${status.toLowerCase()}`, 1]))
}

function errorSummary(
  errors: readonly LineError[],
  nodes: readonly AggregationNodeReply[],
  exception: ErrorRecord | undefined
): ErrorSummary {
  const user = errors.filter(({ error }) => isUserError(error)).length
  return {
    failed_user_error_lines: user,
    failed_system_error_lines: errors.length - user,
    error_list: errors,
    aggr_error_dict: Object.fromEntries(
      nodes.flatMap(({ node, error }) => (error === undefined ? [] : [[node, error]]))
    ),
    batch_error_dict: exception ?? null
  }
}
