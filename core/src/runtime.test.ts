import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, test } from "vitest"
import { memoryStore } from "./batch/memory-store.ts"
import {
  ExecutorMissing,
  InvalidFlow,
  InvalidOption,
  MappingMissing,
  NotSupportedYet,
  RunExists,
  RunNotFound,
  RuntimeClosed
} from "./contracts/errors.ts"
import { defineExecutor, LaneLost, type RunStore } from "./contracts/index.ts"
import { createRuntime, type Runtime, type RuntimeOptions } from "./runtime.ts"
import { CANCELED, type FakeExecutor, fakeExecutor, silentExecutor } from "./testing/fake-executor.ts"
import { aFlowFolder } from "./testing/fake-flow.ts"
import { jsonRecords } from "./testing/line-builders.ts"
import { aFolder } from "./testing/temp-folder.ts"

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

const runtimeOn = (executor: FakeExecutor, about: Partial<RuntimeOptions> = {}): Promise<Runtime> =>
  createRuntime({ executors: [executor.definition], store: memoryStore(jsonRecords), ...about })

/** An executor whose lines take a turn of the event loop each. */
const aTurnALine = () =>
  fakeExecutor({ runLine: ({ row }) => new Promise((resolve) => setImmediate(() => resolve(row.n))) })

describe("createRuntime", () => {
  test.each([
    [{ store: memoryStore() }, "executors: got undefined, but it takes a list, e.g. [javascript(), python()]"],
    [{ executors: [], store: {} }, 'store: got {}, but it takes a run store, e.g. lmdb("./runs")'],
    [undefined, "executors: got undefined"]
  ])("refuses %j, naming the option, what it got and what it takes", async (options, message) => {
    const making = createRuntime(options as never)

    await expect(making).rejects.toThrow(InvalidOption)
    await expect(making).rejects.toThrow(message)
  })

  test("refuses an executor that is listed twice", async () => {
    const { definition } = fakeExecutor()

    await expect(createRuntime({ executors: [definition, definition], store: memoryStore() })).rejects.toThrow(
      "executors: 'javascript' is listed twice"
    )
  })
})

describe("a run", () => {
  test("goes from a flow folder and rows to lines, a result and a record in the store", async () => {
    await using runtime = await runtimeOn(fakeExecutor())

    const run = runtime.run({
      flow: aFlowFolder(),
      data: rows(3),
      name: "first",
      tags: { a: "b" },
      displayName: "First"
    })
    const outputs: unknown[] = []
    for await (const line of run) outputs.push(line.output)
    const result = await run.result()

    expect(outputs).toEqual([{ out: 0 }, { out: 1 }, { out: 2 }])
    expect(result).toMatchObject({ status: "Completed", total_lines: 3 })
    expect(await runtime.getRun("first")).toMatchObject({ manifest: { displayName: "First", tags: { a: "b" } } })
    expect(await runtime.listRuns()).toHaveLength(1)
  })

  test("takes its flow and its data as paths, URLs, or named sources", async () => {
    await using runtime = await runtimeOn(fakeExecutor())
    const folder = aFolder({ "rows.jsonl": '{"n": 7}\n{"n": 8}\n' })
    const file = join(folder, "rows.jsonl")
    const flow = aFlowFolder()
    const completed = async (options: Parameters<Runtime["run"]>[0]) =>
      (await runtime.run({ ...options, outputDir: null }).result()).completed_lines

    const counts = [
      await completed({ flow, data: file, name: "a" }),
      await completed({ flow: pathToFileURL(join(flow, "flow.dag.yaml")), data: pathToFileURL(file), name: "b" }),
      await completed({ flow, data: { data: file, extra: rows(2) }, name: "c" })
    ]

    expect(counts).toEqual([2, 2, 2])
  })

  test("has promptflow's name where none is given, and its output in the store's home", async () => {
    const home = aFolder()
    const store: RunStore = { ...memoryStore(jsonRecords), runsDir: home }
    await using runtime = await runtimeOn(fakeExecutor(), { store })
    const flow = aFlowFolder()

    const run = runtime.run({ flow, data: rows(1) })
    await run.result()

    expect(run.name).toMatch(/^throughline_\w+_variant_0_\d{8}_\d{6}_\d{6}$/)
    expect(readFileSync(join(home, run.name, "flow_outputs", "output.jsonl"), "utf8")).toBe(
      '{"line_number":0,"out":0}\n'
    )
  })

  test("rejects its result with mistakes of the flow, the mapping or the name, and records nothing of them", async () => {
    await using runtime = await runtimeOn(fakeExecutor())
    await runtime.run({ flow: aFlowFolder(), data: rows(1), name: "taken" }).result()
    const broken = aFlowFolder("- name: a\n  type: javascript\n  source: {type: code, path: a.mjs}\n")

    const failing = (options: Partial<Parameters<Runtime["run"]>[0]>) =>
      expect(runtime.run({ flow: aFlowFolder(), data: rows(1), ...options }).result()).rejects

    await failing({ flow: broken }).toThrow(InvalidFlow)
    await failing({ columnMapping: { n: "${data.other}" } }).toThrow(MappingMissing)
    await failing({ name: "taken" }).toThrow(RunExists)
    expect(await runtime.listRuns()).toHaveLength(1)
  })

  test("without an executor for its nodes says which are there", async () => {
    const java = defineExecutor({ language: "java", open: () => Promise.reject(new Error("never")) })
    await using runtime = await createRuntime({ executors: [java], store: memoryStore(jsonRecords) })

    const failure = await runtime
      .run({ flow: aFlowFolder(), data: rows(1) })
      .result()
      .catch((error: unknown) => error)

    expect(failure instanceof ExecutorMissing || failure instanceof InvalidFlow).toBe(true)
    expect(String(failure)).toContain("javascript")
  })

  test.each([
    ["workers", 0],
    ["workers", 1.5],
    ["concurrency", "8"],
    ["lineTimeoutMs", -1],
    ["batchTimeoutMs", Number.NaN],
    ["maxOutputBytes", 0],
    ["maxLines", 0],
    ["graceMs", Number.POSITIVE_INFINITY],
    ["data", {}],
    ["data", 5],
    ["name", "a/b"]
  ])("refuses %s: %j at once", async (option, value) => {
    await using runtime = await runtimeOn(fakeExecutor())

    expect(() => runtime.run({ flow: "f", data: [], [option]: value })).toThrow(InvalidOption)
    expect(() => runtime.run({ flow: "f", data: [], [option]: value })).toThrow(`${option}: got`)
  })

  test("is canceled by the signal it was given, aborted before or later, and lets go of the signal", async () => {
    await using runtime = await runtimeOn(fakeExecutor({ runLine: () => CANCELED }))
    const flow = aFlowFolder()
    const controller = new AbortController()
    const listeners = { count: 0 }
    const { signal } = controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.count++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners.count--
      remove(...args)
    }

    const early = await runtime.run({ flow, data: rows(1), name: "early", signal: AbortSignal.abort() }).result()
    await runtime.run({ flow, data: rows(1), name: "whole", signal }).result()

    expect(early.status).toBe("Canceled")
    expect(listeners.count).toBe(0)
  })

  test("is canceled inside the loop that reads its lines, which then ends", async () => {
    await using runtime = await runtimeOn(aTurnALine())
    const run = runtime.run({ flow: aFlowFolder(), data: rows(100_000) })
    let lines = 0

    for await (const _ of run) if (++lines === 1) await run.cancel()

    expect((await run.result()).status).toBe("Canceled")
    expect(lines).toBe((await run.result()).total_lines)
  })

  test("that is read no further does not hold up close", async () => {
    const runtime = await runtimeOn(aTurnALine())
    const run = runtime.run({ flow: aFlowFolder(), data: rows(100_000) })
    const lines = run[Symbol.asyncIterator]()
    await lines.next()

    await runtime.close()

    expect((await run.result()).status).toBe("Canceled")
  })
})

describe("close (M2)", () => {
  test("refuses new work by name", async () => {
    const runtime = await runtimeOn(fakeExecutor())
    await runtime.close()

    expect(() => runtime.run({ flow: aFlowFolder(), data: [] })).toThrow(RuntimeClosed)
    await expect(runtime.test({ flow: aFlowFolder() })).rejects.toThrow("the runtime is closed: test() was refused")
  })

  test("cancels live runs, waits for their end, and then closes the store, once", async () => {
    const order: string[] = []
    const inner = memoryStore(jsonRecords)
    const store: RunStore = {
      ...inner,
      close: async () => {
        order.push("store closed")
        await inner.close()
      }
    }
    const executor = silentExecutor()
    const runtime = await runtimeOn(executor, { store })
    const run = runtime.run({ flow: aFlowFolder(), data: rows(1), graceMs: 1 })
    run.result().then(
      () => order.push("run ended"),
      () => {}
    )
    while (executor.started.length === 0) await new Promise((resolve) => setImmediate(resolve))

    await Promise.all([runtime.close(), runtime.close()])

    expect(order).toEqual(["run ended", "store closed"])
    expect((await run.result()).status).toBe("Canceled")
    expect(executor.closed).toBeGreaterThan(0)
  })

  test("leaves no handle of ours open", async () => {
    const before = process.getActiveResourcesInfo()
    const runtime = await runtimeOn(fakeExecutor())
    await runtime.run({ flow: aFlowFolder(), data: rows(3), outputDir: aFolder() }).result()
    await runtime.test({ flow: aFlowFolder(), inputs: { n: 1 } }).catch(() => {})

    await runtime.close()
    await new Promise((resolve) => setImmediate(resolve))

    // What belongs to the test runner may have ended meanwhile.
    const left = process.getActiveResourcesInfo()
    for (const kind of before) if (left.includes(kind)) left.splice(left.indexOf(kind), 1)
    expect(left).toEqual([])
  })
})

describe("the store's runs", () => {
  test("are changed and deleted through the runtime", async () => {
    await using runtime = await runtimeOn(fakeExecutor())
    await runtime.run({ flow: aFlowFolder(), data: rows(1), name: "one" }).result()

    const changed = await runtime.updateRun("one", { description: "why", isArchived: true })
    await runtime.deleteRun("one")

    expect(changed).toMatchObject({ isArchived: true, manifest: { description: "why" } })
    await expect(runtime.getRun("one")).rejects.toThrow(RunNotFound)
  })
})

describe("testing a flow", () => {
  /** A fake whose line comes home with the record that a test reads. */
  const answering = () => fakeExecutor({ runLine: ({ row }) => row.n })

  test("runs one line, records nothing, and keeps the executor open for the next", async () => {
    const executor = answering()
    await using runtime = await runtimeOn(executor)
    const flow = aFlowFolder()

    const [first, second] = [
      await runtime.test({ flow, inputs: { n: "1" } }),
      await runtime.test({ flow, inputs: { n: 2 } })
    ]

    expect([first.status, second.status]).toEqual(["Completed", "Completed"])
    expect(first.inputs).toEqual({ n: 1 })
    expect(executor.contexts).toHaveLength(1)
    expect(executor.closed).toBe(0)
    expect(await runtime.listRuns()).toEqual([])
  })

  test("opens another executor when the flow's tool has changed, or the limits are others (E1)", async () => {
    const executor = answering()
    await using runtime = await runtimeOn(executor)
    const flow = aFlowFolder()

    await runtime.test({ flow, inputs: { n: 1 } })
    await runtime.test({ flow, inputs: { n: 1 }, lineTimeoutMs: 50 })
    writeFileSync(join(flow, "a.mjs"), "// changed")
    await runtime.test({ flow, inputs: { n: 1 } })

    expect(executor.contexts.map(({ lineTimeoutMs }) => lineTimeoutMs)).toEqual([undefined, 50, undefined])
  })

  test("fails the line, not the caller, when an input is wrong", async () => {
    await using runtime = await runtimeOn(answering())

    const result = await runtime.test({ flow: aFlowFolder(), inputs: { n: "one" } })

    expect(result).toMatchObject({ status: "Failed", inputs: undefined, error: { code: "UserError" } })
  })

  test("fails the line when its thread died, by a crash or by its time", async () => {
    const crashed = fakeExecutor({
      runLine: () => {
        throw new LaneLost("the thread ended")
      }
    })
    const overran = fakeExecutor({
      runLine: () => {
        throw new LaneLost("ended", 0, { cause: new DOMException("too long", "TimeoutError") })
      }
    })
    const testOn = async (executor: FakeExecutor) => {
      await using runtime = await runtimeOn(executor)
      return runtime.test({ flow: aFlowFolder(), inputs: { n: 1 }, lineTimeoutMs: 1_500 })
    }

    expect(await testOn(crashed)).toMatchObject({
      status: "Failed",
      error: { innerError: { code: "ProcessCrashError" } }
    })
    expect(await testOn(overran)).toMatchObject({
      status: "Failed",
      error: { message: "Line 0 execution timeout for exceeding 1.5 seconds" }
    })
  })

  test("is ended by the caller's signal with its reason", async () => {
    const executor = silentExecutor()
    await using runtime = await runtimeOn(executor)
    const controller = new AbortController()

    const testing = runtime.test({ flow: aFlowFolder(), inputs: { n: 1 }, signal: controller.signal })
    testing.catch(() => {})
    while (executor.started.length === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error("enough"))

    await expect(testing).rejects.toThrow("enough")
  })

  test("a flow of an executor of whole lines is not supported yet, and says so", async () => {
    const java = defineExecutor({
      language: "java",
      open: async () => ({ runLine: () => Promise.reject(new Error("never")), close: async () => {} })
    })
    await using runtime = await createRuntime({ executors: [java], store: memoryStore(jsonRecords) })
    const flow = aFlowFolder("language: java\n")

    await expect(runtime.test({ flow, inputs: { n: 1 } })).rejects.toThrow(NotSupportedYet)
    await expect(runtime.test({ flow, inputs: { n: 1 } })).rejects.toThrow("testing a flow of the language 'java'")
  })
})
