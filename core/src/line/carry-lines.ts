// Lines for an executor that brings its own engine: rooms 4 to 6 for a `LineProxy`. Parses, maps and fills in defaults
// here, sends one line at a time, and packs what comes back as any lane would.
//
// Q1. At most `linesAtOnce` lines are with the executor.
// Q2. A rejected `runLine` rejects the chunk, and no further line of the run is sent; a failed line is a reply like any
//     other.
// Q3. Every line of a task is in one of its parts, finished or canceled (P1).
// Q4. A line that has used its time fails, whether the executor heeds its signal or not.

import {
  type AggregationReply,
  type AggregationTask,
  type ChunkPart,
  type ChunkProxy,
  type ChunkTask,
  type ColumnMapping,
  type ErrorRecord,
  emptyPart,
  type FlowPlan,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineInputs,
  type LineProxy,
  type LineRecord,
  type LineReply,
  type LineTask,
  lineTimeoutRecord,
  NO_TOKENS,
  outputTooLargeRecord,
  parsePythonJson,
  setOwn
} from "../contracts/index.ts"
import { compileMapping, LineInputError, parseRow, pythonJson, rowText, withDefaults } from "../data/thread.ts"
import { aggregationKeys, unserializable } from "../walk/index.ts"

export interface CarryLinesOptions {
  readonly runId: string
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
  readonly sources: readonly string[]
  readonly linesAtOnce: number
  readonly lineTimeoutMs: number | undefined
  readonly maxOutputBytes: number
  readonly encodeRecords: (records: readonly LineRecord[]) => Uint8Array
}

export function carryLines(proxy: LineProxy, options: CarryLinesOptions): ChunkProxy {
  const { plan, linesAtOnce, maxOutputBytes, encodeRecords } = options
  const toInputs = compileInputs(options)
  const keys = aggregationKeys(plan)
  const canceling = new AbortController()
  let places = linesAtOnce
  let isBroken = false
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

  const runRow = async (task: ChunkTask, row: number): Promise<ChunkPart> => {
    const position = task.firstPosition + row
    const lineNumber = task.lineNumbers?.[row] ?? position
    const canceled: ChunkPart = { ...waitingPart(task.id), canceled: [position] }
    await takePlace()
    const startMs = now()
    try {
      if (isBroken || canceling.signal.aborted) return canceled
      const reply = await runText(() => rowText(task, row), lineNumber)
      return reply.status === "Canceled" ? canceled : pack(task, position, lineNumber, reply, startMs)
    } catch (error) {
      if (canceling.signal.aborted) return canceled
      isBroken = true
      throw error
    } finally {
      givePlace()
    }
  }

  const runText = async (text: () => string, lineNumber: number): Promise<LineReply> => {
    let inputs: LineInputs
    try {
      inputs = toInputs(text(), lineNumber)
    } catch (error) {
      if (error instanceof LineInputError) return { status: "Failed", output: {}, error: error.record }
      throw error
    }
    const task: LineTask = { runId: options.runId, lineNumber, inputs }
    const { lineTimeoutMs } = options
    if (lineTimeoutMs === undefined) return proxy.runLine(task, canceling.signal)
    const ending = new AbortController()
    const timedOut = Promise.withResolvers<LineReply>()
    const timer = setTimeout(() => {
      const error = lineTimeoutRecord(lineNumber, lineTimeoutMs)
      timedOut.resolve({ status: "Failed", output: {}, error })
      ending.abort(new DOMException(error.message, "TimeoutError"))
    }, lineTimeoutMs)
    try {
      const running = proxy.runLine(task, AbortSignal.any([canceling.signal, ending.signal]))
      return await Promise.race([running, timedOut.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  const pack = (
    task: ChunkTask,
    position: number,
    lineNumber: number,
    reply: LineReply,
    startMs: number
  ): ChunkPart => {
    const { aggregationInputs = {}, nodeStatus = {}, tokens } = reply
    const { status, output, error, outputText } = checkedOutput(reply, lineNumber, maxOutputBytes)
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
    const outputs = Buffer.from(outputText, "utf8")
    const aggregation = keys.map(({ key }) => pythonJson(aggregationInputs[key] ?? null))
    return {
      ...waitingPart(task.id),
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
      let open = task.count
      await Promise.all(
        Array.from({ length: task.count }, async (_, row) => {
          const part = await runRow(task, row)
          open--
          onPart({ ...part, isLast: open === 0 })
        })
      )
    },
    runAggregation: async (task: AggregationTask): Promise<AggregationReply> =>
      proxy.runAggregation === undefined ? { metrics: {}, nodes: [] } : proxy.runAggregation(task),
    cancel: () => canceling.abort(new DOMException("The run was canceled.", "AbortError")),
    close: () => proxy.close()
  }
}

/** The line's `output.jsonl` text; an output that JSON cannot hold, or one too large, fails the line. */
function checkedOutput(
  reply: LineReply,
  lineNumber: number,
  maxOutputBytes: number
): Omit<LineReply, "tokens"> & { readonly outputText: string } {
  if (reply.status !== "Completed")
    return { ...reply, error: reply.error ?? unknownFailure(lineNumber), outputText: "" }
  // What is kept is what is written: a Map, say, is no data in either.
  const output: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(reply.output)) {
    try {
      setOwn(output, name, parsePythonJson(pythonJson(value)))
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      return { status: "Failed", output: {}, error: unserializable(name, reason), outputText: "" }
    }
  }
  const outputText = `${pythonJson({ line_number: lineNumber, ...output })}\n`
  const bytes = Buffer.byteLength(outputText)
  if (bytes <= maxOutputBytes) return { ...reply, output, outputText }
  return { status: "Failed", output: {}, error: outputTooLargeRecord(bytes, maxOutputBytes), outputText: "" }
}

/** Mapping and defaults: what the engine owes an executor. It coerces the values itself. */
function compileInputs({
  plan,
  mapping,
  sources
}: CarryLinesOptions): (text: string, lineNumber: number) => LineInputs {
  const map = compileMapping(mapping, plan.inputs, sources)
  return (text, lineNumber) => withDefaults(map(parseRow(text), lineNumber), plan.inputs)
}

const waitingPart = (taskId: number): ChunkPart => ({ ...emptyPart(taskId), isWaiting: true })

const unknownFailure = (lineNumber: number): ErrorRecord => ({
  message: `The executor reported line ${lineNumber} as failed without saying why.`,
  messageFormat: "",
  messageParameters: {},
  code: "SystemError",
  innerError: { code: "UnexpectedError", innerError: null }
})

const now = (): number => performance.timeOrigin + performance.now()
