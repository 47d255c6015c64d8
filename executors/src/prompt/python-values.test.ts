import { ForeignReference, ForeignValue } from "@throughline/core/contracts"
import { expect, test } from "vitest"
import { compileTemplate } from "./jinja/index.ts"
import { pythonInputs } from "./python-values.ts"

const rendered = (template: string, inputs: Record<string, unknown>): string =>
  compileTemplate(template).render(pythonInputs(inputs))

test("floats and large integers of a Python node print as Python prints them", () => {
  const value = new ForeignValue('{"score": 1.0, "half": 0.5, "big": 12345678901234567890, "n": 3, "e": 1e3}')

  expect(rendered("{{ v }} {{ v.score }} {{ v.big + 1 }}", { v: value })).toBe(
    "{'score': 1.0, 'half': 0.5, 'big': 12345678901234567890, 'n': 3, 'e': 1000.0} 1.0 12345678901234567891"
  )
})

test("a part of a Python value is found by its path, and keeps its form", () => {
  const list = new ForeignValue('{"scores": [1.0, 2]}', 7)

  expect(rendered("{{ first }}", { first: new ForeignReference(list, ["scores", 0]) })).toBe("1.0")
})

test("NaN and the infinities are Python's", () => {
  expect(rendered("{{ v }}", { v: new ForeignValue("[NaN, Infinity, -Infinity]") })).toBe("[nan, inf, -inf]")
})

test("values of JavaScript stay as they are", () => {
  const inputs = { a: 1, b: [true, null] }

  expect(pythonInputs(inputs)).toBe(inputs)
})
