// Flex flows of Python through the whole engine: what an entry is given, and what becomes of what it returns.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { BatchEngine, createRuntime, memory, openRuntime, python, type Runtime } from "throughline"
import { expect, onTestFinished, test } from "vitest"

const MODULE = `
from dataclasses import dataclass
from typing import Optional

@dataclass
class Answer:
    text: str
    parts: object

def echo(q, n: int = 3, other=None):
    if q == "boom":
        raise ValueError("no " + q)
    return {"q": q, "n": repr(n), "other": repr(other)}

def as_list(q: str):
    return [q, 1.0]

def as_stream(q: str):
    yield q
    yield 1

def as_record(q: str):
    return Answer(q, (part for part in "xy"))

def unwritable(q: str):
    return {"fine": 1, "set": {q}}

async def later(q: str):
    if q == "boom":
        raise ValueError("no " + q)
    return {"q": q}

async def later_stream(q: str):
    yield q
    yield "!"

class Scorer:
    def __init__(self, bonus: int, label: str = "none"):
        if bonus == "bad":
            raise RuntimeError("no such bonus")
        self.bonus, self.label = bonus, label

    def __call__(self, q: str, weight: float = 1.0):
        return {"score": len(q) + int(self.bonus), "weight": repr(weight), "label": self.label}

    def __aggregate__(self, lines):
        return {"count": len(lines), "sum": sum(line.score for line in lines), "whole": 1.0}

class Named:
    def __call__(self, q: str):
        return q

    async def __aggregate__(self, results: list):
        return {"joined": "".join(results)}

class Counting:
    calls = 0

    def __init__(self):
        self.calls = 0

    def __call__(self, q: str):
        self.calls += 1
        return {"calls": self.calls}

class Broken(Named):
    def __aggregate__(self, results):
        raise KeyError("lost")
`

/** A flow folder with the module above, and a runtime; both gone when the test is over. */
async function aFlow(yaml: string, files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "flex-"))
  for (const [name, text] of Object.entries({ "m.py": MODULE, "flow.flex.yaml": yaml, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const runtime = await openRuntime({ home: join(folder, "home") })
  onTestFinished(async () => {
    await runtime.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, runtime }
}

/** One lane, and no file: what the tests are about is the same with more. */
const batch = (runtime: Runtime, flow: string, data: ReadonlyArray<Record<string, unknown>>, more: object = {}) =>
  runtime.run({ flow, data, workers: 1, outputDir: null, ...more })

async function outputsOf(run: ReturnType<typeof batch>) {
  const outputs: unknown[] = []
  for await (const line of run) outputs.push(line.error?.message ?? line.output)
  return outputs
}

test("a function gets the columns that it has parameters for, converted to their types", async () => {
  const { folder, runtime } = await aFlow("entry: m:echo")
  const columnMapping = { q: "${data.q}", n: "${data.n}", extra: "${data.q}" }

  const outputs = await outputsOf(batch(runtime, folder, [{ q: "a", n: "4" }], { columnMapping }))

  expect(outputs).toEqual([{ q: "a", n: "4", other: "None" }])
})

test.each([
  ["as_list", { output: ["a", 1] }],
  ["as_stream", { output: "a1" }],
  ["as_record", { text: "a", parts: "xy" }],
  ["later", { q: "a" }],
  ["later_stream", { output: "a!" }]
])("what %s returns is the line's output", async (name, output) => {
  const { folder, runtime } = await aFlow(`entry: m:${name}`)

  const { status, output: got, error } = await runtime.test({ flow: folder, inputs: { q: "a" } })

  expect(error).toBeUndefined()
  expect([status, got]).toEqual(["Completed", output])
})

test("an exception fails its line alone, and names the function and its place", async () => {
  const { folder, runtime } = await aFlow("entry: m:echo")

  const result = await batch(runtime, folder, [{ q: "a" }, { q: "boom" }]).result()

  expect([result.completed_lines, result.failed_lines, result.node_status]).toEqual([1, 1, {}])
  expect(result.error_summary.error_list[0]?.error).toMatchObject({
    message: "Execution failure in 'echo': (ValueError) no boom",
    code: "UserError",
    innerError: { code: "ScriptExecutionError" },
    additionalInfo: [{ type: "FlexFlowExecutionErrorDetails", info: { type: "ValueError", message: "no boom" } }],
    place: "m.py:12"
  })
})

test("the exception of an asynchronous entry stays what it is", async () => {
  const { folder, runtime } = await aFlow("entry: m:later")

  const { error } = await runtime.test({ flow: folder, inputs: { q: "boom" } })

  expect(error).toMatchObject({ message: "no boom", code: "SystemError", innerError: { code: "ValueError" } })
})

test("an output that JSON cannot hold fails the line and is named", async () => {
  const { folder, runtime } = await aFlow("entry: m:unwritable")

  const { error } = await runtime.test({ flow: folder, inputs: { q: "a" } })

  expect(error?.message).toMatch(/^The output 'set' for flow is incorrect/)
  expect(error?.innerError?.code).toBe("FlowOutputUnserializable")
})

test("a class is constructed from init, and its __aggregate__ gives the metrics", async () => {
  const { folder, runtime } = await aFlow("entry: m:Scorer")
  const run = batch(runtime, folder, [{ q: "a" }, { q: "bb", line_number: 1 }], { init: { bonus: "10" } })

  const outputs = await outputsOf(run)

  expect(outputs).toEqual([11, 12].map((score) => ({ score, weight: "1.0", label: "none" })))
  expect((await runtime.getRun(run.name)).metrics).toEqual({ count: 2, sum: 23, whole: 1 })
})

test("outputs that are no dict reach __aggregate__ as they were returned", async () => {
  const { folder, runtime } = await aFlow("entry: m:Named")
  const run = batch(runtime, folder, [{ q: "a" }, { q: "b" }])

  await run.result()

  expect((await runtime.getRun(run.name)).metrics).toEqual({ joined: "ab" })
})

test("an exception in __aggregate__ leaves the run without metrics and is told", async () => {
  const { folder, runtime } = await aFlow("entry: m:Broken")
  const run = batch(runtime, folder, [{ q: "a" }])
  const warnings: string[] = []
  const listening = (async () => {
    for await (const event of run.events()) if (event.type === "Warning") warnings.push(event.message)
  })()

  const result = await run.result()
  await listening

  expect([result.status, result.failed_lines]).toEqual(["Completed", 0])
  expect(warnings).toEqual([
    "Execution failure in '__aggregate__': (KeyError) 'lost' (m.py:68); the run has no metrics"
  ])
})

test("connections and model configurations are made into objects for a constructor that is annotated with them", async () => {
  const code = `
from promptflow.connections import CustomConnection
from promptflow.core import AzureOpenAIModelConfiguration

class Asker:
    def __init__(self, config: AzureOpenAIModelConfiguration, other: CustomConnection):
        self.config, self.other = config, other

    def __call__(self, q: str):
        return {"endpoint": self.config.azure_endpoint, "deployment": self.config.azure_deployment, "a": self.other.a}
`
  const { folder } = await aFlow("entry: asker:Asker", { "asker.py": code })
  const runtime = await createRuntime({
    executors: [python()],
    store: memory(),
    connections: {
      azure: { type: "AzureOpenAIConnection", value: { api_key: "k", api_base: "https://somewhere" } },
      mine: { type: "CustomConnection", value: { a: "b" } }
    }
  })
  onTestFinished(() => runtime.close())
  const init = { config: { azure_deployment: "d", connection: "azure" }, other: "mine" }

  const { output, error } = await runtime.test({ flow: folder, inputs: { q: "x" }, init })

  expect(error).toBeUndefined()
  expect(output).toEqual({ endpoint: "https://somewhere", deployment: "d", a: "b" })
})

test("the sample stands for inputs and init that nobody gives", async () => {
  const { folder, runtime } = await aFlow("entry: m:Scorer\nsample: {inputs: {q: abc}, init: {bonus: 1, label: x}}")

  const { output } = await runtime.test({ flow: folder })

  expect(output).toEqual({ score: 4, weight: "1.0", label: "x" })
})

test.each([
  ["a constructor that raises", "entry: m:Scorer", { bonus: "bad" }, "(RuntimeError) no such bonus"],
  ["an argument that is missing", "entry: m:Scorer", {}, "missing 1 required positional argument: 'bonus'"],
  ["an entry that is not there", "entry: m:nobody", {}, "'m' has no 'nobody'"],
  ["a module that is not there", "entry: nowhere:f", {}, "No module named 'nowhere'"],
  ["a file that does not fit the code", "entry: m:as_list\ninputs: {x: {type: string}}", {}, "does not match the entry"]
])("%s is told before any line", async (_, yaml, init, message) => {
  const { folder, runtime } = await aFlow(yaml)

  await expect(batch(runtime, folder, [{ q: "a" }], { init }).result()).rejects.toThrow(message)
})

test("every run has an object of its own", async () => {
  const { folder, runtime } = await aFlow("entry: m:Counting")

  const first = await outputsOf(batch(runtime, folder, [{ q: "a" }, { q: "b" }]))
  const second = await outputsOf(batch(runtime, folder, [{ q: "a" }, { q: "b" }]))

  expect(first).toEqual([{ calls: 1 }, { calls: 2 }])
  expect(second).toEqual(first)
})

test("a run that is taken up again ends as if it had never been stopped, once its init is given again", async () => {
  const { folder, runtime } = await aFlow("entry: m:Scorer")
  const data = ["a", "bb", "ccc", "dddd"].map((q) => ({ q, line_number: "mine" }))
  writeFileSync(join(folder, "data.jsonl"), data.map(({ q }) => `{"q": "${q}"}\n`).join(""))
  const settings = { flow: folder, data: join(folder, "data.jsonl"), init: { bonus: 1 }, workers: 1 }
  await runtime.run({ ...settings, name: "whole", outputDir: join(folder, "whole") }).result()
  const stopped = runtime.run({ ...settings, name: "stopped", outputDir: join(folder, "stopped") })
  for await (const _ of stopped) break
  await stopped.result()

  await expect(runtime.resume("stopped").result()).rejects.toThrow("the same once more, as it is not kept: bonus")
  const result = await runtime.resume("stopped", { init: { bonus: 1 } }).result()

  expect(result.completed_lines).toBe(4)
  const lines = (name: string) => readFileSync(join(folder, name, "output.jsonl"), "utf8")
  expect(lines("stopped")).toBe(lines("whole"))
  expect((await runtime.getRun("stopped")).metrics).toEqual((await runtime.getRun("whole")).metrics)
})

test("arguments for a constructor are refused by a DAG", async () => {
  const { folder, runtime } = await aFlow("entry: m:echo", {
    "dag/flow.dag.yaml": "inputs: {q: {type: string}}\nnodes: []\n"
  })

  const run = batch(runtime, join(folder, "dag"), [{}], { init: { a: 1 } })

  await expect(run.result()).rejects.toThrow("init: got")
})

test("BatchEngine takes a flow file and initKwargs", async () => {
  const { folder } = await aFlow("entry: m:Scorer")
  const engine = new BatchEngine(folder, undefined, { initKwargs: { bonus: 2 }, workerCount: 1 })

  const result = await engine.run({
    inputDirs: { data: [{ q: "abc" }] },
    inputsMapping: { q: "${data.q}" },
    outputDir: join(folder, "out")
  })

  expect([result.status, result.completed_lines]).toEqual(["Completed", 1])
})
