import { expect, test } from "vitest"
import { ForeignReference, ForeignValue } from "../contracts/index.ts"
import { inputRef, nodeRef } from "../testing/line-builders.ts"
import { compileBinding, followPath, ReferenceFailure } from "./resolve-binding.ts"

const viewOf = (value: unknown, isBypassed = false) => ({
  inputs: { q: value },
  values: [value],
  bypassed: Uint8Array.of(isBypassed ? 1 : 0)
})

test.each([
  ["a key", { a: 1 }, ["a"], 1],
  ["a key with blanks", { "b c": 1 }, ["b c"], 1],
  ["an index", [7, 8], [1], 8],
  ["an index of a text", "xyz", [0], "x"],
  ["a path", { a: [{ b: null }] }, ["a", 0, "b"], null],
  ["a key that is called __proto__", JSON.parse('{"__proto__": 5}'), ["__proto__"], 5]
])("a property path follows %s", (_, value, path, expected) => {
  expect(followPath(value, path, "${a.output}")).toBe(expected)
})

test.each([
  ["a key that is not there", { a: 1 }, ["b"]],
  ["an inherited key", {}, ["toString"]],
  ["a word on a list", [1], ["0"]],
  ["an index beyond the end", [1], [1]],
  ["an index of an object", { 0: 1 }, [0]],
  ["a key of null", null, ["a"]],
  ["a key of a number", 5, ["a"]],
  ["an attribute of a text", "abc", ["length"]]
])("%s fails with InvalidReferenceProperty, naming reference and step", (_, value, path) => {
  const follow = () => followPath(value, path, "${a.output.p}")

  expect(follow).toThrow(ReferenceFailure)
  expect(follow).toThrow(`Invalid property ${JSON.stringify(path[0])} in the reference '\${a.output.p}'`)
})

test("the failure tells the keys there are", () => {
  try {
    followPath({ one: 1, two: 2 }, ["three"], "${a.output.three}")
  } catch (error) {
    expect((error as ReferenceFailure).record.hint).toBe("it has: one, two")
  }
  expect.assertions(1)
})

test("a bypassed node reads as null, with a path too", () => {
  expect(compileBinding(nodeRef(0), true)(viewOf("x", true))).toBeNull()
  expect(compileBinding(nodeRef(0, "a", "b"), true)(viewOf("x", true))).toBeNull()
})

test("a path into a foreign value is left to its process while that holds the object", () => {
  const live = new ForeignValue('{"a": 1}', 3)

  expect(compileBinding(nodeRef(0, "a"), true)(viewOf(live))).toEqual(new ForeignReference(live, ["a"]))
  expect(compileBinding(nodeRef(0, "a"), true)(viewOf(new ForeignValue('{"a": 1}')))).toBe(1)
  expect(compileBinding(nodeRef(0, "a"), false)(viewOf(live))).toBe(1)
})

test("a foreign flow input is plain for who wants plain values", () => {
  const value = new ForeignValue("[1, NaN]")

  expect(compileBinding(inputRef("q"), true)(viewOf(value))).toBe(value)
  expect(compileBinding(inputRef("q"), false)(viewOf(value))).toEqual([1, Number.NaN])
})
