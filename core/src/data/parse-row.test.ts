import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { errorClass } from "../contracts/error-record.ts"
import { ForeignValue } from "../contracts/value.ts"
import { findJsonMistake } from "./json-mistake.ts"
import { LineInputError } from "./line-input-error.ts"
import { parseExactRow, parseRow } from "./parse-row.ts"
import { pythonJson } from "./python-text.ts"

function failureOf(text: string): LineInputError {
  try {
    parseRow(text)
  } catch (error) {
    if (error instanceof LineInputError) return error
  }
  throw new Error(`no LineInputError for ${text}`)
}

describe("a row", () => {
  test("is what JSON.parse makes of it, __proto__ included", () => {
    const row = parseRow('{"a": 1, "__proto__": {"b": [null]}}')

    expect(Object.keys(row)).toEqual(["a", "__proto__"])
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  })

  test.each<readonly [string, unknown]>([
    ['{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}', { a: Number.NaN, b: [Infinity, -Infinity], c: "NaN" }],
    ['{"a": 1, "b": {"c": 2,},}', { a: 1, b: { c: 2 } }],
    ['{"a": 01, "b": -007.5, "c": 1.}', { a: 1, b: -7.5, c: 1 }],
    ['{"a": "x\ty, }"}', { a: "x\ty, }" }]
  ])("may have what promptflow's reader takes: %s", (text, row) => {
    expect(parseRow(text)).toEqual(row)
  })

  test.each<readonly [string, string]>([
    ['{"a": abc}', 'The row is not valid JSON at column 7: there is "a" where a value should be, in: {"a": abc}'],
    [
      '{"question": "What is it", "answer" "x"}',
      'The row is not valid JSON at column 37: there is "\\"" where ":" should be, in: ...at is it", "answer" "x"}'
    ],
    [
      "{'a': 1}",
      `The row is not valid JSON at column 2: there is "'" where a name in double quotes, or "}" should be, in: {'a': 1}`
    ],
    ['{"a": 1', 'The row is not valid JSON at column 8: the row ends where "," or "}" should be, in: {"a": 1'],
    [
      '{"a": 1} {"b": 2}',
      'The row is not valid JSON at column 10: there is "{" where the end of the row should be, in: {"a": 1} {"b": 2}'
    ],
    [
      '{"a": [1, 2,]}',
      'The row is not valid JSON at column 13: there is "]" where a value should be, in: {"a": [1, 2,]}'
    ],
    ["[1, 2]", "The row is a list, not an object with a value for each column: [1, 2]"],
    ["null", "The row is null, not an object with a value for each column: null"],
    ["3", "The row is a number, not an object with a value for each column: 3"]
  ])("that is none is told so that a person can find it: %s", (text, message) => {
    const failure = failureOf(text)

    expect(failure.message).toBe(message)
    expect(errorClass(failure.record)).toBe("InvalidUserData")
    expect(failure.record.code).toBe("UserError")
  })

  test("of Python's words or with zero bytes gets a hint", () => {
    expect(failureOf('{"a": True}').record.hint).toContain("Python")
    expect(failureOf('{"a": "\u0000"}').record.hint).toContain("zero bytes")
  })

  test("nested deeper than any stack is an error of the line", () => {
    expect(failureOf(`{"a": ${"[".repeat(200_000)}`).message).toContain("the row ends where a value")
  })
})

test("a mistake is found exactly where JSON.parse finds one", () => {
  const broken = fc
    .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom("", ",", "}", '"', "x", "\\", "1"))
    .map(([value, at, put]) => {
      const text = JSON.stringify(value)
      const cut = at % (text.length + 1)
      return text.slice(0, cut) + put + text.slice(cut + 1)
    })
  fc.assert(
    fc.property(broken, (text) => {
      let isJson = true
      try {
        JSON.parse(text)
      } catch {
        isJson = false
      }
      expect(findJsonMistake(text) === undefined).toBe(isJson)
    })
  )
})

describe("numbers that JavaScript would change for Python", () => {
  test.each([
    ['{"a": 1.0, "b": 1}', { a: "1.0", b: "1" }],
    ['{"a": 9007199254740993}', { a: "9007199254740993" }],
    ['{"a": [1.0, {"b": 2}], "c": "1.0"}', { a: '[1.0, {"b": 2}]', c: '"1.0"' }],
    ['{"a": 1e3, "n": NaN}', { a: "1000.0", n: "NaN" }],
    ['{"__proto__": 2.0}', { ["__proto__"]: "2.0" }]
  ])("%s", (text, columns) => {
    const row = parseExactRow(text)

    expect(Object.entries(row).map(([name, value]) => [name, pythonJson(value)])).toEqual(Object.entries(columns))
  })

  test("in the rows of several sources they are one level further down", () => {
    const row = parseExactRow('{"data": {"a": 1.0}, "run.outputs": {"b": 2}}', true)

    expect(pythonJson(row)).toBe('{"data": {"a": 1.0}, "run.outputs": {"b": 2}}')
    expect(row.data).not.toBeInstanceOf(ForeignValue)
  })
})
