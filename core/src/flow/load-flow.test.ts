import path from "node:path"
import { describe, expect, test } from "vitest"
import { InvalidFlow } from "../contracts/errors.ts"
import { checkFlow, loadFlow } from "./load-flow.ts"
import { aFlowFolder, aNode, check, placesOf, planOf } from "./temp-flow.testkit.ts"

const nodeTypes = ["python", "prompt"]

describe("a good flow", () => {
  const flow = `
name: My flow
id: abc
inputs:
  question: {type: string, default: hi, is_chat_input: true, description: asked}
  chat_history: {type: list, is_chat_history: true}
outputs:
  answer: {type: string, reference: "\${b.output.text[0]}", is_chat_output: true}
  echo: {type: string, reference: "\${inputs.question}"}
  fixed: {type: int, reference: 5}
nodes:
${aNode("b", "inputs: {x: '${a}', n: 3, gone: ~, empty: ''}", "activate: {when: '${inputs.question}', is: hi}")}
${aNode("a", "inputs: {q: '${flow.question}', h: '${inputs.chat_history}'}")}
${aNode("sum", "inputs: {all: '${b.output}'}", "aggregation: true")}
`

  test("becomes a plan in the order in which nodes can run", () => {
    const plan = planOf(flow)

    expect(plan).toMatchObject({ kind: "dag", name: "My flow", flowId: "abc", language: "python", warnings: [] })
    expect(plan.nodes.map((node) => [node.name, node.dependencies, node.aggregation])).toEqual([
      ["a", [], false],
      ["b", [0], false],
      ["sum", [1], true]
    ])
    expect(plan.nodes[1]).toMatchObject({
      type: "python",
      path: "a.py",
      sourcePlace: { file: "flow.dag.yaml", line: 14 }
    })
  })

  test("keeps chat marks and defaults of inputs", () => {
    expect(planOf(flow).inputs).toMatchObject([
      { name: "question", type: "string", hasDefault: true, default: "hi", isChatInput: true, description: "asked" },
      { name: "chat_history", type: "list", hasDefault: false, isChatInput: false, isChatHistory: true }
    ])
  })

  test("binds node inputs, leaving out null and empty literals", () => {
    const [, b] = planOf(flow).nodes

    expect(b?.inputs.map(({ name, binding }) => [name, binding])).toEqual([
      ["x", { kind: "node", node: 0, path: [], text: "${a.output}" }],
      ["n", { kind: "literal", value: 3 }]
    ])
    expect(b?.activate).toEqual({ when: { kind: "input", name: "question" }, is: "hi" })
  })

  test("binds outputs to nodes, inputs and literals", () => {
    expect(planOf(flow).outputs.map((output) => output.binding)).toEqual([
      { kind: "node", node: 1, path: ["text", 0], text: "${b.output.text[0]}" },
      { kind: "input", name: "question" },
      { kind: "literal", value: 5 }
    ])
  })

  test("survives the way into a thread", () => {
    const plan = planOf(flow)

    expect(structuredClone(plan)).toEqual(plan)
  })
})

test("empty sections mean nothing, and the folder's name is the flow's", () => {
  const folder = aFlowFolder({ "1 My.Flow-x/flow.dag.yaml": "inputs: ~\noutputs: ~\nnodes: []\n" })

  const plan = loadFlow(path.join(folder, "1 My.Flow-x"), { nodeTypes })

  expect(plan).toMatchObject({ name: "n1_my", flowId: "default_flow_id", inputs: [], outputs: [], nodes: [] })
  expect(plan.workingDir).toBe(path.join(folder, "1 My.Flow-x"))
  expect(plan.flowFile).toBe(path.join(folder, "1 My.Flow-x", "flow.dag.yaml"))
})

test("a working folder of its own is where tools are looked for", () => {
  const folder = aFlowFolder({ "flows/mine.yaml": `nodes:\n${aNode("n")}`, "tools/a.py": "" })
  const workingDir = path.join(folder, "tools")

  const plan = loadFlow(path.join(folder, "flows/mine.yaml"), { nodeTypes, workingDir })

  expect(plan.workingDir).toBe(workingDir)
  expect(plan.nodes[0]?.place.file).toBe("../flows/mine.yaml")
})

test("loadFlow throws everything at once, with places", () => {
  const folder = aFlowFolder({
    flow: `inputs:\n  x: {type: float}\nnodes:\n${aNode("a", "inputs: {y: '${inputs.z}'}")}`
  })

  const load = () => loadFlow(folder, { nodeTypes })

  expect(load).toThrow(InvalidFlow)
  expect(load).toThrow(/^flow\.dag\.yaml:2:13: input 'x' has the type 'float'/)
  expect(load).toThrow(/\nflow\.dag\.yaml:6:30: node 'a': the file 'a\.py' does not exist/)
  expect(load).toThrow(/\nflow\.dag\.yaml:7:\d+: input 'y' of node 'a' refers to the flow input 'z'/)
})

describe("what the runtime has no executor for is named with its place", () => {
  test("a node type of promptflow's", () => {
    const { issues } = check("nodes:\n- name: a\n  type: custom_llm\n  source: {}")

    expect(issues).toMatchObject([{ code: "NotSupportedYet", place: { line: 3, column: 9 } }])
    expect(issues[0]?.message).toContain("'custom_llm'")
  })

  test("a prompty file", () => {
    const folder = aFlowFolder({ "my.prompty": "---\n---\n" })

    const { issues } = checkFlow(path.join(folder, "my.prompty"), { nodeTypes })

    expect(issues).toMatchObject([{ code: "ExecutorMissing", place: { file: "my.prompty" } }])
  })
})

describe("languages", () => {
  test("a line executor's language passes, and its node types and files are not looked at", () => {
    const flow = "language: csharp\nnodes:\n- name: a\n  type: csharp\n  source: {type: package, tool: X}\n"

    const plan = planOf(flow, { lineLanguages: ["csharp"] })

    expect(plan.language).toBe("csharp")
    expect(plan.nodes[0]).toMatchObject({ name: "a", type: "csharp", path: "" })
  })

  test("an unknown one names those that are registered", () => {
    const { issues } = check("language: cobol\nnodes: []", { lineLanguages: ["java"] })

    expect(issues).toMatchObject([{ code: "ExecutorMissing", hint: "this runtime runs flows in python, java" }])
  })
})

describe("environment variables", () => {
  test("become texts as Python writes them", () => {
    const flow = `
nodes: []
environment_variables:
  TEXT: plain
  FLAG: true
  NONE:
  INT: 017
  FLOAT: 1.0
  API_VERSION: 2024-02-01
  LIST: [1, "é"]
  __proto__: x
`
    expect(planOf(flow).environmentVariables).toEqual(
      Object.fromEntries([
        ["TEXT", "plain"],
        ["FLAG", "True"],
        ["NONE", "None"],
        ["INT", "17"],
        ["FLOAT", "1.0"],
        ["API_VERSION", "2024-02-01"],
        ["LIST", '[1, "\\u00e9"]'],
        ["__proto__", "x"]
      ])
    )
  })

  test("impossible names are refused", () => {
    expect(placesOf('nodes: []\nenvironment_variables:\n  "A=B": x\n  OK: "a\\0"')).toEqual([
      "3:3 FlowDefinitionError",
      "4:7 FlowDefinitionError"
    ])
  })

  test("are read from a file that ends in .yml too", () => {
    const folder = aFlowFolder({ "flow.dag.yml": "nodes: []\nenvironment_variables: {A: b}" })

    const plan = loadFlow(folder, { nodeTypes })

    expect(plan.environmentVariables).toEqual({ A: "b" })
    expect(plan.warnings).toEqual([])
  })
})

describe("files that are no flow", () => {
  test.each([
    ["just text", "1:1 FlowDefinitionError"],
    ["- 1", "1:1 FlowDefinitionError"],
    ["", "1:1 FlowDefinitionError"],
    ["nodes: 5", "1:8 FlowDefinitionError"],
    ["nodes: [5]", "1:9 FlowDefinitionError"],
    ["nodes: [[your node]]", "1:9 FlowDefinitionError"]
  ])("%j", (flow, issue) => {
    expect(placesOf(flow)).toEqual([issue])
  })

  test("bytes that are not UTF-8 have a place", () => {
    const folder = aFlowFolder({ flow: Buffer.from([0x61, 0x3a, 0x0a, 0x62, 0x3a, 0x20, 0xff]) })

    expect(checkFlow(folder, { nodeTypes }).issues).toMatchObject([
      { place: { line: 2, column: 4 }, message: "the file is not UTF-8" }
    ])
  })
})

test("unknown fields are warnings that name the nearest known one", () => {
  const { plan, warnings } = check("$schema: x\nid: 1\nnodes: []\noutput: {}\n")

  expect(plan).toBeDefined()
  expect(warnings).toMatchObject([
    { code: "UnknownField", place: { line: 4, column: 1 }, hint: "did you mean 'outputs'?" }
  ])
})
