// After the last line: what the journal holds for the aggregation nodes, as the lists they take.

import type { AggregationTask, RunStore } from "../contracts/index.ts"
import { LINE_COMPLETED } from "../contracts/index.ts"
import type { AggregationKey } from "../walk/index.ts"

/**
 * Collects the completed lines' values from the journal, by line number, so that every list refers to the same line at
 * the same index. Memory grows with the number of lines: the lists are what the nodes are to be given.
 */
export async function collectLists(
  store: RunStore,
  runId: string,
  keys: readonly AggregationKey[]
): Promise<AggregationTask> {
  const lines: Array<{ readonly lineNumber: number; readonly values: readonly string[] }> = []
  let isInOrder = true
  for await (const { header, aggregation } of store.readChunks(runId)) {
    if (aggregation === undefined || aggregation.byteLength === 0) continue
    const rows = Buffer.from(aggregation.buffer, aggregation.byteOffset, aggregation.byteLength)
      .toString("utf8")
      .split("\n")
    let row = 0
    for (const [i, position] of header.positions.entries()) {
      if (header.statuses !== undefined && header.statuses[i] !== LINE_COMPLETED) continue
      const lineNumber = header.lineNumbers?.[i] ?? position
      const previous = lines.at(-1)
      if (previous !== undefined && previous.lineNumber > lineNumber) isInOrder = false
      lines.push({ lineNumber, values: JSON.parse(rows[row++] ?? "[]") as string[] })
    }
  }
  if (!isInOrder) lines.sort((a, b) => a.lineNumber - b.lineNumber)
  const lists: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [k, { key }] of keys.entries()) lists[key] = `[${lines.map(({ values }) => values[k]).join(", ")}]`
  return { runId, lineCount: lines.length, lists: { ...lists } }
}
