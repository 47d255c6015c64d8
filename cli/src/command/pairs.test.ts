import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { nestDottedKeys, parsePairs } from "./pairs.ts"

describe("parsePairs", () => {
  test.each([
    ["a=1", { a: "1" }],
    ["a=", { a: "" }],
    ["a=b=c", { a: "b=c" }],
    ["'a=b c'", { a: "b c" }],
    ['a="b c"', { a: "b c" }],
    ["\"a='b'\"", { a: "b" }],
    ["a='", { a: "'" }],
    ["url=http://x/?q=1", { url: "http://x/?q=1" }],
    ['n:={"a": [1, null]}', { n: { a: [1, null] } }]
  ])("%s", (word, pairs) => {
    expect(parsePairs([word], "--inputs")).toEqual(pairs)
  })

  test("a later key wins", () => {
    expect(parsePairs(["a=1", "b=2", "a=3"], "--inputs")).toEqual({ a: "3", b: "2" })
  })

  test("a word without = is a mistake of usage that names the option", () => {
    expect(() => parsePairs(["a=1", "word"], "--inputs")).toThrow("Usage error: --inputs KEY=VALUE [KEY=VALUE ...]")
  })

  test("values without quotes around them stay texts, unchanged", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_]+$/), fc.string(), (key, value) => {
        fc.pre(!/^["'].*["']$/s.test(value))
        expect(parsePairs([`${key}=${value}`], "--inputs")).toEqual({ [key]: value })
      })
    ))
})

describe("nestDottedKeys", () => {
  test("dots make objects, and a later key wins over what stands in its way", () => {
    expect(nestDottedKeys({ "tags.a": "1", "tags.b.c": "2", x: "3", "x.y": "4" })).toEqual({
      tags: { a: "1", b: { c: "2" } },
      x: { y: "4" }
    })
  })
})
