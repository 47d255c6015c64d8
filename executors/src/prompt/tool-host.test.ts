import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type FlowPlan,
  type NodeCall,
  type NodePlan,
  type PreparedTool,
  ToolFailure,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { noServices } from "@throughline/core/testing"
import { afterEach, beforeEach, expect, test } from "vitest"
import openToolHost from "./tool-host.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-prompt-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const place = { file: "flow.dag.yaml", line: 7, column: 11 }

const aPromptNode: NodePlan = {
  name: "greet",
  type: "prompt",
  path: "greet.jinja2",
  inputs: [],
  activate: undefined,
  aggregation: false,
  dependencies: [],
  place,
  sourcePlace: place
}

const aCall: NodeCall = {
  position: 0,
  lineNumber: 0,
  node: 0,
  signal: new AbortController().signal,
  logMetric: () => {},
  logs: undefined,
  tokens: undefined
}

async function prepared(template: string | Uint8Array | undefined): Promise<PreparedTool> {
  if (template !== undefined) await writeFile(join(folder, "greet.jinja2"), template)
  const host = await openToolHost({
    plan: { workingDir: folder, nodes: [aPromptNode] } as unknown as FlowPlan,
    initKwargs: {},
    options: undefined,
    nodes: [0],
    linesPerLane: 1,
    ...noServices,
    onWarning: () => {}
  })
  return host.prepare(aPromptNode, 0)
}

async function loadError(template: string | Uint8Array | undefined) {
  const error = await prepared(template).then(
    () => undefined,
    (rejection: unknown) => rejection
  )
  expect(error).toBeInstanceOf(ToolLoadFailure)
  return (error as ToolLoadFailure).record
}

test("a template renders its inputs, keeps its last line end and returns at once", async () => {
  const tool = await prepared("Hello {{ name }},\n{% for x in xs %}\n- {{ x }}\n{% endfor %}\n")

  const text = tool.call({ name: "Zoë", xs: [1, "a", null] }, aCall)

  expect(text).toBe("Hello Zoë,\n- 1\n- a\n- None\n")
})

test("its variables are the parameters, in promptflow's order, and none of them has a default", async () => {
  const tool = await prepared("{% set local = 1 %}{{ b }}{% if c %}{{ a.x }}{% endif %}{{ local }}{{ range(2) }}")

  expect(tool.parameters).toEqual(["c", "a", "b"].map((name) => ({ name, hasDefault: false })))
  expect(tool.literals).toBeUndefined()
})

test("an input that is missing renders empty and one that the template does not know does no harm", async () => {
  const tool = await prepared("[{{ missing }}]")

  expect(tool.call({ extra: 1 }, aCall)).toBe("[]")
})

test("a mistake in the template names node, file and line, before any line runs (H1)", async () => {
  const record = await loadError("fine\n{{ name }\n")

  expect(record.message).toBe(
    "Tool load failed in 'greet': Jinja parsing failed at line 2: (TemplateSyntaxError) unexpected '}' (greet.jinja2:2)"
  )
  expect(record).toMatchObject({
    code: "SystemError",
    innerError: { code: "TemplateSyntaxError" },
    place: "greet.jinja2:2",
    messageParameters: { node_name: "greet" }
  })
})

test("a filter that Jinja2 does not have stops the template from loading (H1)", async () => {
  const record = await loadError("{{ name | shout }}")

  expect(record.message).toContain("(TemplateAssertionError) No filter named 'shout'.")
})

test("the variable `template` is promptflow's own", async () => {
  const record = await loadError("{{ template }}")

  expect(record.message).toContain(
    "(NodeInputValidationError) Invalid inputs {'template'} in prompt template of node greet."
  )
  expect(record).toMatchObject({ code: "UserError", innerError: { code: "ValidationError" } })
})

test("a file that is not there is an invalid source, at its place in the flow", async () => {
  const record = await loadError(undefined)

  expect(record.message).toBe(
    "Tool load failed in 'greet': (InvalidSource) Node source path 'greet.jinja2' is invalid on node 'greet'."
  )
  expect(record.place).toBe("flow.dag.yaml:7:11")
})

test("a file that is not UTF-8 is said to be so", async () => {
  const record = await loadError(new Uint8Array([0x68, 0xe9]))

  expect(record.hint).toBe("save greet.jinja2 as UTF-8")
})

test("a rendering error is a failure of the node, with node, file and line (H2)", async () => {
  const tool = await prepared("a\n\n{{ user.address.street }}\n")

  const run = () => tool.call({ user: {} }, aCall)

  expect(run).toThrow(ToolFailure)
  expect(run).toThrow(
    "Failed to render jinja template: UndefinedError: 'dict object' has no attribute 'address'. " +
      "Please modify your prompt to fix the issue. (node 'greet', greet.jinja2:3)"
  )
  try {
    run()
  } catch (error) {
    expect((error as ToolFailure).record).toMatchObject({
      code: "UserError",
      innerError: { code: "ToolValidationError", innerError: { code: "JinjaTemplateError", innerError: null } },
      place: "greet.jinja2:3"
    })
  }
})
