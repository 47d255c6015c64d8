import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { MappingMissing } from "../contracts/errors.ts"
import type { InputDefinition } from "../contracts/flow-plan.ts"
import type { Row } from "../contracts/value.ts"
import { checkMapping } from "./check-mapping.ts"
import { LineInputError } from "./line-input-error.ts"
import { compileMapping } from "./map-inputs.ts"

const anInput = (name: string, change: Partial<InputDefinition> = {}): InputDefinition => ({
  name,
  type: "string",
  hasDefault: false,
  default: undefined,
  description: "",
  isChatInput: false,
  isChatHistory: undefined,
  place: { file: "flow.dag.yaml", line: 1, column: 1 },
  ...change
})

describe("mapping", () => {
  test("takes columns and literals, and keeps names that are no inputs", () => {
    const map = compileMapping(
      { q: "${data.question}", k: 3, extra: "plain ${data.question}" },
      [anInput("q")],
      ["data"]
    )

    expect(map({ question: "why" }, 0)).toEqual({ q: "why", k: 3, extra: "plain ${data.question}" })
  })

  test("an input without default and mapping is its column; one with a default is left to the default", () => {
    const map = compileMapping({}, [anInput("a"), anInput("b", { hasDefault: true, default: "d" })], ["data"])

    expect(map({ a: 1, b: 2 }, 0)).toEqual({ a: 1 })
  })

  test("null is a value, not an absence", () => {
    expect(compileMapping({}, [anInput("a")], ["data"])({ a: null }, 0)).toEqual({ a: null })
  })

  test("the rest after the source is one column name", () => {
    expect(compileMapping({ a: "${data.x.y}" }, [], ["data"])({ "x.y": 1, x: { y: 2 } }, 0)).toEqual({ a: 1 })
    expect(compileMapping({ a: "${data.}" }, [], ["data"])({ "": 1 }, 0)).toEqual({ a: 1 })
  })

  test("the shortest source that has the column wins", () => {
    const map = compileMapping({ i: "${a.b.c}" }, [], ["a", "a.b"])

    expect(map({ a: { "b.c": 1 }, "a.b": { c: 2 } }, 0)).toEqual({ i: 1 })
    expect(map({ a: { x: 1 }, "a.b": { c: 2 } }, 0)).toEqual({ i: 2 })
  })

  test("several sources are addressed by name", () => {
    const map = compileMapping({ o: "${run.outputs.answer}", d: "${data.q}" }, [], ["data", "run.outputs"])

    expect(map({ data: { q: 1 }, "run.outputs": { answer: 2 } }, 0)).toEqual({ o: 2, d: 1 })
  })

  test("line_number in the mapping is ignored; an input of that name gets the line's number", () => {
    const mapping = { a: "${data.a}", line_number: "${data.nothing}" }

    expect(compileMapping(mapping, [], ["data"])({ a: 1 }, 7)).toEqual({ a: 1 })
    expect(compileMapping(mapping, [anInput("line_number")], ["data"])({ a: 1 }, 7)).toEqual({ a: 1, line_number: 7 })
  })

  test("only own keys are columns, and __proto__ is a name like any other (M2)", () => {
    const map = compileMapping({ ["__proto__"]: "${data.__proto__}", a: "${data.__proto__}" }, [], ["data"])

    const lineInputs = map(JSON.parse('{"__proto__": 5}'), 0)

    expect(Object.entries(lineInputs)).toEqual([
      ["__proto__", 5],
      ["a", 5]
    ])
    expect(() => map({}, 0)).toThrow(LineInputError)
    expect(() => compileMapping({ a: "${data.toString}" }, [], ["data"])({}, 0)).toThrow(LineInputError)
  })

  test("a literal list is a new one on every line (M3)", () => {
    const map = compileMapping({ a: [] }, [], ["data"])

    expect(map({}, 0).a).not.toBe(map({}, 1).a)
  })

  test("all references that a row lacks are told at once, with what it has", () => {
    const map = compileMapping({ a: "${data.x}", b: "${nope.y}", c: "${data.z}" }, [], ["data"])

    expect(() => map({ z: 1, other: 2 }, 0)).toThrow(
      "The column mapping names what the row does not have: ${data.x}, ${nope.y}. The row has: data.z, data.other."
    )
  })
})

describe("checking a mapping before the run", () => {
  test("passes what the first row can give", () => {
    expect(() => checkMapping({ a: "${data.a}" }, [anInput("a")], ["data"], { a: 1 })).not.toThrow()
  })

  test("names an unknown source, and a column that is not there", () => {
    const check = () => checkMapping({ a: "${date.a}" }, [anInput("b")], ["data"], { a: 1 })

    expect(check).toThrow(MappingMissing)
    expect(check).toThrow("Couldn't find these mapping relations: ${data.b}, ${date.a} (line 0). The data has: data.a.")
  })

  test("default relations say data, whatever the one source is called", () => {
    expect(() => checkMapping({}, [anInput("a")], ["rows"], { a: 1 })).toThrow("${data.a}")
  })
})

test("the result has exactly the mapping's keys, in order (M1)", () => {
  const column = fc.string().filter((text) => !/[{}]/.test(text) && text !== "line_number")
  fc.assert(
    fc.property(fc.dictionary(column, fc.jsonValue(), { noNullPrototype: true }), (row) => {
      const mapping = Object.fromEntries(Object.keys(row).map((name) => [`in_${name}`, `\${data.${name}}`]))

      const lineInputs = compileMapping(mapping, [], ["data"])(row as Row, 0)

      expect(Object.keys(lineInputs)).toEqual(Object.keys(mapping))
      expect(Object.values(lineInputs)).toEqual(Object.values(row))
    })
  )
})
