// Lines for an executor that brings its own engine: rooms 4 to 6 for a `LineProxy`. Parses, maps and fills in defaults
// here, sends one line at a time, and packs what comes back as any lane would.
//
// Q1. At most `linesAtOnce` lines are with the executor.
// Q2. A rejected `runLine` rejects the chunk; a failed line is a reply like any other.

import {
  type AggregationReply,
  type AggregationTask,
  type ChunkPart,
  type ChunkProxy,
  type ChunkTask,
  type ColumnMapping,
  type ErrorRecord,
  type FlowPlan,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineInputs,
  type LineProxy,
  type LineRecord,
  type LineReply
} from "../contracts/index.ts"
import { compileMapping, LineInputError, parseRow, pythonJson } from "../data/thread.ts"
import { aggregationKeys } from "../walk/index.ts"

export interface CarryLinesOptions {
  readonly runId: string
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
  readonly sources: readonly string[]
  readonly linesAtOnce: number
  readonly encodeRecords: (records: readonly LineRecord[]) => Uint8Array
}

export function carryLines(proxy: LineProxy, options: CarryLinesOptions): ChunkProxy {
  const { plan, linesAtOnce, encodeRecords } = options
  const toInputs = compileInputs(options)
  const keys = aggregationKeys(plan)
  const canceling = new AbortController()
  let places = linesAtOnce
  const waiting: Array<() => void> = []

  const takePlace = async (): Promise<void> => {
    if (places > 0) places--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const givePlace = (): void => {
    const next = waiting.shift()
    if (next === undefined) places++
    else next()
  }

  const runRow = async (task: ChunkTask, row: number): Promise<ChunkPart | undefined> => {
    const position = task.firstPosition + row
    const lineNumber = task.lineNumbers?.[row] ?? position
    await takePlace()
    const startMs = now()
    try {
      if (canceling.signal.aborted) return undefined
      const text = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.byteLength).toString(
        "utf8",
        task.spans[2 * row]!,
        task.spans[2 * row + 1]!
      )
      let reply: LineReply
      try {
        const inputs = toInputs(text, lineNumber)
        reply = await proxy.runLine({ runId: options.runId, lineNumber, inputs }, canceling.signal)
      } catch (error) {
        if (!(error instanceof LineInputError)) throw error
        reply = { status: "Failed", output: {}, error: error.record }
      }
      return reply.status === "Canceled" ? undefined : pack(task, position, lineNumber, reply, startMs)
    } catch (error) {
      if (canceling.signal.aborted) return undefined
      throw error
    } finally {
      givePlace()
    }
  }

  const pack = (
    task: ChunkTask,
    position: number,
    lineNumber: number,
    reply: LineReply,
    startMs: number
  ): ChunkPart => {
    const { status, output, error, aggregationInputs = {}, nodeStatus = {}, tokens } = reply
    const isCompleted = status === "Completed"
    const endMs = now()
    const record: LineRecord = {
      position,
      lineNumber,
      status,
      startMs,
      endMs,
      threadId: 0,
      attempt: task.attempt,
      nodes: [],
      ...(error === undefined ? {} : { error }),
      ...(isCompleted ? { output } : {})
    }
    const outputs = Buffer.from(isCompleted ? `${pythonJson({ line_number: lineNumber, ...output })}\n` : "", "utf8")
    const aggregation = keys.map(({ key }) => pythonJson(aggregationInputs[key] ?? null))
    return {
      ...emptyPart(task.id),
      positions: Uint32Array.of(position),
      ...(lineNumber === position ? {} : { lineNumbers: Uint32Array.of(lineNumber) }),
      statuses: Uint8Array.of(isCompleted ? LINE_COMPLETED : LINE_FAILED),
      outputs,
      outputEnds: Uint32Array.of(outputs.byteLength),
      records: encodeRecords([record]),
      ...(keys.length > 0 ? { aggregation: Buffer.from(isCompleted ? `${JSON.stringify(aggregation)}\n` : "") } : {}),
      failures: isCompleted ? [] : [{ position, lineNumber, error: error ?? unknownFailure(lineNumber) }],
      nodeStatus,
      tokens: tokens ?? NO_TOKENS,
      laneMs: (endMs - startMs) / linesAtOnce
    }
  }

  return {
    lanes: 1,
    runChunk: async (task, onPart) => {
      await Promise.all(
        Array.from({ length: task.count }, async (_, row) => {
          const part = await runRow(task, row)
          if (part !== undefined) onPart(part)
        })
      )
    },
    runAggregation: async (task: AggregationTask): Promise<AggregationReply> =>
      proxy.runAggregation === undefined ? { metrics: {}, nodes: [] } : proxy.runAggregation(task),
    cancel: () => canceling.abort(new DOMException("The run was canceled.", "AbortError")),
    close: () => proxy.close()
  }
}

/** Mapping and defaults: what the engine owes an executor. It coerces the values itself. */
function compileInputs({
  plan,
  mapping,
  sources
}: CarryLinesOptions): (text: string, lineNumber: number) => LineInputs {
  const map = compileMapping(mapping, plan.inputs, sources)
  const defaults = plan.inputs.filter((input) => input.hasDefault)
  return (text, lineNumber) => {
    const inputs = map(parseRow(text), lineNumber)
    for (const { name, default: value } of defaults) if (!Object.hasOwn(inputs, name)) inputs[name] = value
    return inputs
  }
}

const NO_TOKENS = { prompt: 0, completion: 0, total: 0 }

const emptyPart = (taskId: number): ChunkPart => ({
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
  isWaiting: true,
  isLast: false
})

const unknownFailure = (lineNumber: number): ErrorRecord => ({
  message: `The executor reported line ${lineNumber} as failed without saying why.`,
  messageFormat: "",
  messageParameters: {},
  code: "SystemError",
  innerError: { code: "UnexpectedError", innerError: null }
})

const now = (): number => performance.timeOrigin + performance.now()
