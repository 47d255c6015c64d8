import { describe, expect, onTestFinished, test } from "vitest"
import { createRuntime } from "../runtime.ts"
import { fakeExecutor } from "../testing/fake-executor.ts"
import { aFlowFolder } from "../testing/fake-flow.ts"
import { BatchEngine } from "./batch-engine.ts"
import { BatchResult } from "./batch-result.ts"
import { memoryStore } from "./memory-store.ts"

const A_SIGNAL = "an AbortSignal"
const A_TEXT = "a text"
const BY_NAME = "an object of values by name"
const NO_OPTION = "nothing: no option has this name"

const aRuntime = async () => {
  const runtime = await createRuntime({ executors: [fakeExecutor().definition], store: memoryStore() })
  onTestFinished(() => runtime.close())
  return runtime
}

describe("an option of another kind is refused by its name", () => {
  test.each([
    [{ flow: undefined }, "flow: got undefined, but it takes a path, or a URL with file:"],
    [{ flow: "" }, 'flow: got "", but it takes a path'],
    [{ flow: new URL("http://there/flow") }, "but it takes a path, or a URL with file:"],
    [{ data: "" }, 'data: got "", but it takes a path'],
    [{ columMapping: {} }, `columMapping: got {}, but it takes ${NO_OPTION}`],
    [{ columnMapping: "${data.n}" }, `columnMapping: got "\${data.n}", but it takes ${BY_NAME}`],
    [{ columnMapping: ["n"] }, `columnMapping: got ["n"], but it takes ${BY_NAME}`],
    [{ signal: 5 }, `signal: got 5, but it takes ${A_SIGNAL}`],
    [{ signal: null }, `signal: got null, but it takes ${A_SIGNAL}`],
    [{ outputDir: 5 }, "outputDir: got 5, but it takes a path, a URL with file:, or null for none"],
    [{ raiseOnLineFailure: "no" }, 'raiseOnLineFailure: got "no", but it takes true or false'],
    [{ init: 5 }, `init: got 5, but it takes ${BY_NAME}`],
    [{ rerunNodes: 5 }, 'rerunNodes: got 5, but it takes "all", or a list of names'],
    [{ failurePolicy: "retry" }, 'failurePolicy: got "retry", but it takes a list'],
    [{ compat: "pandas-data" }, 'compat: got "pandas-data", but it takes a list'],
    [{ displayName: 5 }, `displayName: got 5, but it takes ${A_TEXT}`],
    [{ tags: { a: "x", b: 5 } }, `tags.b: got 5, but it takes ${A_TEXT}`],
    [{ connectionOverrides: { node: { connection: 5 } } }, `connectionOverrides.node.connection: got 5, but`],
    [{ __proto__: null, constructor: 5 }, `constructor: got 5, but it takes ${NO_OPTION}`]
  ])("run: %j", async (wrong, message) => {
    const runtime = await aRuntime()
    const options = { flow: aFlowFolder(), data: [{ n: 1 }], ...(wrong as object) }

    expect(() => runtime.run(options)).toThrow(message)
    await expect(runtime.preview(options)).rejects.toThrow(message)
    expect(await runtime.listRuns()).toEqual([])
  })

  test("an environment variable of another kind is shown without the others, which may be secret", async () => {
    const runtime = await aRuntime()
    const environmentVariables = { KEY: "secret", PORT: 80 as never }

    const running = () => runtime.run({ flow: aFlowFolder(), data: [{ n: 1 }], environmentVariables })

    expect(running).toThrow(/^environmentVariables\.PORT: got 80, but it takes a text$/)
  })

  test("test, prepare, resume and resumeFrom: of each the same", async () => {
    const runtime = await aRuntime()
    const wrong = { flow: aFlowFolder(), inputs: "n=1" } as never

    await expect(runtime.test(wrong)).rejects.toThrow(`inputs: got "n=1", but it takes ${BY_NAME}`)
    await expect(runtime.prepare(wrong)).rejects.toThrow("inputs: got")
    expect(() => runtime.resume("r", { name: "s" } as never)).toThrow(`name: got "s", but it takes ${NO_OPTION}`)
    expect(() => runtime.resumeFrom("r", { tags: 5 } as never)).toThrow(`tags: got 5, but it takes ${BY_NAME}`)
  })

  test("createRuntime: what is no executor is told by its place, and an option that there is not", async () => {
    const store = memoryStore()

    await expect(createRuntime({ executors: ["javascript"], store } as never)).rejects.toThrow(
      "executors[0]: give an executor, as javascript(), python() or defineExecutor(…) make one"
    )
    await expect(createRuntime({ executors: [], store, home: "./runs" } as never)).rejects.toThrow(
      `home: got "./runs", but it takes ${NO_OPTION}`
    )
  })

  test.each([
    [undefined, "inputDirs: got undefined"],
    [{ inputDirs: {}, inputsMapping: {} }, "outputDir: got undefined, but it takes a path"],
    [{ inputDirs: "rows.jsonl", inputsMapping: {}, outputDir: "o" }, 'inputDirs: got "rows.jsonl"'],
    [{ inputDirs: {}, inputsMapping: {}, outputDir: "o", executorProxy: {} }, "executorProxy: got {}, but it takes"],
    [{ inputDirs: {}, inputsMapping: {}, outputDir: "o", run_id: "r" }, `run_id: got "r", but it takes ${NO_OPTION}`]
  ])("BatchEngine.run(%j)", async (options, message) => {
    const engine = new BatchEngine(aFlowFolder(), undefined, { storage: memoryStore(), executors: [] })

    await expect(engine.run(options as never)).rejects.toThrow(message)
  })

  test.each([
    [{}, "startTime: got undefined, but it takes a Date"],
    [
      { startTime: new Date(), endTime: "now", lineResults: [], aggrResult: { metrics: {}, nodes: [] } },
      'endTime: got "now", but it takes a Date'
    ],
    [{ startTime: new Date(), endTime: new Date(), lineResults: [] }, "aggrResult: got undefined, but it takes {"]
  ])("BatchResult.create(%j)", (parts, message) => {
    expect(() => BatchResult.create(parts as never)).toThrow(message)
  })

  test("BatchEngine: a flow that is none, and options that are none", () => {
    expect(() => new BatchEngine(undefined as never)).toThrow("flow: got undefined, but it takes a path")
    expect(() => new BatchEngine("f", undefined, { worker_count: 2 } as never)).toThrow("worker_count: got 2")
    expect(() => new BatchEngine("f", undefined, { storage: {} } as never)).toThrow(
      "storage: got {}, but it takes a run"
    )
  })
})
