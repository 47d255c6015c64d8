import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, test } from "vitest"
import { ExecutorMissing, InvalidFlow, InvalidOption, LinesFailed } from "../contracts/errors.ts"
import { defineExecutor, type LineTask, type RunStore } from "../contracts/index.ts"
import { CANCELED, fakeExecutor } from "../testing/fake-executor.ts"
import { aFlowFolder } from "../testing/fake-flow.ts"
import { jsonRecords } from "../testing/line-builders.ts"
import { aFolder } from "../testing/temp-folder.ts"
import { BatchEngine, type BatchEngineOptions, type BatchEngineRunOptions } from "./batch-engine.ts"
import { memoryStore } from "./memory-store.ts"

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

function anEngine(about: BatchEngineOptions = {}, executor = fakeExecutor()) {
  const storage = about.storage ?? memoryStore(jsonRecords)
  const flow = aFlowFolder()
  const engine = new BatchEngine(flow, undefined, { executors: [executor.definition], ...about, storage })
  const run = (options: Partial<BatchEngineRunOptions> = {}) =>
    engine.run({ inputDirs: { data: rows(3) }, inputsMapping: {}, outputDir: aFolder(), ...options })
  return { engine, executor, storage, flow, run }
}

describe("the constructor", () => {
  test("takes a folder or a URL, and resolves relative data and output from the working directory", async () => {
    const { flow, executor, storage } = anEngine()
    const workingDir = aFolder({ "rows.jsonl": '{"n": 4}\n', "a.mjs": "" })
    const engine = new BatchEngine(pathToFileURL(join(flow, "flow.dag.yaml")), workingDir, {
      executors: [executor.definition],
      storage
    })

    const result = await engine.run({ inputDirs: { data: "rows.jsonl" }, inputsMapping: {}, outputDir: "out" })

    expect(result.completed_lines).toBe(1)
    expect(readFileSync(join(workingDir, "out", "output.jsonl"), "utf8")).toBe('{"line_number":0,"out":4}\n')
    expect(executor.contexts[0]!.plan.workingDir).toBe(workingDir)
  })

  test("says that functions need an executor that runs them", async () => {
    const engine = new BatchEngine(() => 1, undefined, { storage: memoryStore(jsonRecords), executors: [] })

    const run = engine.run({ inputDirs: { data: [{}] }, inputsMapping: {}, outputDir: "out" })

    await expect(run).rejects.toThrow("no executor for functions as flows")
  })

  test("refuses a connection that is not in promptflow's form, by its name", () => {
    const connections = { mine: { type: "NoConnection", value: {} } }

    expect(() => new BatchEngine("flow", undefined, { connections })).toThrow("connection 'mine': its type has to be")
  })

  test("hands its connections to the executor", async () => {
    const mine = { type: "OpenAIConnection", value: { api_key: "k", base_url: "http://x" } }
    const { executor, run } = anEngine({ connections: { mine } })

    await run()

    expect(await executor.contexts[0]!.connections?.get("mine")).toEqual({
      name: "mine",
      type: "open_ai",
      configs: { base_url: "http://x" },
      secrets: { api_key: "k" }
    })
  })

  test("takes empty connections, as promptflow's callers give them", () => {
    expect(() => new BatchEngine("flow", undefined, { connections: {} })).not.toThrow()
  })

  test.each([
    ["workerCount", 0, "a whole number from 1 to 1024"],
    ["workerCount", 1.5, "a whole number from 1 to 1024"],
    ["batchTimeoutSec", 0, "seconds, 0.001 or more"],
    ["lineTimeoutSec", Number.NaN, "seconds, 0.001 or more"]
  ])("refuses %s: %j by its own name", (option, value, accepts) => {
    const make = () => new BatchEngine("flow", undefined, { [option]: value })

    expect(make).toThrow(InvalidOption)
    expect(make).toThrow(new RegExp(`^${option}: got .*, but it takes ${accepts}$`))
  })

  test("passes worker count and time limits on, 600 s a line by default", async () => {
    const plain = anEngine()
    const limited = anEngine({ workerCount: 3, lineTimeoutSec: 1.5, batchTimeoutSec: 60 })

    await plain.run()
    await limited.run()

    expect(plain.executor.contexts[0]).toMatchObject({ lineTimeoutMs: 600_000 })
    expect(limited.executor.contexts[0]).toMatchObject({ lineTimeoutMs: 1_500, workers: 3 })
  })
})

describe("run", () => {
  test("takes sources by prefix, a mapping, an id and a number of lines", async () => {
    const { run, storage } = anEngine()
    const outputDir = aFolder()

    const result = await run({
      inputDirs: { data: rows(5), "run.outputs": rows(5) },
      inputsMapping: { n: "${run.outputs.n}" },
      outputDir: pathToFileURL(outputDir),
      runId: "mine",
      maxLinesCount: 2
    })

    expect(result.total_lines).toBe(2)
    expect(await storage.getRun("mine")).toMatchObject({
      status: "Completed",
      manifest: { columnMapping: { n: "${run.outputs.n}" }, sources: ["data", "run.outputs"], outputDir }
    })
    expect(readFileSync(join(outputDir, "output.jsonl"), "utf8").split("\n")).toHaveLength(3)
  })

  test("gives itself an id where none is given", async () => {
    const { run, storage } = anEngine()

    await run()

    const [only] = await storage.listRuns()
    expect(only!.manifest.name).toMatch(/^[0-9a-f-]{36}$/)
  })

  test("failed lines are in the result; with raiseOnLineFailure they reject it", async () => {
    const failing = () => fakeExecutor({ runLine: ({ row }) => (row.n === 1 ? Promise.reject(new Error("one")) : 0) })

    const result = await anEngine({}, failing()).run()
    const raised = anEngine({}, failing()).run({ raiseOnLineFailure: true })

    expect(result).toMatchObject({ status: "Completed", failed_lines: 1 })
    await expect(raised).rejects.toThrow(LinesFailed)
    await expect(raised).rejects.toThrow("Failed to run 1/3 lines (1). First error message is: Error: one")
  })

  test.each([
    ["resumeFromRunStorage", memoryStore()],
    ["resumeFromRunOutputDir", "/somewhere"]
  ])("says that %s has no run to take lines from", async (option, value) => {
    const running = anEngine().run({ [option]: value })

    await expect(running).rejects.toThrow(InvalidOption)
    await expect(running).rejects.toThrow(option)
  })

  test("says that it needs a storage", async () => {
    const engine = new BatchEngine(aFlowFolder(), undefined, { executors: [fakeExecutor().definition] })

    await expect(engine.run({ inputDirs: { data: [] }, inputsMapping: {}, outputDir: "out" })).rejects.toThrow(
      'storage: got undefined, but it takes a run store, e.g. lmdb("./runs")'
    )
  })

  test("says that arguments for a class are for flex flows, but hands them to an executor of whole lines", async () => {
    const seen: unknown[] = []
    const java = defineExecutor({
      language: "java",
      open: async ({ initKwargs }) => {
        seen.push(initKwargs)
        return { runLine: async () => ({ status: "Completed", output: {} }), close: async () => {} }
      }
    })
    const initKwargs = { model: "m" }
    const engine = new BatchEngine(aFlowFolder("language: java\n"), undefined, {
      executors: [java],
      storage: memoryStore(jsonRecords),
      initKwargs
    })

    const result = await engine.run({ inputDirs: { data: rows(1) }, inputsMapping: {}, outputDir: aFolder() })

    expect(result.completed_lines).toBe(1)
    expect(seen).toEqual([initKwargs])
    await expect(anEngine({ initKwargs }).run()).rejects.toThrow("nothing for a DAG")
  })

  test("runs on an executor proxy instead of any other, for lines or chunks, and never closes it", async () => {
    const chunks = fakeExecutor()
    const sent: LineTask[] = []
    let closed = 0
    const lines = {
      runLine: async (task: LineTask) => {
        sent.push(task)
        return { status: "Completed", output: { out: task.inputs.n } } as const
      },
      close: async () => {
        closed++
      }
    }
    const { run, executor } = anEngine()

    const results = [await run({ executorProxy: chunks.proxy }), await run({ executorProxy: lines })]

    expect(results.map(({ completed_lines }) => completed_lines)).toEqual([3, 3])
    expect(sent.map(({ inputs }) => inputs.n)).toEqual([0, 1, 2])
    expect([chunks.closed, closed, executor.contexts.length]).toEqual([0, 0, 0])
  })

  test("leaves the storage open: it is the caller's", async () => {
    let isClosed = false
    const storage: RunStore = {
      ...memoryStore(jsonRecords),
      close: async () => {
        isClosed = true
      }
    }

    await anEngine({ storage }).run()

    expect(isClosed).toBe(false)
  })
})

test("cancel gives the result of what was finished, and does nothing when nothing runs", async () => {
  const hasBegun = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<typeof CANCELED>()
  const executor = fakeExecutor({
    isWaiting: true,
    runLine: ({ position }) => {
      if (position === 2) hasBegun.resolve()
      return position === 0 ? 0 : stopped.promise
    }
  })
  const { engine, run } = anEngine({}, executor)
  await engine.cancel()

  const running = run()
  await hasBegun.promise
  const canceling = engine.cancel()
  stopped.resolve(CANCELED)
  await canceling

  expect(await running).toMatchObject({ status: "Canceled", completed_lines: 1 })
})

test("cancel in the same turn as run stops it before a line, and stops all of the engine's runs", async () => {
  const executor = fakeExecutor()
  const { engine, run } = anEngine({}, executor)

  const running = [run(), run()]
  await engine.cancel()

  const results = await Promise.all(running)
  expect(results.map(({ status, total_lines }) => [status, total_lines])).toEqual([
    ["Canceled", 0],
    ["Canceled", 0]
  ])
})

test("a run id that is no plain name is refused under the caller's word for it", async () => {
  const { run } = anEngine()

  await expect(run({ runId: "../x" })).rejects.toThrow('runId: got "../x", but it takes a plain name')
})

describe("registerExecutor", () => {
  const registeredOnly = (flow: string) => new BatchEngine(flow, undefined, { storage: memoryStore(jsonRecords) })
  const go = (engine: BatchEngine) =>
    engine.run({ inputDirs: { data: rows(2) }, inputsMapping: {}, outputDir: aFolder() })

  test("is read by an engine without a list of its own (Z1); the same language again replaces it", async () => {
    const first = fakeExecutor()
    const second = fakeExecutor()
    const flow = aFlowFolder()
    await expect(go(registeredOnly(flow))).rejects.toSatisfy(
      (error) => error instanceof ExecutorMissing || error instanceof InvalidFlow
    )

    BatchEngine.registerExecutor("javascript", first.definition)
    BatchEngine.registerExecutor("javascript", second.definition)
    const result = await go(registeredOnly(flow))

    expect(result.completed_lines).toBe(2)
    expect([first.contexts.length, second.contexts.length]).toEqual([0, 1])
  })

  test("takes a class with a static create, as promptflow does", async () => {
    class RubyProxy {
      static async create() {
        return new RubyProxy()
      }
      async runLine({ inputs }: LineTask) {
        return { status: "Completed", output: { out: inputs.n } } as const
      }
      async close() {}
    }

    BatchEngine.registerExecutor("ruby", RubyProxy)

    expect((await go(registeredOnly(aFlowFolder("language: ruby\n")))).completed_lines).toBe(2)
  })

  test.each([undefined, null, {}, class {}])("refuses %s and says what it takes", (executor) => {
    expect(() => BatchEngine.registerExecutor("java", executor as never)).toThrow(
      'registerExecutor("java"): give a definition (defineExecutor) or a class with create()'
    )
  })
})
