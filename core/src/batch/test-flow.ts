// One line of a flow, outside of any run: `flow test`, and a host that answers a request with a flow. Nothing is
// recorded. The executor stays open for a while, so that the next line of the same flow starts at once.

import { InvalidOption } from "../contracts/errors.ts"
import {
  type AggregationReply,
  type ChunkPart,
  type ChunkProxy,
  type ErrorRecord,
  errorRecord,
  type FlowPlan,
  ForeignValue,
  LaneLost,
  type LineInputs,
  type LineRecord,
  type LineStatus,
  lineTimeoutRecord,
  type NodeLogs,
  type NodeStatus,
  type RunStore,
  type TokenCounts
} from "../contracts/index.ts"
import { compileCoercion, imageRulesOf, LineInputError, pythonJson, withDefaults } from "../data/thread.ts"
import { sampleOf } from "../flow/index.ts"
import { isTimeout } from "../line/line-errors.ts"
import { aggregationKeys, compileDescription } from "../walk/index.ts"
import { untilAborted } from "./until-aborted.ts"

/** One node of a tested line. */
export interface TestedNode {
  readonly node: string
  readonly status: NodeStatus
  readonly inputs: Readonly<Record<string, unknown>>
  readonly output: unknown
  /** The same; what another language made is the text it wrote, so that `1.0` and large integers are not lost. */
  readonly exactOutput: unknown
  readonly startMs: number
  readonly endMs: number
  readonly error: ErrorRecord | undefined
  readonly logs: NodeLogs
  readonly tokens: TokenCounts | undefined
}

export interface FlowTestResult {
  readonly status: LineStatus
  /** Flow output name → value; `{}` unless the line completed. */
  readonly output: Readonly<Record<string, unknown>>
  /** The same; what another language made is the text it wrote, so that `1.0` and large integers are not lost. */
  readonly exactOutput: Readonly<Record<string, unknown>>
  /** The flow's inputs after defaults and coercion; `undefined` when they were not valid. */
  readonly inputs: LineInputs | undefined
  readonly error: ErrorRecord | undefined
  readonly nodes: readonly TestedNode[]
  readonly aggregation: AggregationReply
  readonly startMs: number
  readonly endMs: number
}

export interface OpenFlow {
  readonly plan: FlowPlan
  readonly proxy: ChunkProxy
  /** Tests run side by side on one executor, which knows lines by their positions: each takes one of its own. */
  readonly newPosition: () => number
}

/**
 * Runs one line with these inputs, and the aggregation nodes over it when it completed.
 *
 * @throws {InvalidOption} for inputs that JSON cannot write
 * @throws the signal's reason, as soon as it is aborted; the line is asked to stop then
 */
export async function testFlow(
  { plan, proxy, newPosition }: OpenFlow,
  given: LineInputs,
  store: RunStore,
  {
    signal,
    lineTimeoutMs
  }: { readonly signal?: AbortSignal | undefined; readonly lineTimeoutMs?: number | undefined } = {}
): Promise<FlowTestResult> {
  const isEmpty = Object.keys(given).length === 0
  const inputs = withDefaults(isEmpty ? sampleOf(plan, "inputs") : given, plan.inputs)
  let coerced: LineInputs
  try {
    coerced = compileCoercion(plan.inputs, imageRulesOf(plan))(inputs, 0)
  } catch (error) {
    if (error instanceof LineInputError) return invalidInputs(error.record)
    throw error
  }
  const bytes = new TextEncoder().encode(jsonOf(inputs))
  const parts: ChunkPart[] = []
  const position = newPosition()
  const running = proxy.runChunk(
    {
      id: position,
      attempt: 1,
      isAlone: false,
      bytes,
      spans: Uint32Array.of(0, bytes.byteLength),
      count: 1,
      firstPosition: position,
      lineNumbers: Uint32Array.of(0)
    },
    (part) => parts.push(part)
  )
  try {
    await untilAborted(running, signal, () => proxy.cancelChunk?.(position))
  } catch (error) {
    if (!(error instanceof LaneLost)) throw error
    // The thread died, or was ended because the line kept it past its time. The executor opens another.
    const isOverrun = isTimeout(error) && lineTimeoutMs !== undefined
    return nothingRan("Failed", isOverrun ? lineTimeoutRecord(0, lineTimeoutMs) : CRASHED)
  }
  const part = parts.find(({ positions }) => positions.length > 0)
  const record = part === undefined ? undefined : store.decodeRecords(part.records)[0]
  if (part === undefined || record === undefined) return withoutResult(parts)

  const keys = aggregationKeys(plan)
  const hasAggregation = record.status === "Completed" && plan.nodes.some((node) => node.aggregation)
  const aggregation = hasAggregation
    ? await proxy.runAggregation({
        runId: "test",
        lineCount: 1,
        lists: listsOf(
          part,
          keys.map(({ key }) => key)
        )
      })
    : { metrics: {}, nodes: [] }
  return { ...describe(plan, coerced, record), aggregation }
}

function jsonOf(inputs: LineInputs): string {
  try {
    return pythonJson(inputs)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error)
    throw new InvalidOption({
      option: "inputs",
      got: "values that JSON cannot write",
      accepts: `plain data: ${reason}`
    })
  }
}

function describe(plan: FlowPlan, inputs: LineInputs, record: LineRecord): Omit<FlowTestResult, "aggregation"> {
  const { output, nodeInputs } = compileDescription(plan)(inputs, record)
  return {
    status: record.status,
    output: plainValues(output),
    exactOutput: output,
    inputs: plainValues(inputs),
    error: record.error,
    startMs: record.startMs,
    endMs: record.endMs,
    nodes: record.nodes.map((node, i) => ({
      node: plan.nodes[node.node]!.name,
      status: node.status,
      inputs: plainValues(nodeInputs[i] ?? {}),
      ...outputsOf(node),
      startMs: node.startMs,
      endMs: node.endMs,
      error: node.error,
      logs: node.logs ?? { stdout: "", stderr: "" },
      tokens: node.tokens
    }))
  }
}

function outputsOf({ json, value = null }: LineRecord["nodes"][number]) {
  if (json === undefined) return { output: value, exactOutput: value }
  const exactOutput = new ForeignValue(json)
  return { output: exactOutput.value, exactOutput }
}

const plainValues = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value instanceof ForeignValue ? value.value : value])
  )

function listsOf(part: ChunkPart, keys: readonly string[]): Record<string, string> {
  const values = JSON.parse(new TextDecoder().decode(part.aggregation)) as string[]
  return Object.fromEntries(keys.map((key, i) => [key, `[${values[i]}]`]))
}

/** The line was canceled, or its worker died under it. */
function withoutResult(parts: readonly ChunkPart[]): FlowTestResult {
  if (parts.every(({ lost }) => lost.length === 0)) return nothingRan("Canceled", undefined)
  return nothingRan("Failed", CRASHED)
}

const CRASHED = errorRecord({
  message: "Process crashed while executing the line.",
  codes: ["UserError", "ProcessCrashError"],
  referenceCode: "Executor"
})

const invalidInputs = (error: ErrorRecord): FlowTestResult => nothingRan("Failed", error)

function nothingRan(status: LineStatus, error: ErrorRecord | undefined): FlowTestResult {
  const atMs = Date.now()
  return {
    status,
    output: {},
    exactOutput: {},
    inputs: undefined,
    error,
    nodes: [],
    aggregation: { metrics: {}, nodes: [] },
    startMs: atMs,
    endMs: atMs
  }
}
