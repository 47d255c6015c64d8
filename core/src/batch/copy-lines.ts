// Lines of an earlier run that need not be run again, copied into the journal of a new one.
//
// Y1. Only completed lines are copied, each to the position it had.
// Y2. As in promptflow nothing is compared: not the inputs, not the mapping, not the flow.
// Y3. A line keeps its outputs. Where the flow is another by now, its records tell the new plan's nodes, by name, and what
//     aggregation will need is told anew.

import { ResumeCopyFailed } from "../contracts/errors.ts"
import {
  type LineRecord,
  type NodeRecord,
  parsePythonJson,
  type RunManifest,
  type RunStore,
  type RunWriter,
  type StoredChunk,
  type TokenCounts
} from "../contracts/index.ts"
import { compileLineInputs, pythonJson } from "../data/thread.ts"
import { aggregationKeys, type BindingView, compileAggregationRow, compileDescription, viewOf } from "../walk/index.ts"

export interface EarlierRun {
  readonly store: RunStore
  readonly name: string
}

const NOTHING_FOLDED = { position: 0, outputBytes: 0 }

/** @throws {ResumeCopyFailed} */
export async function copyCompletedLines(
  earlier: EarlierRun,
  { plan }: RunManifest,
  store: RunStore,
  writer: RunWriter
): Promise<void> {
  try {
    const { manifest } = await earlier.store.getRun(earlier.name)
    const isSameFlow = JSON.stringify(manifest.plan) === JSON.stringify(plan)
    const adapt = isSameFlow ? undefined : compileAdapting(manifest, plan)
    const names = plan.nodes.map(({ name }) => name)
    for await (const chunk of earlier.store.readChunks(earlier.name)) {
      const lines = linesOf(chunk, earlier.store).filter(({ record }) => record.status === "Completed")
      if (lines.length > 0) {
        const copied = chunkOf(adapt === undefined ? lines : lines.map(adapt), names, store)
        await writer.append([copied], NOTHING_FOLDED)
      }
    }
  } catch (cause) {
    throw new ResumeCopyFailed({ run: earlier.name, cause })
  }
}

interface CopiedLine {
  readonly record: LineRecord
  readonly row: string
  /** One JSON array of texts; absent without aggregation nodes. */
  readonly aggregation: string | undefined
}

function linesOf({ records, rows, aggregation }: StoredChunk, store: RunStore): readonly CopiedLine[] {
  const decoder = new TextDecoder()
  const texts = decoder.decode(rows).split("\n")
  const aggregations = aggregation === undefined ? [] : decoder.decode(aggregation).split("\n")
  let completed = 0
  return store.decodeRecords(records).map((record, i) => ({
    record,
    row: texts[i] ?? "",
    aggregation: record.status === "Completed" ? aggregations[completed++] : undefined
  }))
}

/** For a flow that is another by now. */
function compileAdapting(before: RunManifest, plan: RunManifest["plan"]): (line: CopiedLine) => CopiedLine {
  const inputsOf = compileLineInputs({ ...before, mapping: before.columnMapping })
  const describe = compileDescription(before.plan)
  const keys = aggregationKeys(plan)
  const hasAggregation = plan.nodes.some(({ aggregation }) => aggregation)
  const aggregationRow = compileAggregationRow(keys)
  const indexOf = new Map(plan.nodes.map(({ name }, index) => [name, index]))
  return ({ record, row }) => {
    const { lineNumber } = record
    const inputs = inputsOf(row, lineNumber)
    const output = parsePythonJson(pythonJson(describe(inputs, record).output))
    const nodes = record.nodes
      .flatMap((node): NodeRecord[] => {
        const index = indexOf.get(before.plan.nodes[node.node]!.name)
        return index === undefined ? [] : [{ ...node, node: index }]
      })
      .sort((a, b) => a.node - b.node)
    const view: BindingView = viewOf(plan, inputs, nodes)
    return {
      record: { ...record, nodes, output },
      row,
      aggregation: hasAggregation ? JSON.stringify(aggregationRow(view).map(pythonJson)) : undefined
    }
  }
}

function chunkOf(lines: readonly CopiedLine[], nodeNames: readonly string[], store: RunStore): StoredChunk {
  const encoder = new TextEncoder()
  const aggregation = lines.every((line) => line.aggregation !== undefined)
    ? lines.map((line) => `${line.aggregation}\n`).join("")
    : undefined
  return {
    header: {
      positions: Uint32Array.from(lines, ({ record }) => record.position),
      lineNumbers: Uint32Array.from(lines, ({ record }) => record.lineNumber),
      nodeStatus: nodeStatusOf(lines, nodeNames),
      tokens: tokensOf(lines)
    },
    records: store.encodeRecords(lines.map(({ record }) => record)),
    rows: encoder.encode(lines.map(({ row }) => `${row}\n`).join("")),
    ...(aggregation === undefined ? {} : { aggregation: encoder.encode(aggregation) })
  }
}

function nodeStatusOf(lines: readonly CopiedLine[], nodeNames: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { record } of lines) {
    for (const { node, status } of record.nodes) {
      const key = `${nodeNames[node]}.${status.toLowerCase()}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return Object.fromEntries(counts)
}

function tokensOf(lines: readonly CopiedLine[]): TokenCounts {
  const sum = { prompt: 0, completion: 0, total: 0 }
  for (const { tokens } of lines.flatMap(({ record }) => record.nodes)) {
    sum.prompt += tokens?.prompt ?? 0
    sum.completion += tokens?.completion ?? 0
    sum.total += tokens?.total ?? 0
  }
  return sum
}
