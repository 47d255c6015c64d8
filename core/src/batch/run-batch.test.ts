// The suite of the whole corridor, in one file: each part of it is only true together with the others.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { test } from "vitest"
import {
  ExecutorFailed,
  InvalidData,
  LinesFailed,
  MappingMissing,
  RunExists,
  WriteFailed
} from "../contracts/errors.ts"
import {
  type AggregationTask,
  connectionProvider,
  LaneLost,
  type LineResult,
  type RunEvent,
  type RunStore
} from "../contracts/index.ts"
import { aPlan } from "../testing/builders.ts"
import { CANCELED, type FakeExecutor, fakeExecutor, silentExecutor } from "../testing/fake-executor.ts"
import { aNode, anError, anInput, inputRef, jsonRecords, nodeRef } from "../testing/line-builders.ts"
import { aFolder } from "../testing/temp-folder.ts"
import type { BatchSpec } from "./batch-spec.ts"
import { keptLines } from "./kept-lines.ts"
import { memoryStore } from "./memory-store.ts"
import { RunOrders } from "./orders.ts"
import { runBatch } from "./run-batch.ts"

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const plan = aPlan({ inputs: [anInput("n")], nodes: [aNode({ inputs: { n: inputRef("n") } })] })
const aggregating = aPlan({
  ...plan,
  nodes: [...plan.nodes, aNode({ name: "sum", aggregation: true, inputs: { xs: nodeRef(0) } })]
})

function aSpec(executor: FakeExecutor, about: Partial<BatchSpec> = {}) {
  const store = about.store ?? memoryStore(jsonRecords)
  const events: RunEvent[] = []
  const canceling = new AbortController()
  const spec: BatchSpec = {
    name: "a-run",
    plan,
    mapping: {},
    sources: { data: rows(5) },
    baseDir: "/",
    outputDir: undefined,
    executor: { definition: executor.definition, hosts: {} },
    store,
    workers: 1,
    concurrency: 8,
    lineTimeoutMs: undefined,
    batchTimeoutMs: undefined,
    maxOutputBytes: 1 << 20,
    maxLines: undefined,
    rerunNodes: [],
    durability: "process",
    failurePolicy: [],
    retryBudget: undefined,
    failOnLineErrors: undefined,
    raiseOnLineFailure: false,
    initKwargs: {},
    connections: connectionProvider(),
    shared: new Map(),
    displayName: "a-run",
    description: undefined,
    tags: {},
    overrides: {},
    compat: [],
    graceMs: 1_000,
    cancel: canceling.signal,
    orders: new RunOrders(() => canceling.abort()),
    onEvent: (event) => events.push(event),
    onLines: undefined,
    ...about
  }
  return { spec, store, events, canceling }
}

/** Lets promises of the fakes settle. */
const settle = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

describe("a batch", () => {
  it.live("runs every line once and comes to what the journal holds", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor()
      const folder = aFolder()
      const { spec, store, events } = aSpec(executor, { outputDir: folder, sources: { data: rows(300) } })

      const result = yield* runBatch(spec)

      expect(result).toMatchObject({ status: "Completed", total_lines: 300, completed_lines: 300, failed_lines: 0 })
      assert.deepStrictEqual(
        executor.started.map(({ position }) => position).sort((a, b) => a - b),
        rows(300).map(({ n }) => n)
      )
      assert.strictEqual(
        readFileSync(join(folder, "output.jsonl"), "utf8"),
        rows(300)
          .map(({ n }) => `{"line_number":${n},"out":${n}}\n`)
          .join("")
      )
      const summary = yield* Effect.promise(() => store.getRun("a-run"))
      expect(summary).toMatchObject({ status: "Completed", lines: { total: 300, completed: 300 } })
      expect(summary.manifest).toMatchObject({ data: { data: "<memory>" }, sources: ["data"], workers: 1 })
      assert.deepStrictEqual([events[0]?.type, events.at(-1)?.type], ["RunStarted", "RunEnded"])
      expect(events.findLast(({ type }) => type === "Progress")).toMatchObject({
        progress: { completed: 300, failed: 0, total: 300, isTotalKnown: true }
      })
    })
  )

  it.live("opens its executor with what the run knows, and closes it once at the end (V1)", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor()
      const { spec } = aSpec(executor, { workers: 3, concurrency: 10, lineTimeoutMs: 7, initKwargs: { a: 1 } })

      yield* runBatch(spec)

      expect(executor.contexts).toMatchObject([
        {
          runId: "a-run",
          plan,
          sources: ["data"],
          workers: 3,
          linesPerLane: 4,
          lineTimeoutMs: 7,
          initKwargs: { a: 1 }
        }
      ])
      assert.strictEqual(executor.closed, 1)
    })
  )

  it.live("shows failed lines in the result, tells them as they happen, and is Completed", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor({
        runLine: ({ row }) => {
          if (Number(row.n) % 2 === 1) throw new Error(`odd ${row.n}`)
          return row.n
        }
      })
      const { spec, events } = aSpec(executor)

      const result = yield* runBatch(spec)

      expect(result).toMatchObject({ status: "Completed", completed_lines: 3, failed_lines: 2 })
      assert.deepStrictEqual(
        result.error_summary.error_list.map(({ line_number, error }) => [line_number, error.message]),
        [
          [1, "Error: odd 1"],
          [3, "Error: odd 3"]
        ]
      )
      assert.deepStrictEqual(
        events.flatMap((event) => (event.type === "LineFailed" ? [event.lineNumber] : [])),
        [1, 3]
      )
    })
  )

  it.live("offers its lines in order to who reads them, and a slow reader holds back the data (B2, D3)", () =>
    Effect.gen(function* () {
      let read = 0
      const data = (function* () {
        for (const row of rows(200_000)) {
          read++
          yield row
        }
      })()
      const gate = Promise.withResolvers<void>()
      const seen: LineResult[] = []
      const { spec, canceling } = aSpec(fakeExecutor(), {
        sources: { data },
        onLines: (lines) => {
          seen.push(...lines)
          return gate.promise
        }
      })

      const running = yield* Effect.forkChild(runBatch(spec))
      const readWhileHeld = yield* Effect.promise(() => standingStill(() => read, 60_000))
      canceling.abort()
      gate.resolve()
      yield* Fiber.join(running)

      assert.isAtMost(readWhileHeld, 65_536 + 1_024)
      assert.deepStrictEqual(
        seen.map(({ position }) => position),
        seen.map((_, at) => at)
      )
    })
  )

  it.live("reads no further than its bound when the first of 200,000 lines is held back (B2)", () =>
    Effect.gen(function* () {
      let read = 0
      const data = (function* () {
        for (const row of rows(200_000)) {
          read++
          yield row
        }
      })()
      const gate = Promise.withResolvers<void>()
      const executor = fakeExecutor({
        lanes: 2,
        isWaiting: true,
        runLine: ({ position }) => (position === 0 ? gate.promise : position)
      })
      const { spec } = aSpec(executor, { sources: { data }, workers: 2, concurrency: 4_096 })

      const running = yield* Effect.forkChild(runBatch(spec))
      const readWhileHeld = yield* Effect.promise(() => standingStill(() => read, 60_000))
      gate.resolve()
      const result = yield* Fiber.join(running)

      assert.isAtMost(readWhileHeld, 65_536 + 2 * 1_024)
      assert.isAtLeast(readWhileHeld, 60_000)
      assert.strictEqual(result.completed_lines, 200_000)
    })
  )

  it.live("takes the first rows of each source where that is asked", () =>
    Effect.gen(function* () {
      const { spec, events } = aSpec(fakeExecutor(), { maxLines: 3 })

      const result = yield* runBatch(spec)

      assert.strictEqual(result.total_lines, 3)
      assert.isTrue(events.some(({ type }) => type === "Warning"))
    })
  )

  it.live("runs on an executor that was handed in open, and leaves it open", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor()
      const { spec } = aSpec(executor, { executor: { proxy: executor.proxy } })

      const result = yield* runBatch(spec)

      assert.strictEqual(result.completed_lines, 5)
      assert.deepStrictEqual([executor.contexts.length, executor.closed], [0, 0])
    })
  )
})

describe("aggregation", () => {
  const reply = {
    metrics: { total: 10 },
    nodes: [{ node: "sum", status: "Completed", startMs: 0, endMs: 1, output: 10 }]
  } as const

  it.live("runs once after all lines, and its metrics and nodes are in the result", () =>
    Effect.gen(function* () {
      const tasks: AggregationTask[] = []
      const executor = fakeExecutor({
        runAggregation: async (task) => {
          tasks.push(task)
          return reply
        }
      })
      const { spec, events } = aSpec(executor, { plan: aggregating })

      const result = yield* runBatch(spec)

      assert.strictEqual(tasks.length, 1)
      assert.deepStrictEqual(Object.keys(tasks[0]!.lists), ["${node0.output}"])
      expect(result).toMatchObject({ metrics: { total: 10 }, node_status: { "sum.completed": 1 } })
      expect(events).toContainEqual({ type: "AggregationStarted", nodes: ["sum"] })
    })
  )

  it.live("runs where no line succeeded too", () =>
    Effect.gen(function* () {
      const tasks: AggregationTask[] = []
      const executor = fakeExecutor({
        runLine: () => Promise.reject(new Error("no")),
        runAggregation: async (task) => {
          tasks.push(task)
          return reply
        }
      })

      yield* runBatch(aSpec(executor, { plan: aggregating }).spec)

      expect(tasks).toMatchObject([{ lineCount: 0, lists: { "${node0.output}": "[]" } }])
    })
  )

  it.live("a failed node is in aggr_error_dict, and the run is Completed", () =>
    Effect.gen(function* () {
      const error = anError("division by zero")
      const executor = fakeExecutor({
        runAggregation: async () => ({ metrics: { early: 1 }, nodes: [{ ...reply.nodes[0], status: "Failed", error }] })
      })

      const result = yield* runBatch(aSpec(executor, { plan: aggregating }).spec)

      expect(result).toMatchObject({
        status: "Completed",
        metrics: { early: 1 },
        error_summary: { aggr_error_dict: { sum: error }, batch_error_dict: null }
      })
    })
  )

  it.live("that never ends does not hold up a cancel: the lines stay", () =>
    Effect.gen(function* () {
      const hasBegun = Promise.withResolvers<void>()
      const executor = fakeExecutor({
        runAggregation: () => {
          hasBegun.resolve()
          return new Promise(() => {})
        }
      })
      const { spec, canceling } = aSpec(executor, { plan: aggregating })
      const running = yield* Effect.forkChild(runBatch(spec))
      yield* Effect.promise(() => hasBegun.promise)

      canceling.abort()
      const result = yield* Fiber.join(running)

      expect(result).toMatchObject({ status: "Canceled", completed_lines: 5, metrics: {} })
      assert.strictEqual(executor.closed, 1)
    })
  )
})

describe("cancel", () => {
  it.effect("keeps what is finished, leaves the others without a result, and is no failure", () =>
    Effect.gen(function* () {
      const cancel = Promise.withResolvers<typeof CANCELED>()
      const executor = fakeExecutor({
        isWaiting: true,
        runLine: ({ position }) => (position < 2 ? position : cancel.promise)
      })
      const { spec, canceling, store } = aSpec(executor)
      const running = yield* Effect.forkChild(runBatch(spec))
      while (executor.started.length < 5) yield* settle

      canceling.abort()
      cancel.resolve(CANCELED)
      yield* settle
      yield* TestClock.adjust("100 millis")
      const result = yield* Fiber.join(running)

      expect(result).toMatchObject({ status: "Canceled", total_lines: 2, completed_lines: 2 })
      assert.strictEqual(executor.canceled, 1)
      expect(yield* Effect.promise(() => store.getRun("a-run"))).toMatchObject({ status: "Canceled", error: undefined })
    })
  )

  it.effect("gives lines that do not answer their grace time, then ends them by force", () =>
    Effect.gen(function* () {
      const executor = silentExecutor()
      const { spec, canceling, events } = aSpec(executor, { graceMs: 5_000 })
      const running = yield* Effect.forkChild(runBatch(spec))
      while (executor.started.length === 0) yield* settle

      canceling.abort()
      yield* settle
      yield* TestClock.adjust("4999 millis")
      const closedEarly = executor.closed
      yield* TestClock.adjust("1 millis")
      const result = yield* Fiber.join(running)

      assert.strictEqual(closedEarly, 0)
      assert.isAtLeast(executor.closed, 1)
      expect(result).toMatchObject({ status: "Canceled", total_lines: 0 })
      expect(events).toContainEqual({
        type: "Warning",
        message: "lines did not stop within 5000 ms (canceled): ended by force"
      })
    })
  )

  it.effect("ends a run whose executor was handed in and never answers", () =>
    Effect.gen(function* () {
      const executor = silentExecutor()
      const { spec, canceling } = aSpec(executor, { executor: { proxy: executor.proxy } })
      const running = yield* Effect.forkChild(runBatch(spec))
      while (executor.started.length === 0) yield* settle

      canceling.abort()
      yield* settle
      yield* TestClock.adjust("1 seconds")

      assert.strictEqual((yield* Fiber.join(running)).status, "Canceled")
      assert.strictEqual(executor.closed, 0)
    })
  )

  it.live("before the first line starts none", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor({ runLine: () => CANCELED })
      const { spec, canceling } = aSpec(executor)
      canceling.abort()

      const result = yield* runBatch(spec)

      expect(result).toMatchObject({ status: "Canceled", total_lines: 0 })
    })
  )

  it.live("does not wait for data that does not come", () =>
    Effect.gen(function* () {
      const data = (async function* () {
        yield { n: 0 }
        await new Promise(() => {})
      })()
      const executor = fakeExecutor()
      const { spec, canceling } = aSpec(executor, { sources: { data } })
      const running = yield* Effect.forkChild(runBatch(spec))
      while (executor.started.length === 0) yield* settle

      canceling.abort()

      expect(yield* Fiber.join(running)).toMatchObject({ status: "Canceled", completed_lines: 1 })
    })
  )
})

it.effect("the batch's own time limit ends it as Failed, with the lines that were finished", () =>
  Effect.gen(function* () {
    const executor = fakeExecutor({
      isWaiting: true,
      runLine: ({ position }) => (position === 0 ? 0 : new Promise(() => {}))
    })
    const { spec } = aSpec(executor, { batchTimeoutMs: 60_000, graceMs: 10 })
    const running = yield* Effect.forkChild(runBatch(spec))
    while (executor.started.length < 5) yield* settle

    yield* TestClock.adjust("60 seconds")
    yield* settle
    yield* TestClock.adjust("1 seconds")
    const result = yield* Fiber.join(running)

    expect(result).toMatchObject({ status: "Failed", total_lines: 1, completed_lines: 1 })
    expect(result.error_summary.batch_error_dict).toMatchObject({
      message: "The batch run did not finish within 60 seconds; the lines that did are kept.",
      innerError: { code: "BatchRunTimeoutError" }
    })
  })
)

describe("a batch that fails as a whole", () => {
  const failing = (spec: BatchSpec) => Effect.flip(runBatch(spec))
  const endingIn = (store: RunStore) => Effect.promise(() => store.getRun("a-run"))

  it.live("because of its data or its mapping is not recorded at all", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor()
      const store = memoryStore(jsonRecords)

      const empty = yield* failing(aSpec(executor, { store, sources: { data: [] } }).spec)
      const unmapped = yield* failing(aSpec(executor, { store, mapping: { n: "${data.m}" } }).spec)

      assert.instanceOf(empty, InvalidData)
      assert.instanceOf(unmapped, MappingMissing)
      assert.deepStrictEqual(yield* Effect.promise(() => store.listRuns()), [])
      assert.strictEqual(executor.contexts.length, 0)
    })
  )

  it.live("because its name is taken leaves the other run as it was", () =>
    Effect.gen(function* () {
      const store = memoryStore(jsonRecords)
      yield* runBatch(aSpec(fakeExecutor(), { store }).spec)

      const error = yield* failing(aSpec(fakeExecutor(), { store }).spec)

      assert.instanceOf(error, RunExists)
      expect(yield* endingIn(store)).toMatchObject({ status: "Completed", lines: { total: 5 } })
    })
  )

  it.live("because its executor does not open is recorded as Failed", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor()
      const definition = { ...executor.definition, open: () => Promise.reject(new Error("no python here")) }
      const { spec, store } = aSpec(executor, { executor: { definition, hosts: {} } })

      const error = yield* failing(spec)

      assert.instanceOf(error, ExecutorFailed)
      expect(yield* endingIn(store)).toMatchObject({ status: "Failed", error: { message: "no python here" } })
    })
  )

  it.live("because its executor breaks keeps what was kept (V2), and closes everything (V1)", () =>
    Effect.gen(function* () {
      let chunks = 0
      const executor = fakeExecutor()
      const proxy = {
        ...executor.proxy,
        runChunk: (...args: Parameters<typeof executor.proxy.runChunk>) =>
          ++chunks === 3 ? Promise.reject(new Error("broken")) : executor.proxy.runChunk(...args)
      }
      const definition = { ...executor.definition, open: async () => proxy }
      const { spec, store } = aSpec(executor, {
        executor: { definition, hosts: {} },
        sources: { data: rows(100) }
      })

      const error = yield* failing(spec)

      assert.strictEqual(error.message, "broken")
      const summary = yield* endingIn(store)
      expect(summary).toMatchObject({ status: "Failed", error: { message: "broken" } })
      assert.isBelow(summary.lines.total, 100)
      assert.strictEqual(executor.closed, 1)
    })
  )

  it.live("because rows in the middle cannot be read says which", () =>
    Effect.gen(function* () {
      const { spec } = aSpec(fakeExecutor(), { sources: { data: [...rows(40), 5 as never] } })

      const error = yield* failing(spec)

      assert.instanceOf(error, InvalidData)
      assert.include(error.message, "row 40")
    })
  )

  it.live("because its store cannot write is WriteFailed, and does not wait for the lines that run", () =>
    Effect.gen(function* () {
      const store = memoryStore(jsonRecords)
      const full: RunStore = {
        ...store,
        createRun: async (...args) => ({
          ...(await store.createRun(...args)),
          append: () => Promise.reject(new Error("no space left on device"))
        })
      }
      const executor = fakeExecutor({ isWaiting: true, runLine: ({ position }) => position || new Promise(() => {}) })

      const error = yield* failing(aSpec(executor, { store: full }).spec)

      assert.instanceOf(error, WriteFailed)
      assert.include(error.message, "no space left on device")
    })
  )

  it.live("because lines failed, where that was asked for, names them and keeps all", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor({
        runLine: ({ row }) => (row.n === 3 ? Promise.reject(new Error("three")) : row.n)
      })
      const folder = aFolder()
      const { spec, store } = aSpec(executor, { raiseOnLineFailure: true, outputDir: folder })

      const error = yield* failing(spec)

      assert.instanceOf(error, LinesFailed)
      assert.deepStrictEqual([error.lineNumbers, error.total, error.first.message], [[3], 5, "Error: three"])
      expect(yield* endingIn(store)).toMatchObject({ status: "Failed", lines: { total: 5 } })
      assert.strictEqual(readFileSync(join(folder, "output.jsonl"), "utf8").split("\n").length, 5)
    })
  )

  it.live("because of a bug in a store ends too, rather than with lines missing", () =>
    Effect.gen(function* () {
      const store = memoryStore({
        ...jsonRecords,
        encodeRecords: () => {
          throw new Error("bug in the codec")
        }
      })
      const executor = fakeExecutor({
        runLine: () => {
          throw new LaneLost("gone")
        }
      })

      const exit = yield* Effect.exit(runBatch(aSpec(executor, { store }).spec))

      assert.isTrue(Exit.isFailure(exit))
      expect(yield* endingIn(store)).toMatchObject({ status: "Failed", error: { message: "bug in the codec" } })
    })
  )

  it.live("by being interrupted lets go of the run, which shows as Interrupted, and of the executor", () =>
    Effect.gen(function* () {
      const executor = silentExecutor()
      const { spec, store } = aSpec(executor)
      const running = yield* Effect.forkChild(runBatch(spec))
      while (executor.started.length === 0) yield* settle

      yield* Fiber.interrupt(running)

      assert.strictEqual((yield* endingIn(store)).status, "Interrupted")
      assert.strictEqual(executor.closed, 1)
    })
  )
})

test("the output does not depend on lanes, chunks, or the order in which lines end", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ fails: fc.boolean(), turns: fc.nat({ max: 3 }), kills: fc.boolean() }), {
        minLength: 1,
        maxLength: 60
      }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (lines, lanes, isWaiting) => {
        const executor = fakeExecutor({
          lanes,
          isWaiting,
          runLine: async ({ position, isAlone }) => {
            const { fails, turns, kills } = lines[position]!
            for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
            if (kills && !isAlone) throw new LaneLost("gone")
            if (fails) throw new Error("failed")
            return position
          }
        })
        const folder = aFolder()
        const seen: number[] = []
        const { spec } = aSpec(executor, {
          workers: lanes,
          outputDir: folder,
          sources: { data: rows(lines.length) },
          onLines: async (part) => {
            seen.push(...Array.from(part, ({ position }) => position))
          }
        })

        const result = await Effect.runPromise(runBatch(spec))

        const completed = lines.flatMap(({ fails }, position) => (fails ? [] : [position]))
        expect(result).toMatchObject({ total_lines: lines.length, completed_lines: completed.length })
        expect(seen).toEqual(lines.map((_, position) => position))
        expect(readFileSync(join(folder, "output.jsonl"), "utf8")).toBe(
          completed.map((position) => `{"line_number":${position},"out":${position}}\n`).join("")
        )
      }
    ),
    { numRuns: 40 }
  ))

/** The value once it has come so far and stood still for many turns of the event loop. */
async function standingStill(value: () => number, atLeast: number): Promise<number> {
  for (let still = 0, before = value(); still < 2_000 || before < atLeast; still++) {
    await nextTurn()
    if (value() !== before) still = 0
    before = value()
  }
  return value()
}

describe("lines that fail", () => {
  /** Fails these lines so often, then gives their number. */
  const failing = (times: Readonly<Record<number, number>>) => {
    const left = { ...times }
    return fakeExecutor({
      runLine: ({ position, row }) => {
        if ((left[position] ?? 0) > 0) {
          left[position]! -= 1
          throw new Error("not yet")
        }
        return row.n
      }
    })
  }
  const retry = { on: "*", action: "retry", times: 2 } as const

  it.live("are retried as the policy wants, and every attempt is recorded", () =>
    Effect.gen(function* () {
      const executor = failing({ 1: 2, 3: 9 })
      const { spec, store, events } = aSpec(executor, { sources: { data: rows(6) }, failurePolicy: [retry] })

      const result = yield* runBatch(spec)

      expect(result).toMatchObject({ status: "Completed", total_lines: 6, completed_lines: 5 })
      const records = yield* Effect.promise(() => Array.fromAsync(keptLines(store, "a-run"), ({ record }) => record))
      expect(records.map(({ earlier = [] }) => earlier.length)).toEqual([0, 2, 0, 2, 0, 0])
      expect(events.filter(({ type }) => type === "LineFailed")).toHaveLength(1)
      expect(executor.started.filter(({ position }) => position === 1).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    })
  )

  it.live("end the run when one of them has to, or when they are too many", () =>
    Effect.gen(function* () {
      const all = Object.fromEntries(rows(50).map(({ n }) => [n, 9]))
      const about = { sources: { data: rows(200) } }
      const failed = (more: Partial<BatchSpec>) =>
        Effect.flip(runBatch(aSpec(failing(all), { ...about, ...more }).spec)).pipe(
          Effect.map((error) => (error instanceof LinesFailed ? error.lineNumbers.length : error))
        )

      expect(yield* failed({ failurePolicy: [{ on: "*", action: "fail" }] })).toBe(1)
      expect(yield* failed({ failOnLineErrors: { count: 3 } })).toBeGreaterThanOrEqual(3)
      expect(yield* failed({ failOnLineErrors: { percent: 25 } })).toBe(50)
      const few = yield* runBatch(aSpec(failing(all), { ...about, failOnLineErrors: { percent: 26 } }).spec)
      expect(few).toMatchObject({ status: "Completed", completed_lines: 150 })
      const skipped = aSpec(failing(all), {
        ...about,
        failOnLineErrors: { count: 1 },
        failurePolicy: [{ on: "*", action: "skip" }]
      })
      expect(yield* runBatch(skipped.spec)).toMatchObject({ status: "Completed", completed_lines: 150 })
    })
  )
})
