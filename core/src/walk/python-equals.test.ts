import fc from "fast-check"
import { expect, test } from "vitest"
import { pythonEquals } from "./python-equals.ts"

test.each([
  [1, true, true],
  [0, false, true],
  [1, 1.0, true],
  [1, "1", false],
  ["true", true, false],
  [null, null, true],
  [null, false, false],
  [null, 0, false],
  ["", null, false],
  ["a", "a", true],
  [[1, [true]], [true, [1]], true],
  [[1, 2], [2, 1], false],
  [[1], [1, 2], false],
  [{ a: 1, b: [0] }, { b: [false], a: true }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: null }, { b: null }, false],
  [{}, [], false],
  [Number.NaN, Number.NaN, false]
])("%j == %j is %j, as in Python", (left, right, isEqual) => {
  expect(pythonEquals(left, right)).toBe(isEqual)
  expect(pythonEquals(right, left)).toBe(isEqual)
})

test("keys are compared as own keys only", () => {
  const proto = JSON.parse('{"__proto__": 1}') as unknown

  expect(pythonEquals(proto, {})).toBe(false)
  expect(pythonEquals(proto, JSON.parse('{"__proto__": true}'))).toBe(true)
  expect(pythonEquals({ toString: 1 }, { valueOf: 1 })).toBe(false)
})

test("any JSON equals its own copy", () =>
  fc.assert(fc.property(fc.jsonValue(), (value) => pythonEquals(value, structuredClone(value)))))
