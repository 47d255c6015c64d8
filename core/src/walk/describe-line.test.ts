import { describe, expect, test } from "vitest"
import { type FlowPlan, ForeignValue } from "../contracts/index.ts"
import { aLineRecord, aPlan } from "../testing/builders.ts"
import { aNode, anOutput, inputRef, literal, nodeRef } from "../testing/line-builders.ts"
import {
  aggregationKeys,
  aggregationView,
  compileAggregationRow,
  compileDescription,
  compileOutputs
} from "./describe-line.ts"

const viewOf = (values: readonly unknown[], inputs = {}, bypassed: readonly number[] = []) => ({
  inputs,
  values,
  bypassed: Uint8Array.from(values, (_, index) => (bypassed.includes(index) ? 1 : 0))
})
const withOutputs = (outputs: FlowPlan["outputs"]) => aPlan({ nodes: [aNode()], outputs })

describe("flow outputs", () => {
  test("are literals, inputs and node outputs, foreign values as they are", () => {
    const value = new ForeignValue("1.0")
    const outputs = compileOutputs(
      withOutputs([anOutput("a", literal(1)), anOutput("b", inputRef("q")), anOutput("c", nodeRef(0))])
    )

    expect(outputs(viewOf([value], { q: 2 }))).toEqual({ output: { a: 1, b: 2, c: value }, error: undefined })
  })

  test("of a bypassed node are null, with a property they fail the line", () => {
    const whole = compileOutputs(withOutputs([anOutput("a", nodeRef(0))]))
    const part = compileOutputs(withOutputs([anOutput("a", nodeRef(0, "x"))]))

    expect(whole(viewOf([undefined], {}, [0])).output).toEqual({ a: null })
    expect(part(viewOf([undefined], {}, [0])).error).toMatchObject({
      innerError: { innerError: { code: "InvalidReferenceProperty" } }
    })
  })

  test("that another language could not write as JSON fail the line with FlowOutputUnserializable", () => {
    const outputs = compileOutputs(withOutputs([anOutput("a", nodeRef(0))]))

    const { error } = outputs(viewOf([new ForeignValue('"<object>"', undefined, false)]))

    expect(error).toMatchObject({ code: "UserError", innerError: { code: "FlowOutputUnserializable" } })
    expect(error?.message).toContain("The output 'a' for flow is incorrect")
    expect(error?.message).toContain('JSON dump failed: its text form is "<object>".')
  })

  test("that could not be written are told with the reason, where there is one", () => {
    const outputs = compileOutputs(withOutputs([anOutput("a", nodeRef(0))]))
    const reason = "(TypeError) Object of type D is not JSON serializable"

    const { error } = outputs(viewOf([new ForeignValue('"<object>"', undefined, false, reason)]))

    expect(error?.message).toContain(`JSON dump failed: ${reason}.`)
  })

  test("may be called __proto__", () => {
    const { output } = compileOutputs(withOutputs([anOutput("__proto__", literal("x"))]))(viewOf([1]))

    expect(Object.entries(output ?? {})).toEqual([["__proto__", "x"]])
  })
})

describe("aggregation", () => {
  const plan = aPlan({
    nodes: [
      aNode({ name: "line" }),
      aNode({
        name: "sum",
        aggregation: true,
        inputs: { xs: nodeRef(0, "score"), names: inputRef("name"), again: nodeRef(0, "score"), k: literal(3) },
        activate: { when: inputRef("flag"), is: [true] }
      }),
      aNode({ name: "report", aggregation: true, inputs: { total: nodeRef(1), raw: nodeRef(0) } })
    ]
  })
  const keys = aggregationKeys(plan)

  test("needs every reference to a line's values once, conditions included, and none to aggregation nodes", () => {
    expect(keys.map(({ key }) => key)).toEqual([
      "${node0.output.score}",
      "${inputs.name}",
      "${inputs.flag}",
      "${node0.output}"
    ])
  })

  test("takes one value a key of each line; a bypassed node gives null, and fails where a property is asked", () => {
    const row = compileAggregationRow(keys)
    const whole = compileAggregationRow(keys.filter(({ key }) => key === "${node0.output}"))

    expect(row(viewOf([{ score: 5 }, 0, 0], { name: "n", flag: true }))).toEqual([5, "n", true, { score: 5 }])
    expect(whole(viewOf([undefined, 0, 0], {}, [0]))).toEqual([null])
    expect(() => row(viewOf([undefined, 0, 0], {}, [0]))).toThrow("the node was bypassed")
  })

  test("sees the lists in place of a line's values, and only aggregation nodes as dependencies", () => {
    const lists = { "${node0.output.score}": "[1, 2.0]", "${inputs.name}": '["a", "b"]' }

    const view = aggregationView(plan, keys, lists)

    const [, sum, report] = view.plan.nodes
    expect(sum!.inputs.map(({ binding }) => binding)).toEqual([
      inputRef("${node0.output.score}"),
      inputRef("${inputs.name}"),
      inputRef("${node0.output.score}"),
      literal(3)
    ])
    expect(sum!.activate?.when).toEqual(inputRef("${inputs.flag}"))
    expect([sum!.dependencies, report!.dependencies]).toEqual([[], [1]])
    expect(view.inputs["${node0.output.score}"]).toEqual(new ForeignValue("[1, 2.0]"))
    expect(view.inputs["${inputs.flag}"]).toEqual(new ForeignValue("[]"))
  })
})

describe("a line read back from the journal", () => {
  const plan = aPlan({
    nodes: [aNode(), aNode({ inputs: { x: nodeRef(0, "a"), q: inputRef("q"), ["__proto__"]: literal(1) } })],
    outputs: [anOutput("answer", nodeRef(1))]
  })
  const describeLine = compileDescription(plan)
  const node = (index: number, value: unknown) =>
    ({ node: index, status: "Completed", startMs: 0, endMs: 0, value }) as const

  test("has the outputs and the inputs of its nodes", () => {
    const record = aLineRecord({ nodes: [node(0, { a: 7 }), { ...node(1, undefined), json: '"seven"' }] })

    const { output, nodeInputs } = describeLine({ q: "?" }, record)

    expect(output).toEqual({ answer: new ForeignValue('"seven"') })
    expect(nodeInputs.map((inputs) => Object.entries(inputs))).toEqual([
      [],
      [
        ["x", 7],
        ["q", "?"],
        ["__proto__", 1]
      ]
    ])
  })

  test("has no output when it failed, and leaves out an input that could not be read", () => {
    const record = aLineRecord({ status: "Failed", nodes: [node(0, {}), node(1, undefined)] })

    const { output, nodeInputs } = describeLine({ q: 1 }, record)

    expect(output).toEqual({})
    expect(Object.keys(nodeInputs[1]!)).toEqual(["q", "__proto__"])
  })

  test("has the output its executor gave, where whole lines were run", () => {
    expect(describeLine({}, aLineRecord({ nodes: [], output: { answer: 1 } })).output).toEqual({ answer: 1 })
  })
})
