import { ForeignValue } from "@throughline/core/contracts"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { toPythonJson } from "./json.ts"

test("JSON values are written as JSON.stringify writes them", () =>
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(toPythonJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    })
  ))

test.each([
  ["NaN", Number.NaN],
  ['{"a":[-Infinity],"b":1}', { a: [Number.NEGATIVE_INFINITY], b: 1 }],
  ["12345678901234567890", 12345678901234567890n],
  ["[1]", [1n]],
  ["null", undefined],
  ['{"b":NaN}', { a: undefined, b: Number.NaN }],
  ["[null,NaN]", [undefined, Number.NaN]],
  ['{"at":"1970-01-01T00:00:00.000Z","x":NaN}', { at: new Date(0), x: Number.NaN }],
  ['{"a": 1.0}', new ForeignValue('{"a": 1.0}')],
  ["[1.0]", [new ForeignValue("1.0")]]
])("%s is written for what JSON has no word for", (text, value) => {
  expect(toPythonJson(value)).toBe(text)
})
