// What every executor promises (P1, P2 and what the contract says of its methods), as tests that any executor can be put
// through, those that run nodes and those that run whole lines. What only its own language can show is in its own tests.

import { describe, expect, test } from "vitest"
import {
  type AggregationTask,
  type ChunkPart,
  type ChunkProxy,
  type ChunkTask,
  type ExecutorContext,
  type ExecutorDefinition,
  type FlowPlan,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineRecord,
  ToolLoadFailure
} from "../contracts/index.ts"
import { carryLines } from "../line/carry-lines.ts"
import { aPlan } from "./builders.ts"
import { aNode, anInput, anOutput, aTask, inputRef, jsonRecords, nodeRef } from "./line-builders.ts"
import { aFolder } from "./temp-folder.ts"

export interface ToolText {
  /** The file's name, with the ending of its language. */
  readonly path: string
  readonly text: string
}

/**
 * An executor, and how its language says what the suite's flow says. The flow has one input, `n`, and one output, `out`.
 *
 * * `double(n)` gives twice `n`; it throws an error whose text has `minus one` in it when `n` is -1, and does not end by
 *   itself (without keeping its thread busy) when `n` is -2.
 * * `sum(values)`, an aggregation node, gives the sum of what `double` gave.
 */
export interface ExecutorUnderTest {
  readonly definition: ExecutorDefinition
  /** Node executors: the node type and the tools. Absent for an executor of whole lines, which does all this itself. */
  readonly nodes?: {
    readonly type: string
    readonly double: ToolText
    readonly sum: ToolText
    /** A file that is no tool at all. */
    readonly broken: ToolText
    readonly decodeRecords: (records: Uint8Array) => readonly LineRecord[]
  }
}

const RUN = "suite-run"

export function executorSuite(name: string, make: () => ExecutorUnderTest): void {
  const under = make()
  const { nodes } = under
  const decodeRecords = nodes?.decodeRecords ?? jsonRecords.decodeRecords

  const withProxy =
    (body: (proxy: ChunkProxy) => Promise<void>, workers = 1) =>
    async () => {
      const proxy = await openFor(under, planFor(under), workers)
      try {
        await body(proxy)
      } finally {
        await proxy.close()
      }
    }

  describe(`${name}: a task`, () => {
    test(
      "brings every line home exactly once, its output with it, and says which part is the last (P1, P2)",
      withProxy(async (proxy) => {
        const numbers = Array.from({ length: 100 }, (_, n) => n)

        const parts = await partsOf(proxy, taskOf(numbers, { firstPosition: 5 }))

        const lines = parts.flatMap(linesOf)
        expect(lines.toSorted((a, b) => a.position - b.position)).toEqual(
          numbers.map((n) => ({
            position: n + 5,
            status: LINE_COMPLETED,
            output: `{"line_number": ${n + 5}, "out": ${2 * n}}\n`
          }))
        )
        for (const { positions } of parts) expect([...positions]).toEqual([...positions].sort((a, b) => a - b))
        expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, at) => at === parts.length - 1))
        expect(parts.flatMap(({ lost, canceled }) => [...lost, ...canceled])).toEqual([])
      })
    )

    test(
      "has a record for every line, in the order of its part",
      withProxy(async (proxy) => {
        const parts = await partsOf(proxy, taskOf([1, -1, 2], { firstPosition: 3, attempt: 2 }))

        const records = parts.flatMap((part) => {
          const decoded = decodeRecords(part.records)
          expect(decoded.map(({ position }) => position)).toEqual([...part.positions])
          return decoded
        })
        expect(records.toSorted((a, b) => a.position - b.position)).toMatchObject([
          { position: 3, lineNumber: 3, status: "Completed", attempt: 2 },
          { position: 4, lineNumber: 4, status: "Failed", attempt: 2 },
          { position: 5, lineNumber: 5, status: "Completed", attempt: 2 }
        ])
        for (const { startMs, endMs } of records) expect(endMs).toBeGreaterThanOrEqual(startMs)
      })
    )

    test(
      "a tool that fails is a failed line with its record, and its neighbours complete",
      withProxy(async (proxy) => {
        const parts = await partsOf(proxy, taskOf([1, -1, 3]))

        const lines = parts.flatMap(linesOf).sort((a, b) => a.position - b.position)
        expect(lines.map(({ status }) => status)).toEqual([LINE_COMPLETED, LINE_FAILED, LINE_COMPLETED])
        expect(lines[1]!.output).toBe("")
        const [failure, ...others] = parts.flatMap(({ failures }) => failures)
        expect(others).toEqual([])
        expect(failure).toMatchObject({ position: 1, lineNumber: 1, error: { code: "UserError" } })
        expect(failure!.error.message).toContain("minus one")
        const [record] = parts
          .flatMap((part) => decodeRecords(part.records))
          .filter(({ status }) => status === "Failed")
        expect(record!.error).toEqual(failure!.error)
      })
    )

    test(
      "a row without the column that is mapped fails alone",
      withProxy(async (proxy) => {
        const parts = await partsOf(proxy, aTask({ rows: [{ n: 1 }, { m: 1 }, { n: 2 }] }))

        expect(parts.flatMap(({ failures }) => failures.map(({ position }) => position))).toEqual([1])
        expect(parts.flatMap(linesOf)).toHaveLength(3)
      })
    )

    test(
      "keeps the line numbers that the data has of its own",
      withProxy(async (proxy) => {
        const parts = await partsOf(proxy, taskOf([1, 2], { firstPosition: 0, lineNumbers: [10, 20] }))

        const lines = parts.flatMap(linesOf).sort((a, b) => a.position - b.position)
        expect(lines.map(({ output }) => output)).toEqual([
          '{"line_number": 10, "out": 2}\n',
          '{"line_number": 20, "out": 4}\n'
        ])
        const numbers = parts.flatMap(({ positions, lineNumbers }) =>
          [...positions].map((position, at) => [position, lineNumbers![at]])
        )
        expect(numbers.sort()).toEqual([
          [0, 10],
          [1, 20]
        ])
      })
    )

    test(
      "stays whole: its lines can be run again",
      withProxy(async (proxy) => {
        const task = taskOf([1, 2, 3])

        const first = await partsOf(proxy, task)
        const again = await partsOf(proxy, { ...task, id: 77, attempt: 2, isAlone: true })

        expect(task.bytes.byteLength).toBeGreaterThan(0)
        expect(again.flatMap(linesOf)).toHaveLength(3)
        expect(again.flatMap(linesOf).toSorted(byPosition)).toEqual(first.flatMap(linesOf).toSorted(byPosition))
      })
    )

    test(
      "and others at the same time do not mix",
      withProxy(async (proxy) => {
        const starts = [0, 100, 200, 300]

        const replies = await Promise.all(
          starts.map((start, id) =>
            partsOf(
              proxy,
              taskOf(
                Array.from({ length: 20 }, (_, n) => start + n),
                { id, firstPosition: start }
              )
            )
          )
        )

        for (const [id, parts] of replies.entries()) {
          expect(parts.every(({ taskId }) => taskId === id)).toBe(true)
          const positions = parts.flatMap((part) => [...part.positions]).sort((a, b) => a - b)
          expect(positions).toEqual(Array.from({ length: 20 }, (_, n) => starts[id]! + n))
        }
      }, 2)
    )

    test(
      "alone, it waits until its lane is free, and so does one beside it",
      withProxy(async (proxy) => {
        const tasks = [taskOf([1, 2]), taskOf([3], { id: 1, isAlone: true }), taskOf([4, 5], { id: 2 })]

        const replies = await Promise.all(tasks.map((task) => partsOf(proxy, task)))

        expect(replies.map((parts) => parts.flatMap(linesOf).length)).toEqual([2, 1, 2])
      })
    )
  })

  describe(`${name}: cancel`, () => {
    test(
      "brings lines that would not end home as canceled, and keeps those that did (P1)",
      withProxy(async (proxy) => {
        const parts: ChunkPart[] = []
        const hasFirst = Promise.withResolvers<void>()
        const running = proxy.runChunk(taskOf([1, -2, -2]), (part) => {
          parts.push(part)
          if (part.positions.length > 0) hasFirst.resolve()
        })
        await hasFirst.promise

        proxy.cancel()
        proxy.cancel()
        await running

        expect(parts.flatMap((part) => [...part.positions])).toEqual([0])
        expect(parts.flatMap(({ canceled }) => canceled).sort()).toEqual([1, 2])
      })
    )

    test(
      "starts no line of a task that comes after it",
      withProxy(async (proxy) => {
        proxy.cancel()

        const parts = await partsOf(proxy, taskOf([1, 2]))

        expect(parts.flatMap((part) => [...part.positions])).toEqual([])
        expect(parts.flatMap(({ canceled }) => canceled).sort()).toEqual([0, 1])
      })
    )
  })

  describe(`${name}: aggregation`, () => {
    const key = "${node0.output}"
    const sumOf = async (proxy: ChunkProxy, list: string, lineCount: number) => {
      const task: AggregationTask = { runId: RUN, lineCount, lists: { [key]: list } }
      return (await proxy.runAggregation(task)).nodes
    }

    test(
      "runs over the values that the lines brought home for it",
      withProxy(async (proxy) => {
        const parts = await partsOf(proxy, taskOf([1, -1, 2]))
        const rows = parts.flatMap(({ aggregation }) =>
          new TextDecoder().decode(aggregation).split("\n").filter(Boolean)
        )
        const values = rows.map((row) => (JSON.parse(row) as string[])[0]!)

        const [sum, ...others] = await sumOf(proxy, `[${values.join(", ")}]`, 2)

        expect(values.map(Number).sort()).toEqual([2, 4])
        expect(others).toEqual([])
        expect(sum).toMatchObject({ node: "sum", status: "Completed", output: 6 })
      })
    )

    test(
      "runs over no lines too, and more than once",
      withProxy(async (proxy) => {
        expect(await sumOf(proxy, "[]", 0)).toMatchObject([{ node: "sum", status: "Completed", output: 0 }])
        expect(await sumOf(proxy, "[5]", 1)).toMatchObject([{ node: "sum", status: "Completed", output: 5 }])
      })
    )
  })

  describe(`${name}: its end`, () => {
    test("close is idempotent, alone, twice at once and later", async () => {
      const proxy = await openFor(under, planFor(under), 1)
      await partsOf(proxy, taskOf([1]))

      await Promise.all([proxy.close(), proxy.close()])

      await expect(proxy.close()).resolves.toBeUndefined()
    })

    if (nodes === undefined) return

    test("a task that comes after close is refused, not forgotten", async () => {
      const proxy = await openFor(under, planFor(under), 1)
      await proxy.close()

      await expect(partsOf(proxy, taskOf([1]))).rejects.toThrow()
    })

    test("close ends what is still running: the line is lost with its task or in a part, not forgotten", async () => {
      const proxy = await openFor(under, planFor(under), 1)
      const lost: number[] = []
      const hasFirst = Promise.withResolvers<void>()
      const running = proxy.runChunk(taskOf([1, -2]), (part) => {
        lost.push(...part.lost)
        hasFirst.resolve()
      })
      const ended = running.then(
        () => lost,
        () => [1]
      )
      await hasFirst.promise

      await proxy.close()

      expect(await ended).toEqual([1])
    })

    test("a tool that cannot be loaded rejects open with ToolLoadFailure, which says where", async () => {
      const plan = planFor(under, nodes.broken)

      const failure = await openFor(under, plan, 2).catch((error: unknown) => error)

      expect(failure).toBeInstanceOf(ToolLoadFailure)
      const { record } = failure as ToolLoadFailure
      expect(record.code).toBe("UserError")
      expect(record.message).toContain("node0")
      expect(record.place).toMatch(/:\d+/)
    })
  })
}

const byPosition = (a: { readonly position: number }, b: { readonly position: number }) => a.position - b.position

const taskOf = (numbers: readonly number[], about: Parameters<typeof aTask>[0] = {}): ChunkTask =>
  aTask({ rows: numbers.map((n) => ({ n })), ...about })

async function partsOf(proxy: ChunkProxy, task: ChunkTask): Promise<ChunkPart[]> {
  const parts: ChunkPart[] = []
  await proxy.runChunk(task, (part) => parts.push(part))
  return parts
}

/** The finished lines of a part, with the text each has in `output.jsonl`. */
function linesOf({ positions, statuses, outputs, outputEnds }: ChunkPart) {
  expect([statuses.length, outputEnds.length]).toEqual([positions.length, positions.length])
  const decoder = new TextDecoder()
  return Array.from(positions, (position, at) => ({
    position,
    status: statuses[at],
    output: decoder.decode(outputs.subarray(at === 0 ? 0 : outputEnds[at - 1]!, outputEnds[at]!))
  }))
}

function planFor({ definition, nodes }: ExecutorUnderTest, double = nodes?.double): FlowPlan {
  const type = nodes?.type ?? definition.language
  const files = double === undefined ? [] : [double, nodes!.sum]
  const workingDir = aFolder(Object.fromEntries(files.map(({ path, text }) => [path, text])))
  return aPlan({
    workingDir,
    flowFile: `${workingDir}/flow.dag.yaml`,
    language: nodes === undefined ? definition.language : "python",
    inputs: [anInput("n")],
    nodes: [
      aNode({ name: "node0", type, path: double?.path ?? "", inputs: { n: inputRef("n") } }),
      aNode({ name: "sum", type, path: nodes?.sum.path ?? "", aggregation: true, inputs: { values: nodeRef(0) } })
    ],
    outputs: [anOutput("out", nodeRef(0))]
  })
}

async function openFor({ definition }: ExecutorUnderTest, plan: FlowPlan, workers: number): Promise<ChunkProxy> {
  const context: ExecutorContext = {
    runId: RUN,
    plan,
    mapping: { n: "${data.n}" },
    sources: ["data"],
    workers,
    linesPerLane: 8,
    lineTimeoutMs: undefined,
    maxOutputBytes: 1 << 20,
    hosts: definition.hosts,
    initKwargs: {},
    onWarning: () => {}
  }
  const proxy = await definition.open(context)
  if (!("runLine" in proxy)) return proxy
  await proxy.ensureHealthy?.()
  const { mapping, sources, lineTimeoutMs, maxOutputBytes } = context
  const { encodeRecords } = jsonRecords
  const limits = { linesAtOnce: 4, lineTimeoutMs, maxOutputBytes }
  return carryLines(proxy, { runId: RUN, plan, mapping, sources, ...limits, encodeRecords })
}
