// Lines and nodes as promptflow's records (`flow_runs`, `node_runs`): every key it has, in its order.

import type { AggregationNodeReply, ErrorRecord, NodeLogs, TokenCounts } from "@throughline/core"
import { promptflowError } from "./promptflow-error.ts"

export interface FlowRunFacts {
  readonly rootRunId: string
  readonly flowId: string
  readonly lineNumber: number
  readonly status: string
  readonly inputs: unknown
  readonly output: unknown
  /** The output once more, as `flow test` has it; null in a batch. */
  readonly result: unknown
  readonly error: ErrorRecord | undefined
  readonly startMs: number
  readonly endMs: number
  readonly tokens: TokenCounts
}

export function flowRun(facts: FlowRunFacts): Record<string, unknown> {
  const { rootRunId, flowId, lineNumber, status, inputs, output, result, startMs, endMs, tokens } = facts
  const error = facts.error === undefined ? null : promptflowError(facts.error)
  const system_metrics = {
    duration: seconds(endMs - startMs),
    prompt_tokens: tokens.prompt,
    completion_tokens: tokens.completion,
    total_tokens: tokens.total
  }
  return {
    run_id: `${rootRunId}_${lineNumber}`,
    status,
    error,
    inputs,
    output,
    metrics: null,
    request: null,
    parent_run_id: rootRunId,
    root_run_id: rootRunId,
    source_run_id: null,
    flow_id: flowId,
    start_time: `${isoMicros(startMs)}Z`,
    end_time: `${isoMicros(endMs)}Z`,
    index: lineNumber,
    api_calls: [
      {
        name: "flow",
        node_name: "flow",
        type: "Flow",
        start_time: seconds(startMs),
        end_time: seconds(endMs),
        children: [],
        system_metrics,
        inputs,
        output,
        error
      }
    ],
    name: "",
    description: "",
    tags: null,
    system_metrics,
    result,
    upload_metrics: false,
    otel_trace_id: null,
    message_format: "basic"
  }
}

export interface NodeRunFacts {
  readonly node: string
  readonly rootRunId: string
  /** `undefined` for an aggregation node, which belongs to no line. */
  readonly lineNumber: number | undefined
  readonly status: string
  readonly inputs: unknown
  readonly output: unknown
  readonly result: unknown
  readonly error: ErrorRecord | undefined
  readonly startMs: number
  readonly endMs: number
  readonly logs: NodeLogs | undefined
  readonly tokens: TokenCounts | undefined
}

export const nodeRunId = ({ rootRunId, node, lineNumber }: Pick<NodeRunFacts, "rootRunId" | "node" | "lineNumber">) =>
  `${rootRunId}_${node}_${lineNumber ?? "reduce"}`

export function nodeRun(facts: NodeRunFacts): Record<string, unknown> {
  const { node, rootRunId, lineNumber, status, inputs, output, result, error, startMs, endMs, logs, tokens } = facts
  const isBypassed = status === "Bypassed"
  return {
    node,
    flow_run_id: rootRunId,
    run_id: nodeRunId(facts),
    status,
    inputs: isBypassed ? null : inputs,
    output,
    metrics: null,
    error: error === undefined ? null : promptflowError(error),
    parent_run_id: lineNumber === undefined ? rootRunId : `${rootRunId}_${lineNumber}`,
    start_time: `${isoMicros(startMs)}Z`,
    end_time: `${isoMicros(endMs)}Z`,
    index: lineNumber ?? null,
    api_calls: [],
    cached_run_id: null,
    cached_flow_run_id: null,
    logs: isBypassed ? null : { stdout: logs?.stdout ?? "", stderr: logs?.stderr ?? "" },
    system_metrics: isBypassed ? null : { duration: seconds(endMs - startMs), ...tokenMetrics(tokens) },
    result,
    message_format: "basic"
  }
}

const tokenMetrics = (tokens: TokenCounts | undefined) =>
  tokens === undefined
    ? {}
    : { prompt_tokens: tokens.prompt, completion_tokens: tokens.completion, total_tokens: tokens.total }

/** An aggregation node of a run. */
export const aggregationNodeRun = (
  rootRunId: string,
  reply: AggregationNodeReply,
  inputs: unknown
): Record<string, unknown> =>
  nodeRun({
    node: reply.node,
    rootRunId,
    lineNumber: undefined,
    status: reply.status,
    inputs,
    output: reply.output ?? null,
    result: null,
    error: reply.error,
    startMs: reply.startMs,
    endMs: reply.endMs,
    logs: reply.logs,
    tokens: reply.tokens
  })

/** `2026-11-24T23:59:13.036433`, UTC. */
export function isoMicros(ms: number): string {
  const micros = Math.round((ms - Math.floor(ms)) * 1000)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(Math.min(micros, 999)).padStart(3, "0")}`
}

/** Milliseconds as seconds, to the microsecond. */
const seconds = (ms: number): number => Math.round(ms * 1000) / 1e6
