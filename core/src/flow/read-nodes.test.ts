import { describe, expect, test } from "vitest"
import { loadFlow } from "./load-flow.ts"
import { aFlowFolder, aNode, check, placesOf, planOf } from "./temp-flow.testkit.ts"

describe("the tool of a node", () => {
  test.each([
    ["- {name: a, type: python}", "2:3 UserErrorException"],
    ["- {name: a, type: csharp, source: {path: a.py}}", "2:19 NotImplementedError"],
    ["- {name: a, type: python, tool: old}", "2:3 UserErrorException"],
    ["- {name: a, type: python, source: {type: package}}", "2:35 InvalidSource"],
    ["- {name: a, type: prompt, source: {type: package, tool: t}}", "2:42 NotImplementedError"],
    ["- {name: a, type: python, source: {type: package_with_prompt, tool: t}}", "2:42 NotImplementedError"],
    ["- {name: a, type: python, source: {path: nope.py}}", "2:42 InvalidSource"],
    ["- {name: a, type: python, source: {path: ''}}", "2:42 InvalidSource"],
    ["- {name: a, type: python, source: {path: .}}", "2:42 InvalidSource"],
    ["- {name: a, type: python, source: {path: a.py/x}}", "2:42 InvalidSource"],
    ["- {name: a, type: python, source: {}}", "2:35 InvalidSource"],
    ["- {name: a, type: prompt, source: {type: jinja2, path: c.jinja2}}", "2:42 NotImplementedError"],
    ["- {name: a, source: {path: a.py}}", "2:3 NotImplementedError"],
    ["- {name: a, type: pyhton, source: {path: a.py}}", "2:19 ExecutorMissing"],
    ["- {name: a, type: 5, source: {path: a.py}}", "2:19 FlowDefinitionError"]
  ])("%s", (node, issue) => {
    expect(placesOf(`nodes:\n${node}\n`)).toEqual([issue])
  })

  test("an unknown type names the registered ones and the nearest", () => {
    const [issue] = check("nodes:\n- {name: a, type: pyhton}\n").issues

    expect(issue?.hint).toBe("did you mean 'python'? this runtime has python, prompt")
  })

  test("a missing file names its nearest neighbour", () => {
    const [issue] = check("nodes:\n- {name: a, type: prompt, source: {path: c.jinja}}\n").issues

    expect(issue).toMatchObject({
      message: expect.stringContaining("'c.jinja' does not exist"),
      hint: "did you mean 'c.jinja2'?"
    })
  })

  test("a file outside the flow folder is taken when it exists", () => {
    const folder = aFlowFolder({
      "flow/flow.dag.yaml": "nodes:\n- {name: a, type: python, source: {path: ../shared.py}}\n",
      "shared.py": ""
    })

    expect(loadFlow(`${folder}/flow`, { nodeTypes: ["python"] }).nodes[0]?.path).toBe("../shared.py")
  })

  test("a registered type runs like the built-in ones", () => {
    const flow = "nodes:\n- {name: a, type: java, source: {path: a.py}}\n"

    expect(planOf(flow, { nodeTypes: ["java"] }).nodes[0]?.type).toBe("java")
  })
})

describe("node names", () => {
  test.each([["'..'"], ["a/b"], ["'a\\b'"], ["NUL"], ['"a\\0"'], ["5"], ["~"], ["[your node]"]])(
    "%s is refused",
    (name) => {
      expect(placesOf(`nodes:\n${aNode(name)}`)).toEqual([expect.stringMatching(/^2:\d+ FlowDefinitionError$/)])
    }
  )

  test.each([["__proto__"], ["constructor"], ["toString"], ["名前"]])(
    "%s works, also as an input and in references",
    (name) => {
      const flow = `
inputs: {${name}: {type: string}}
outputs: {${name}: {type: string, reference: "\${${name}.output.${name}}"}}
nodes:
${aNode(name, `inputs: {${name}: "\${inputs.${name}}", other: {${name}: 1}}`)}`

      const plan = planOf(flow)

      expect(plan.inputs[0]?.name).toBe(name)
      expect(plan.nodes[0]?.inputs[0]).toMatchObject({ name, binding: { kind: "input", name } })
      const literal = plan.nodes[0]?.inputs[1]?.binding
      expect(literal?.kind === "literal" && Object.hasOwn(literal.value as object, name)).toBe(true)
      expect(plan.outputs[0]?.binding).toMatchObject({ kind: "node", node: 0, path: [name] })
    }
  )
})

describe("activate", () => {
  test.each([["activate: {when: x}"], ["activate: {is: x}"], ["activate: {}"], ["activate:"], ["activate: x"]])(
    "%s is incomplete",
    (field) => {
      expect(placesOf(`nodes:\n${aNode("a", field)}`)).toEqual([expect.stringMatching(/^5:\d+ FlowDefinitionError$/)])
    }
  )

  test("both null is a warning", () => {
    const { plan, warnings } = check(`nodes:\n${aNode("a", "activate: {when: ~, is: ~}")}`)

    expect(plan?.nodes[0]?.activate).toEqual({ when: { kind: "literal", value: null }, is: null })
    expect(warnings.map((warning) => warning.code)).toContain("FlowDefinitionError")
  })
})

test("reduce is another word for aggregation, and any text counts as true, with a warning", () => {
  expect(planOf(`nodes:\n${aNode("a", "reduce: true")}`).nodes[0]?.aggregation).toBe(true)
  const plan = planOf(`nodes:\n${aNode("a", "aggregation: 'no'")}`)
  expect(plan.nodes[0]?.aggregation).toBe(true)
  expect(plan.warnings).toMatchObject([{ message: expect.stringContaining("the text 'no' counts as true") }])
})

test("an unquoted date is passed to the tool as a text, with a warning", () => {
  const plan = planOf(`nodes:\n${aNode("a", "inputs: {api_version: 2024-02-01}", "aggregation: true")}`)

  expect(plan.nodes[0]?.inputs[0]?.binding).toEqual({ kind: "literal", value: "2024-02-01" })
  expect(plan.warnings).toMatchObject([{ code: "UnquotedDate", place: { line: 5, column: 25 } }])
})

describe("variants", () => {
  const flow = (config: string) => `
nodes:
- name: a
  use_variants: true
node_variants:
  a:
    ${config}
    variants:
      v0: {node: {type: python, source: {path: a.py}, inputs: {x: 0}}}
      v1: {node: {type: python, source: {path: b.py}, aggregation: true}}
`

  test("the default variant replaces the node, name kept", () => {
    const [node] = planOf(flow("default_variant_id: v1")).nodes

    expect(node).toMatchObject({ name: "a", path: "b.py", inputs: [], aggregation: true, place: { line: 10 } })
  })

  test("a chosen variant wins over the default", () => {
    const [node] = planOf(flow("default_variant_id: v1"), { variant: "${a.v0}" }).nodes

    expect(node).toMatchObject({ path: "a.py", inputs: [{ name: "x" }], aggregation: false })
  })

  test.each([
    ["default_variant_id: v9", undefined, /no variant 'v9'/],
    ["description: none", undefined, /no default_variant_id/],
    ["default_variant_id: v0", "${a.v9}", /no variant 'v9'/],
    ["default_variant_id: v0", "${b.v0}", /node 'b', which does not exist/],
    ["default_variant_id: v0", "a.v0", /not of the form/]
  ])("%s with %s is an issue", (config, variant, message) => {
    const { issues } = check(flow(config), variant === undefined ? {} : { variant })

    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatchObject({ code: "InvalidFlowError", message: expect.stringMatching(message) })
  })

  test("a node that has none runs as it stands, with a warning, or is an issue when it is only a stub", () => {
    const kept = check(`nodes:\n${aNode("a", "use_variants: true")}`)
    expect(kept.plan?.nodes[0]?.path).toBe("a.py")
    expect(kept.warnings).toMatchObject([{ code: "InvalidFlowError" }, { code: "UnreachableNode" }])

    expect(placesOf("nodes:\n- {name: a, use_variants: true}")).toEqual(["2:3 InvalidFlowError"])
  })
})
