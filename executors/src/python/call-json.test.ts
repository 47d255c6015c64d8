import { ForeignReference, ForeignValue } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { callJson } from "./call-json.ts"
import type { CallInput } from "./preparation.ts"

const inputs = (...names: readonly string[]): CallInput[] =>
  names.map((name) => ({ name, key: `${JSON.stringify(name)}:`, origin: ["inputs", name] }))

describe("a call's inputs", () => {
  test("go as JSON, or as handle and path where their process has them (J1)", () => {
    const kept = new ForeignValue("[1.0]", 7)
    const values = { a: { n: 1 }, b: new ForeignValue("1.0"), c: kept, d: new ForeignReference(kept, [0]) }

    expect(callJson(values, inputs("a", "b", "c", "d"), "node")).toBe(
      '{"a":{"n": 1},"b":1.0},{"c":[7,[],null],"d":[7,[0],null]}'
    )
  })

  test("that are left out are left out, also where every object inherits something of their name", () => {
    expect(callJson({ x: 1 }, inputs("x", "constructor", "toString", "__proto__"), "node")).toBe('{"x":1},0')
  })

  const circle: Record<string, unknown> = {}
  circle.self = { circle }
  const deep = JSON.parse(`${"[".repeat(1_500)}${"]".repeat(1_500)}`) as unknown
  const message = "the value contains itself, or is nested deeper than 1000 levels"
  test.each<readonly [string, unknown, string]>([
    ["contain themselves", circle, message],
    ["are too deep", deep, message],
    [
      "throw when they are written",
      {
        toJSON() {
          throw new Error("no form")
        }
      },
      "no form"
    ],
    [
      "throw what has no text",
      {
        get x() {
          throw Object.create(null)
        }
      },
      "its JSON form could not be made"
    ]
  ])("that %s are a failure that names node and input (J2)", (_, value, reason) => {
    expect(() => callJson({ x: 1, y: value }, inputs("x", "y"), "b")).toThrow(
      expect.objectContaining({
        name: "ToolFailure",
        record: expect.objectContaining({
          message: `input 'y' of node 'b' cannot be handed to Python: ${reason}`,
          code: "UserError"
        })
      })
    )
  })
})
