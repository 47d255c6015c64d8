import { describe, expect, test } from "vitest"
import { aNode, check, placesOf, planOf } from "./temp-flow.testkit.ts"

const codes = (flow: string) => check(flow).issues.map((issue) => issue.code)
const hints = (flow: string) => check(flow).issues.map((issue) => issue.hint)

test("ties keep the file's order (T1)", () => {
  const flow = `nodes:
${aNode("d", "inputs: {x: '${c}'}")}${aNode("b")}${aNode("a")}${aNode("c", "inputs: {x: '${a}'}")}${aNode("e")}`

  expect(planOf(flow).nodes.map((node) => node.name)).toEqual(["b", "a", "c", "d", "e"])
})

test("two nodes of one name are told with both lines", () => {
  const { issues } = check(`nodes:\n${aNode("a")}${aNode("a")}`)

  expect(issues).toMatchObject([
    { code: "DuplicateNodeName", place: { line: 5 }, message: expect.stringContaining("line 2") }
  ])
})

test("unknown flow inputs and nodes are told, with the nearest name", () => {
  const flow = `inputs: {question: {type: string}}
nodes:
${aNode("fetch", "inputs: {x: '${inputs.qestion}'}")}${aNode("b", "inputs: {x: '${fetsh.output}'}", "activate: {when: '${inputs.q}', is: 1}")}`

  expect(placesOf(flow)).toEqual([
    "6:15 InputReferenceNotFound",
    "11:20 InputReferenceNotFound",
    "10:15 NodeReferenceNotFound"
  ])
  expect(hints(flow)).toEqual(["did you mean 'question'?", "the flow's inputs: question", "did you mean 'fetch'?"])
})

test.each([
  ["${ a.output}", "NodeReferenceNotFound", "spaces inside"],
  ["${a.output} and ${a.output}", "UnsupportedReference", "texts are not filled in"],
  ["${input.x}", "NodeReferenceNotFound", "${inputs.x}"],
  ["${inputs.x.y}", "InputReferenceNotFound", "a part of 'x' cannot be taken"],
  ["${a.output[0]}", "UnsupportedReference", "${a.output.[0]}"],
  ["${a.outputs.z}", "UnsupportedReference", "${a.output.z}"],
  ["${a.text}", "UnsupportedReference", "${a.output.text}"]
])("%s in a node input is %s", (reference, code, hint) => {
  const flow = `inputs: {x: {type: string}}\nnodes:\n${aNode("a")}${aNode("b", `inputs: {x: "${reference}"}`)}`

  expect(codes(flow)).toEqual([code])
  expect(hints(flow)[0]).toContain(hint)
})

describe("cycles", () => {
  test("name their nodes, sorted, and those that wait for them", () => {
    const flow = `nodes:
${aNode("z", "inputs: {x: '${y}'}")}${aNode("y", "activate: {when: '${z.output}', is: 1}")}${aNode("b", "inputs: {x: '${z}'}")}${aNode("ok")}`

    const { issues } = check(flow)

    expect(issues).toMatchObject([{ code: "NodeCircularDependency", place: { line: 2 } }])
    expect(issues[0]?.message).toContain("'b', 'y', 'z'")
    expect(issues[0]?.message).not.toContain("ok")
  })

  test("a node that waits for itself is one", () => {
    expect(codes(`nodes:\n${aNode("a", "inputs: {x: '${a}'}")}`)).toEqual(["NodeCircularDependency"])
  })
})

describe("aggregation", () => {
  const sum = aNode("sum", "aggregation: true")

  test("a normal node cannot use an aggregation node, neither as input nor in when", () => {
    expect(codes(`nodes:\n${sum}${aNode("a", "inputs: {x: '${sum}'}")}`)).toEqual(["InvalidNodeReference"])
    expect(codes(`nodes:\n${sum}${aNode("a", "activate: {when: '${sum}', is: 1}")}`)).toEqual(["InvalidNodeReference"])
  })

  test("an aggregation node is activated by flow inputs and aggregation nodes only", () => {
    const activated = (when: string) => aNode("late", "aggregation: true", `activate: {when: '${when}', is: 1}`)

    expect(codes(`nodes:\n${aNode("a")}${activated("${a}")}`)).toEqual(["InvalidNodeReference"])
    expect(codes(`inputs: {x: {type: int}}\nnodes:\n${activated("${inputs.x}")}`)).toEqual([])
    expect(codes(`nodes:\n${sum}${activated("${sum}")}`)).toEqual([])
  })

  test("an output of an aggregation node is dropped with a warning", () => {
    const { plan, warnings } = check(`outputs: {s: {type: int, reference: "\${sum.output}"}}\nnodes:\n${sum}`)

    expect(plan?.outputs).toEqual([])
    expect(warnings).toMatchObject([{ code: "AggregationOutput", place: { line: 1, column: 37 } }])
  })
})

describe("outputs", () => {
  const flow = (output: string) => `inputs: {x: {type: int}}\noutputs:\n  o: ${output}\nnodes:\n${aNode("a")}`

  test.each([
    ["{type: string}", "3:3 EmptyOutputReference"],
    ["{type: string, reference: ''}", "3:32 EmptyOutputReference"],
    ['{type: string, reference: "${b.output}"}', "3:32 OutputReferenceNotFound"],
    ['{type: string, reference: "${inputs.y}"}', "3:32 OutputReferenceNotFound"],
    ['{type: number, reference: "${a}"}', "3:13 FlowDefinitionError"],
    ['{reference: "${a}"}', "3:3 FlowDefinitionError"],
    ['"${a}"', "3:6 FlowDefinitionError"]
  ])("%s", (output, issue) => {
    expect(placesOf(flow(output))).toEqual([issue])
  })

  test.each([
    ["${a.anything}", []],
    ["${a.output[0]}", []],
    ["${a.x.y}", ["y"]]
  ])("the section of %s is not looked at, with a warning", (reference, path) => {
    const plan = planOf(flow(`{type: string, reference: "${reference}"}`))

    expect(plan.outputs[0]?.binding).toMatchObject({ node: 0, path })
    expect(plan.warnings).toMatchObject([{ code: "IgnoredSection", place: { line: 3, column: 32 } }])
  })

  test("nodes that nothing needs are a warning", () => {
    const { warnings } = check(`outputs: {o: {type: int, reference: "\${b}"}}
nodes:
${aNode("a")}${aNode("b", "inputs: {x: '${a}'}")}${aNode("c", "inputs: {x: '${a}'}")}`)

    expect(warnings).toMatchObject([{ code: "UnreachableNode", message: expect.stringContaining("'c'") }])
  })

  test("where a reference is wrong, no node is said to be needed by nothing", () => {
    const { issues, warnings } = check(`outputs: {o: {type: int, reference: "\${b}"}}
nodes:
${aNode("a")}${aNode("b", "inputs: {x: '${aa}'}")}`)

    expect(issues).toHaveLength(1)
    expect(warnings).toEqual([])
  })
})

test("issues come in promptflow's order: definitions, tools, topology, outputs (T2)", () => {
  const flow = `outputs: {o: {type: int, reference: "\${nope}"}}
nodes:
${aNode("a", "inputs: {x: '${a.out}', y: '${gone}', z: '${inputs.z}'}")}${aNode("a")}- {name: b, type: python, source: {path: no.py}}
${aNode("c", "activate: {when: x}")}`

  expect(codes(flow)).toEqual([
    "FlowDefinitionError",
    "InvalidSource",
    "DuplicateNodeName",
    "InputReferenceNotFound",
    "NodeReferenceNotFound",
    "NodeCircularDependency",
    "UnsupportedReference",
    "OutputReferenceNotFound"
  ])
})

test("ten thousand nodes in a chain are ordered in no time", () => {
  const nodes = Array.from(
    { length: 10_000 },
    (_, index) => `- {name: n${index}, type: x, inputs: {x: "\${n${index + 1}}"}}`
  )
  const flow = `language: x\nnodes:\n${nodes.join("\n")}\n- {name: n10000, type: x}\n`

  const plan = planOf(flow, { lineLanguages: ["x"] })

  expect(plan.nodes[0]?.name).toBe("n10000")
  expect(plan.nodes.at(-1)?.name).toBe("n0")
})
