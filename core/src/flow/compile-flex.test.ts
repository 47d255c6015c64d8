import { expect, onTestFinished, test } from "vitest"
import { checkFlow, completePlan, constructorArguments, sampleOf } from "./index.ts"
import { aFlowFolder } from "./temp-flow.testkit.ts"

const nodeTypes = ["python", "javascript"]

/** Checks a `flow.flex.yaml`. */
const check = (flow: string) => checkFlow(aFlowFolder({ "flow.flex.yaml": flow }), { nodeTypes })

function planOf(flow: string) {
  const { plan, issues } = check(flow)
  if (plan === undefined) throw new Error(JSON.stringify(issues))
  return plan
}

const input = (name: string, facts: object = {}) => ({
  name,
  type: "string",
  hasDefault: false,
  default: null,
  ...facts
})
const described = (...names: readonly string[]) => ({
  inputs: names.map((name) => input(name)) as never,
  init: [],
  hasAggregation: false
})

test("an entry is the one node of its plan, and takes the flow's inputs by name", () => {
  const plan = planOf("entry: my.flow:run\ninputs:\n  q: {type: string}\n  n: {type: int, default: 3}\n")

  expect(plan).toMatchObject({ kind: "flex", flowId: "default_flow_id", language: "python", outputs: [] })
  expect(plan.nodes).toMatchObject([{ name: "run", type: "python", path: "my.flow:run", aggregation: false }])
  expect(plan.nodes[0]?.inputs.map(({ binding }) => binding)).toEqual([
    { kind: "input", name: "q" },
    { kind: "input", name: "n" }
  ])
})

test("a default that is the empty text leaves the input to the code, unchecked", () => {
  const plan = planOf('entry: m:f\ninputs:\n  q: {type: int, default: ""}\n')

  expect(plan.inputs[0]).toMatchObject({ type: "any", hasDefault: true, default: undefined })
})

test.each([
  ["./flow.ts:answer", "javascript"],
  ["sub/flow.mjs:$answer", "javascript"],
  ["pkg.module:answer", "python"]
])("the entry %s is run as %s", (entry, type) => {
  expect(planOf(`entry: ${entry}`).nodes[0]?.type).toBe(type)
})

test.each(["module", "a:b:c", "./flow.ts", "(asm)Some.Name"])("the entry %s is refused with its place", (entry) => {
  expect(check(`display_name: x\nentry: ${entry}`).issues).toMatchObject([
    { code: "InvalidFlexFlowEntry", place: { file: "flow.flex.yaml", line: 2, column: 8 } }
  ])
})

test("a bare entry needs no file", () => {
  const { plan } = checkFlow("some_module:run", { nodeTypes, workingDir: "/somewhere" })

  expect(plan).toMatchObject({ kind: "flex", workingDir: "/somewhere", inputs: [] })
})

test("what the file leaves out is taken from the code", () => {
  const { plan, issue } = completePlan(planOf("entry: m:K"), {
    inputs: [input("q")] as never,
    init: ["model"],
    hasAggregation: true
  })

  expect(issue).toBeUndefined()
  expect(plan.inputs.map(({ name }) => name)).toEqual(["q"])
  expect(plan.nodes).toMatchObject([{ name: "K" }, { name: "K.__aggregate__", aggregation: true, dependencies: [0] }])
})

test("inputs that the code does not have are named", () => {
  const flow = planOf("entry: m:f\ninputs:\n  q: {type: string}\n  x: {type: string}\n")

  const { issue } = completePlan(flow, described("q", "y"))

  expect(issue?.message).toContain("The file declares: q, x. The entry takes: q, y.")
})

test("references in the sample are resolved where it is used, and stand in the plan as written", () => {
  process.env.FLEX_TEST_KEY = "secret"
  onTestFinished(() => {
    delete process.env.FLEX_TEST_KEY
  })
  const yaml = 'entry: m:K\nsample: {inputs: "${file:in.json}", init: {key: "${env:FLEX_TEST_KEY}"}}\n'
  const folder = aFlowFolder({ "flow.flex.yaml": yaml, "in.json": '{"q": 1}' })
  const plan = checkFlow(folder, { nodeTypes }).plan!

  expect(JSON.stringify(plan)).not.toContain("secret")
  expect(sampleOf(plan, "inputs")).toEqual({ q: 1 })
  expect(constructorArguments(plan, {})).toEqual({ key: "secret" })
})

test("a file of the sample that is missing is told", () => {
  const plan = planOf("entry: m:K\nsample:\n  inputs: ${file:nowhere.json}\n")

  expect(() => sampleOf(plan, "inputs")).toThrow("Cannot find the reference file nowhere.json")
})

test("the sample constructs the class when the caller gives nothing, and defaults fill what is missing", () => {
  const plan = planOf("entry: m:K\nsample: {init: {a: 1}}\ninit:\n  b: {type: int, default: 2}\n  c: {type: int}\n")

  expect(constructorArguments(plan, {})).toEqual({ a: 1, b: 2 })
  expect(constructorArguments(plan, { c: 5 })).toEqual({ b: 2, c: 5 })
})
