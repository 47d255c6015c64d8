// The flow's aggregation nodes, walked once over the lists of all completed lines. Same walk, other leaves.

import {
  type AggregationNodeReply,
  type AggregationReply,
  type AggregationTask,
  ForeignValue,
  losesNumbers,
  type NodeRecord,
  type PreparedTool
} from "@throughline/core/contracts"
import { aggregationView, compileWalk, plain, type WalkEnd, WalkedLine, type WalkStep } from "@throughline/core/walk"
import { type CompiledFlow, now } from "./compile-flow.ts"

/** Hosts keep objects by position: an aggregation takes those that no line will have. */
let lastPosition = 2 ** 32 - 1

/** Rejects with `ToolLoadFailure` when a tool does not load, and with `HostLost` when its process dies. */
export async function runAggregation(flow: CompiledFlow, task: AggregationTask): Promise<AggregationReply> {
  const { plan, inputs } = aggregationView(flow.plan, flow.aggregationKeys, task.lists)
  const steps: WalkStep[] = []
  for (const [index, node] of plan.nodes.entries()) {
    if (!node.aggregation) continue
    const tool: PreparedTool = await flow.prepare(index)
    steps.push({ node, index, tool })
  }
  const metrics: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const position = lastPosition--
  const metricTexts: Record<string, string> = Object.create(null) as Record<string, string>
  const line = new WalkedLine(position, 0, (key, value) => {
    metrics[key] = plain(value)
    // JSON has no word for NaN and the infinities, which a mean of nothing gives.
    const isExact = value instanceof ForeignValue && (losesNumbers(value.text) || /NaN|Infinity/.test(value.text))
    if (isExact) metricTexts[key] = value.text
    else delete metricTexts[key]
  })
  const walking = compileWalk(steps, plan.nodes.length, now)(inputs, line, now())
  for (const host of flow.hosts) host.flush?.()
  const end = await walking
  for (const host of flow.hosts) host.releaseLine?.(position)
  if (plan.kind !== "dag") tellOfEntry(flow, end)
  return {
    metrics: { ...metrics },
    metricTexts: { ...metricTexts },
    nodes: (plan.kind === "dag" ? end.records : [])
      .filter((record) => record.status !== "Canceled")
      .map((record) => replyOf(plan.nodes[record.node]!.name, record, end.values[record.node]))
  }
}

/** The aggregation of an entry is no node: what went wrong leaves the run without metrics, and is told. */
function tellOfEntry(flow: CompiledFlow, { error, values }: WalkEnd): void {
  if (error !== undefined) {
    flow.onWarning(`${error.message}${error.place === undefined ? "" : ` (${error.place})`}; the run has no metrics`)
  } else if (plain(values[1]) === false) {
    flow.onWarning("what __aggregate__ returned is not a dictionary: the run has no metrics")
  }
}

function replyOf(node: string, record: NodeRecord, value: unknown): AggregationNodeReply {
  const { status, startMs, endMs, error, logs, tokens } = record
  return {
    node,
    status: status === "Canceled" ? "Failed" : status,
    startMs,
    endMs,
    output: plain(value) ?? null,
    ...(error === undefined ? {} : { error }),
    ...(logs === undefined ? {} : { logs }),
    ...(tokens === undefined ? {} : { tokens })
  }
}
