import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import {
  type ChunkPart,
  type FlowPlan,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineProxy,
  type LineReply
} from "../contracts/index.ts"
import { aPlan } from "../testing/builders.ts"
import { aNode, anError, anInput, aTask, inputRef, jsonRecords, nodeRef } from "../testing/line-builders.ts"
import { type CarryLinesOptions, carryLines } from "./carry-lines.ts"

const plan = aPlan({ language: "java", inputs: [anInput("n")] })
const completed = (output: Record<string, unknown> = {}): LineReply => ({ status: "Completed", output })

function carried(
  runLine: LineProxy["runLine"],
  options: Partial<CarryLinesOptions> & { readonly plan?: FlowPlan } = {}
) {
  const proxy: LineProxy = { runLine, close: async () => {} }
  return carryLines(proxy, {
    runId: "run",
    plan,
    mapping: {},
    sources: ["data"],
    linesAtOnce: 10,
    lineTimeoutMs: undefined,
    maxOutputBytes: 1_000,
    encodeRecords: jsonRecords.encodeRecords,
    ...options
  })
}

async function partsOf(proxy: ReturnType<typeof carried>, task = aTask()): Promise<ChunkPart[]> {
  const parts: ChunkPart[] = []
  await proxy.runChunk(task, (part) => parts.push(part))
  return parts
}

const outputOf = ({ outputs }: ChunkPart) => new TextDecoder().decode(outputs)

describe("a line on its way to an executor of whole lines", () => {
  test("is mapped and has its defaults, and keeps its own number", async () => {
    const tasks: unknown[] = []
    const withDefault = aPlan({ inputs: [anInput("n"), anInput("k", { hasDefault: true, default: 7 })] })
    const proxy = carried(
      async (task) => {
        tasks.push(task)
        return completed({ out: 1.5 })
      },
      { plan: withDefault, mapping: { n: "${data.x}" } }
    )

    const [part] = await partsOf(proxy, aTask({ rows: [{ x: "q" }], firstPosition: 3, lineNumbers: [30] }))

    expect(tasks).toEqual([{ runId: "run", lineNumber: 30, inputs: { n: "q", k: 7 } }])
    expect(outputOf(part!)).toBe('{"line_number": 30, "out": 1.5}\n')
    expect([...part!.positions, ...part!.lineNumbers!, ...part!.statuses]).toEqual([3, 30, LINE_COMPLETED])
    expect(jsonRecords.decodeRecords(part!.records)).toMatchObject([
      { position: 3, lineNumber: 30, output: { out: 1.5 } }
    ])
  })

  test("whose output is no plain data is kept as it is written", async () => {
    const out = { map: new Map([[{}, 1]]), at: new Date(0), list: [1.5, null] }
    const [part] = await partsOf(carried(async () => completed({ out })))

    const written = { map: {}, at: "1970-01-01T00:00:00.000Z", list: [1.5, null] }
    expect(JSON.parse(outputOf(part!))).toEqual({ line_number: 0, out: written })
    expect(jsonRecords.decodeRecords(part!.records)[0]!.output).toEqual({ out: written })
  })

  test("whose output is larger than the run allows fails, and its neighbours do not", async () => {
    const proxy = carried(async ({ lineNumber }) => completed({ out: "é".repeat(lineNumber * 10) }), {
      maxOutputBytes: 40
    })

    const parts = await partsOf(proxy, aTask({ rows: [{ n: 1 }, { n: 2 }] }))

    expect(parts.map(outputOf)).toEqual(['{"line_number": 0, "out": ""}\n', ""])
    expect(parts[1]!.failures[0]!.error).toMatchObject({
      message: expect.stringMatching(/^The line's output has \d+ bytes; the limit is 40\.$/),
      hint: expect.stringContaining("maxOutputBytes")
    })
  })

  test("that failed is a part with its error, and rejects nothing (Q2)", async () => {
    const error = anError("no")
    const [part] = await partsOf(carried(async () => ({ status: "Failed", output: {}, error })))

    expect(part).toMatchObject({ failures: [{ position: 0, lineNumber: 0, error }] })
    expect([...part!.statuses]).toEqual([LINE_FAILED])
    expect(part!.outputs.byteLength).toBe(0)
  })

  test("that failed without saying why says so", async () => {
    const [part] = await partsOf(carried(async () => ({ status: "Failed", output: {} })))

    expect(part!.failures[0]!.error.message).toBe("The executor reported line 0 as failed without saying why.")
    expect(jsonRecords.decodeRecords(part!.records)[0]!.error).toEqual(part!.failures[0]!.error)
  })

  test("whose row has not what the mapping names fails without being sent", async () => {
    const sent: unknown[] = []
    const proxy = carried(async (task) => {
      sent.push(task)
      return completed()
    })

    const parts = await partsOf(proxy, aTask({ rows: [{ n: 1 }, { other: 2 }] }))

    expect(sent).toHaveLength(1)
    expect(parts.flatMap(({ failures }) => failures.map(({ position }) => position))).toEqual([1])
  })

  test("whose row is not UTF-8 fails without being sent", async () => {
    const bytes = Buffer.from('{"n": "\u00fc"}', "latin1")
    const runLine = vi.fn(async () => completed())

    const [part] = await partsOf(carried(runLine), { ...aTask(), bytes, spans: Uint32Array.of(0, bytes.length) })

    expect(runLine).not.toHaveBeenCalled()
    expect(part!.failures[0]!.error.message).toContain("The row is not UTF-8 text: byte 0xfc at column 8")
  })

  test("whose output JSON cannot hold fails with FlowOutputUnserializable", async () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular

    const [part] = await partsOf(carried(async () => completed({ fine: 1, bad: circular })))

    expect(part!.failures[0]!.error).toMatchObject({
      messageParameters: { output_name: "bad" },
      innerError: { code: "FlowOutputUnserializable" }
    })
    expect([...part!.statuses]).toEqual([LINE_FAILED])
  })

  test("brings what the aggregation nodes need, null where the executor gave nothing", async () => {
    const aggregating = aPlan({
      inputs: [anInput("n")],
      nodes: [aNode(), aNode({ aggregation: true, inputs: { a: nodeRef(0), b: inputRef("n") } })]
    })
    const reply = { ...completed(), aggregationInputs: { "${node0.output}": [1, "é"] } }

    const [part] = await partsOf(carried(async () => reply, { plan: aggregating }))

    expect(JSON.parse(new TextDecoder().decode(part!.aggregation))).toEqual(['[1, "é"]', "null"])
  })
})

describe("a chunk", () => {
  test("has every line in one part, the last of which says so (Q3)", async () => {
    const gates = [0, 1, 2].map(() => Promise.withResolvers<LineReply>())
    const parts: ChunkPart[] = []
    const running = carried(({ lineNumber }) => gates[lineNumber]!.promise).runChunk(
      aTask({ rows: [{ n: 0 }, { n: 1 }, { n: 2 }] }),
      (part) => parts.push(part)
    )

    await new Promise((resolve) => setImmediate(resolve))
    for (const line of [1, 0, 2]) gates[line]!.resolve(completed())
    await running

    expect(parts.map(({ positions }) => [...positions])).toEqual([[1], [0], [2]])
    expect(parts.map(({ isLast }) => isLast)).toEqual([false, false, true])
  })

  test("never has more lines with the executor than allowed, over all chunks (Q1)", async () => {
    const open: Array<() => void> = []
    let most = 0
    const proxy = carried(
      () =>
        new Promise((resolve) => {
          open.push(() => resolve(completed()))
          most = Math.max(most, open.length)
        }),
      { linesAtOnce: 2 }
    )
    const rows = Array.from({ length: 5 }, (_, n) => ({ n }))

    const both = Promise.all([partsOf(proxy, aTask({ rows })), partsOf(proxy, aTask({ rows, firstPosition: 5 }))])
    let answered = 0
    while (answered < 10) {
      await Promise.resolve()
      const next = open.shift()
      if (next === undefined) continue
      next()
      answered++
    }

    expect((await both).flat()).toHaveLength(10)
    expect(most).toBe(2)
  })

  test("is rejected when the executor breaks, and no other line is sent then (Q2)", async () => {
    const sent: number[] = []
    const proxy = carried(
      async ({ lineNumber }) => {
        sent.push(lineNumber)
        throw new Error("connection refused")
      },
      { linesAtOnce: 1 }
    )
    const rows = [{ n: 0 }, { n: 1 }, { n: 2 }]

    await expect(partsOf(proxy, aTask({ rows }))).rejects.toThrow("connection refused")
    const [after] = await partsOf(proxy, aTask({ firstPosition: 9 }))

    expect(sent).toEqual([0])
    expect(after!.canceled).toEqual([9])
  })

  test("cancel aborts the lines that run, and brings the others home canceled (Q3)", async () => {
    const proxy = carried(
      (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      { linesAtOnce: 1 }
    )
    const running = partsOf(proxy, aTask({ rows: [{ n: 0 }, { n: 1 }] }))

    await Promise.resolve()
    proxy.cancel()
    proxy.cancel()

    expect((await running).map(({ canceled, isLast }) => [canceled, isLast])).toEqual([
      [[0], false],
      [[1], true]
    ])
  })
})

describe("a time limit", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test("fails the line that used it, aborts its signal alone, and spares its neighbours (Q4)", async () => {
    const signals: AbortSignal[] = []
    const proxy = carried(
      (task, signal) => {
        signals.push(signal)
        return task.lineNumber === 1 ? new Promise(() => {}) : Promise.resolve(completed())
      },
      { lineTimeoutMs: 2_500 }
    )
    const running = partsOf(proxy, aTask({ rows: [{ n: 0 }, { n: 1 }, { n: 2 }] }))

    await vi.advanceTimersByTimeAsync(2_500)
    const parts = await running

    expect(parts.flatMap(({ failures }) => failures)).toMatchObject([
      {
        position: 1,
        error: {
          message: "Line 1 execution timeout for exceeding 2.5 seconds",
          innerError: { code: "LineExecutionTimeoutError" }
        }
      }
    ])
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false])
    expect(vi.getTimerCount()).toBe(0)
  })
})

test("aggregation is the executor's where it has it, else nothing", async () => {
  const reply = { metrics: { accuracy: 1 }, nodes: [] }
  const task = { runId: "run", lineCount: 0, lists: {} }
  const able = carryLines(
    { runLine: async () => completed(), runAggregation: async () => reply, close: async () => {} },
    {
      runId: "run",
      plan,
      mapping: {},
      sources: ["data"],
      linesAtOnce: 1,
      lineTimeoutMs: undefined,
      maxOutputBytes: 1_000,
      encodeRecords: jsonRecords.encodeRecords
    }
  )

  expect(await able.runAggregation(task)).toBe(reply)
  expect(await carried(async () => completed()).runAggregation(task)).toEqual({ metrics: {}, nodes: [] })
})
