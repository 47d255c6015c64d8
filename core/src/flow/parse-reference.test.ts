import { describe, expect, test } from "vitest"
import { parsePath, parseReference, referenceText } from "./parse-reference.ts"

describe("references", () => {
  test.each([
    ["${inputs.x}", { kind: "input", name: "x" }],
    ["${flow.x}", { kind: "input", name: "x" }],
    ["${inputs.a.b}", { kind: "input", name: "a.b" }],
    ["${inputs.}", { kind: "input", name: "" }],
    ["${a}", { kind: "node", node: "a", section: "output", property: "" }],
    ["${a.output}", { kind: "node", node: "a", section: "output", property: "" }],
    ["${a.output.x.y}", { kind: "node", node: "a", section: "output", property: "x.y" }],
    ["${a.output[0]}", { kind: "node", node: "a", section: "output[0]", property: "" }],
    ["${ inputs.x}", { kind: "node", node: " inputs", section: "x", property: "" }],
    ["${}", { kind: "node", node: "", section: "output", property: "" }]
  ])("%s", (text, reference) => {
    expect(parseReference(text)).toEqual(reference)
  })

  test.each([["x ${a.output}"], ["${a.output} "], ["${"], ["$}"], ["$"], ["$[a]"], [5], [null], [["${a}"]]])(
    "%j is a literal",
    (value) => {
      expect(parseReference(value)).toEqual({ kind: "literal", value })
    }
  )

  test("the canonical text names the section", () => {
    const texts = ["${a}", "${a.output.x[0]}"].map((text) => {
      const reference = parseReference(text)
      return reference.kind === "node" ? referenceText(reference) : ""
    })

    expect(texts).toEqual(["${a.output}", "${a.output.x[0]}"])
  })
})

describe("paths", () => {
  test.each([
    ["a.b", ["a", "b"]],
    ["a['b c']", ["a", "b c"]],
    ["a[0].b", ["a", 0, "b"]],
    ["[0]", [0]],
    ['["x"]', ["x"]],
    ["d-e", ["d", "e"]],
    ["['d-e']", ["d-e"]],
    ["l.0", ["l", "0"]],
    ["[-1]", ["1"]],
    ["名前.x", ["名前", "x"]],
    ["__proto__", ["__proto__"]],
    ["-", []]
  ])("%s", (property, steps) => {
    expect(parsePath(property)).toEqual(steps)
  })
})
