// Tools of installed packages: what is found, how it is called, and what is said when it is not there.

import { type ErrorRecord, errorClass, ToolLoadFailure } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { type FlowSketch, openFlow, TOOL } from "./python-builders.ts"

/** A package beside the flow, which is on the import path: its metadata is found there as well. */
const installed = (tools: string, module: string): Record<string, string> => ({
  "kit-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: kit\nVersion: 1.0\n",
  "kit-1.0.dist-info/entry_points.txt": "[package_tools]\nkit = kit.listing:tools\n",
  "kit/__init__.py": "",
  "kit/listing.py": `def tools():\n    return ${tools}\n`,
  "kit/work.py": module
})

const packaged = (packageTool: string, inputs: Record<string, unknown> = {}) => ({
  a: { code: "", packageTool, inputs }
})

async function failureOf(sketch: FlowSketch): Promise<ErrorRecord> {
  const failure = await openFlow(sketch).then(
    () => undefined,
    (error: unknown) => error
  )
  if (!(failure instanceof ToolLoadFailure)) throw new Error(`not a ToolLoadFailure: ${failure}`)
  return failure.record
}

describe("a package tool", () => {
  test("is called, its literals converted by the types of its definition", async () => {
    const listing = `{"kit.scale": {"name": "Scale", "module": "kit.work", "function": "scale", "inputs": {
        "x": {"type": ["double"]}, "factor": {"type": ["int"]}, "notes": {"type": ["list"]}, "empty": {"type": ["string"]}}}}`
    const flow = await openFlow({
      nodes: packaged("kit.scale", { x: "${inputs.x}", factor: "3", notes: "[1]", empty: "" }),
      files: installed(
        listing,
        "def scale(x, factor, notes, empty='default'):\n    return [x * factor, notes, empty]\n"
      )
    })

    expect((await flow.call("a", { x: 2.5 })).value).toEqual([7.5, [1], "default"])
  })

  test("may be a method of a class that is made from the node's literals, once", async () => {
    const listing = `{"kit.count": {"name": "Count", "module": "kit.work", "class_name": "Counter", "function": "add",
        "inputs": {"start": {"type": ["int"]}, "by": {"type": ["int"]}}}}`
    const work = `${TOOL}from promptflow.core import ToolProvider
class Counter(ToolProvider):
    def __init__(self, start: int):
        super().__init__()
        self.at = start
    @tool
    def add(self, by: int):
        self.at += by
        return self.at
`
    const flow = await openFlow({
      nodes: packaged("kit.count", { start: "40", by: "${inputs.by}" }),
      files: installed(listing, work)
    })

    expect((await flow.call("a", { by: 1 })).value).toBe(41)
    expect((await flow.call("a", { by: 1 })).value).toBe(42)
  })

  test("is found by an id that it replaced", async () => {
    const listing = `{"kit.new": {"module": "kit.work", "function": "run", "deprecated_tools": ["kit.old"]}}`
    const flow = await openFlow({
      nodes: packaged("kit.old"),
      files: installed(listing, "async def run():\n    return 'new'\n")
    })

    expect((await flow.call("a")).value).toBe("new")
    expect(flow.tools.a?.mayWait).toBe(true)
  })

  test("takes the template of a custom_llm node as its prompt", async () => {
    const listing = `{"kit.ask": {"module": "kit.work", "function": "ask", "inputs": {"model": {"type": ["string"]}}}}`
    const work = `from promptflow.contracts.types import PromptTemplate
def ask(model: str, prompt: PromptTemplate, **kwargs):
    return [type(prompt).__name__, prompt, model, kwargs]
`
    const flow = await openFlow({
      nodes: {
        a: { code: "Say {{ x }}", path: "say.jinja2", packageTool: "kit.ask", inputs: { model: "m", x: "${inputs.x}" } }
      },
      files: installed(listing, work)
    })

    expect((await flow.call("a", { x: "hi" })).value).toEqual(["PromptTemplate", "Say {{ x }}", "m", { x: "hi" }])
  })

  test("that is not installed is told with the package to install and the tools there are", async () => {
    const listing = `{"kit.scale": {"module": "kit.work", "function": "scale"}}`
    const record = await failureOf({
      nodes: packaged("promptflow_vectordb.tool.common_index_lookup.search"),
      files: installed(listing, "")
    })

    expect(errorClass(record)).toBe("PackageToolNotFoundError")
    expect(record.message).toContain("kit.scale")
    expect(record.hint).toContain("node 'a' takes its tool from a package: pip install promptflow-vectordb")
  })

  test("whose module cannot be imported says what it lacks", async () => {
    const listing = `{"kit.scale": {"module": "kit.work", "function": "scale"}}`
    const record = await failureOf({
      nodes: packaged("kit.scale"),
      files: installed(listing, "import absent_module_of_kit\n")
    })

    expect(errorClass(record)).toBe("PackageToolNotFoundError")
    expect(record.hint).toContain("pip install absent-module-of-kit")
  })

  test("whose id two packages claim is refused", async () => {
    const listing = `{"kit.a": {"module": "kit.work", "function": "run", "deprecated_tools": ["kit.old"]},
        "kit.b": {"module": "kit.work", "function": "run", "deprecated_tools": ["kit.old"]}}`
    const record = await failureOf({ nodes: packaged("kit.old"), files: installed(listing, "def run(): pass\n") })

    expect(errorClass(record)).toBe("DuplicateToolMappingError")
  })

  test("of a custom_llm node has to take a prompt", async () => {
    const listing = `{"kit.ask": {"module": "kit.work", "function": "ask"}}`
    const record = await failureOf({
      nodes: { a: { code: "Say {{ x }}", path: "say.jinja2", packageTool: "kit.ask" } },
      files: installed(listing, "def ask(**kwargs): pass\n")
    })

    expect(errorClass(record)).toBe("InvalidCustomLLMTool")
  })

  test("that gets the wrong literal names the input and the type", async () => {
    const listing = `{"kit.scale": {"module": "kit.work", "function": "scale", "inputs": {"x": {"type": ["int"]}}}}`
    const record = await failureOf({
      nodes: packaged("kit.scale", { x: "many" }),
      files: installed(listing, "def scale(x): pass\n")
    })

    expect(errorClass(record)).toBe("NodeInputValidationError")
    expect(record.message).toContain("Input 'x' for node 'a' of value 'many' is not type int.")
  })
})

test("a node's module is imported before its tool, and is named when it is missing", async () => {
  const record = await failureOf({ nodes: { a: { code: "not even python", module: "absent_provider.of_tools" } } })

  expect(errorClass(record)).toBe("FailedToImportModule")
  expect(record.message).toContain("Import node 'a' provider module 'absent_provider.of_tools' failed")
  expect(record.hint).toContain("pip install absent-provider")
})
