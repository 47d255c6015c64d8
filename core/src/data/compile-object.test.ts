import { expect, test } from "vitest"
import { compileObject } from "./compile-object.ts"

const NAMES = ["a", "__proto__", "two words", "1", "toString", '"];x', ""]

test("the object has the names as its own keys, and the readers' values", () => {
  const build = compileObject<[number, string]>(
    NAMES,
    NAMES.map((name) => (a, b) => `${name}:${a}${b}`)
  )

  const built = build(1, "x")

  expect(Object.keys(built)).toEqual(["1", ...NAMES.filter((name) => name !== "1")])
  for (const name of NAMES) expect(Object.getOwnPropertyDescriptor(built, name)?.value).toBe(`${name}:1x`)
  expect(Object.getPrototypeOf(built)).toBe(Object.prototype)
})

test("what a reader throws comes out, and no later reader is called", () => {
  const called: string[] = []
  const build = compileObject<[string]>(
    ["a", "b", "c"],
    [
      () => called.push("a"),
      (text) => {
        throw new RangeError(text)
      },
      () => called.push("c")
    ]
  )

  expect(() => build("no")).toThrow(new RangeError("no"))
  expect(called).toEqual(["a"])
})

test("where code from texts is forbidden, the object is the same", () => {
  const forbidden = globalThis.Function
  const build = (() => {
    globalThis.Function = function refuse() {
      throw new EvalError("Code generation from strings disallowed for this context")
    } as unknown as FunctionConstructor
    try {
      return compileObject<[number]>(
        NAMES,
        NAMES.map((_, i) => (a) => a + i)
      )
    } finally {
      globalThis.Function = forbidden
    }
  })()

  expect(Object.entries(build(10))).toEqual(
    [["1", 13] as const, ...NAMES.map((name, i) => [name, 10 + i] as const)].filter(
      ([name], i) => name !== "1" || i === 0
    )
  )
})
