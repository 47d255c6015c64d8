// What the aggregation nodes of a run were given: the lists over its completed lines, put together again from the store.

import type { AggregationNodeReply, NodeRecord, RunManifest, RunStore } from "@throughline/core"
import { aggregationKeys, aggregationView, compileDescription } from "@throughline/core/walk"

/** Aggregation node name → its inputs. */
export async function aggregationInputs(
  store: RunStore,
  { name, plan }: RunManifest,
  replies: readonly AggregationNodeReply[]
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const keys = aggregationKeys(plan)
  const texts: string[][] = keys.map(() => [])
  for (const { values } of await rowsByLineNumber(store, name)) {
    for (const [i, list] of texts.entries()) list.push(values[i] ?? "null")
  }
  const view = aggregationView(
    plan,
    keys,
    Object.fromEntries(keys.map(({ key }, i) => [key, `[${texts[i]!.join(", ")}]`]))
  )
  const nodes: NodeRecord[] = replies.map(({ node, status, startMs, endMs, output }) => ({
    node: plan.nodes.findIndex((planned) => planned.name === node),
    status,
    startMs,
    endMs,
    value: output
  }))
  const { nodeInputs } = compileDescription(view.plan)(view.inputs, {
    position: 0,
    lineNumber: 0,
    status: "Failed",
    startMs: 0,
    endMs: 0,
    threadId: 0,
    attempt: 1,
    nodes
  })
  return new Map(replies.map(({ node }, i) => [node, nodeInputs[i] ?? {}]))
}

interface AggregationRow {
  readonly lineNumber: number
  /** JSON texts, one for each aggregation key. */
  readonly values: readonly string[]
}

async function rowsByLineNumber(store: RunStore, name: string): Promise<readonly AggregationRow[]> {
  const rows: AggregationRow[] = []
  for await (const { header, aggregation } of store.readChunks(name)) {
    if (aggregation === undefined) continue
    const { positions, lineNumbers = positions, statuses } = header
    const completed = [...lineNumbers].filter((_, i) => statuses === undefined || statuses[i] === 0)
    const lines = new TextDecoder()
      .decode(aggregation)
      .split("\n")
      .filter((line) => line !== "")
    for (const [i, line] of lines.entries())
      rows.push({ lineNumber: completed[i] ?? 0, values: JSON.parse(line) as string[] })
  }
  return rows.sort((a, b) => a.lineNumber - b.lineNumber)
}
