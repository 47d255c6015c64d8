import { describe, expect, test } from "vitest"
import { ForeignValue } from "../contracts/value.ts"
import { pythonJson, pythonRepr, pythonStr } from "./python-text.ts"

// Recorded from Python 3.11: value, repr(value).
const REPR: readonly (readonly [unknown, string])[] = [
  [null, "None"],
  [undefined, "None"],
  [true, "True"],
  [false, "False"],
  [0, "0"],
  [-0, "-0.0"],
  [1, "1"],
  [-17, "-17"],
  [0.1, "0.1"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [0.000012345, "1.2345e-05"],
  [1.5e-7, "1.5e-07"],
  [5e-324, "5e-324"],
  [1e16, "10000000000000000"],
  [2 ** 53, "9007199254740992"],
  [2 ** 60, "1152921504606846976"],
  [1e20, "100000000000000000000"],
  [1e21, "1e+21"],
  [1e22, "1e+22"],
  [1.5e300, "1.5e+300"],
  [123456.789, "123456.789"],
  [Number.NaN, "nan"],
  [Number.POSITIVE_INFINITY, "inf"],
  [Number.NEGATIVE_INFINITY, "-inf"],
  [12345678901234567890n, "12345678901234567890"],
  ["", "''"],
  ["plain", "'plain'"],
  ["it's", `"it's"`],
  ['say "hi"', `'say "hi"'`],
  [`it's "both"`, `'it\\'s "both"'`],
  ["back\\slash", "'back\\\\slash'"],
  ["a\nb\tc\rd", "'a\\nb\\tc\\rd'"],
  ["\u0000\u0007\u001b\u007f", "'\\x00\\x07\\x1b\\x7f'"],
  ["\u00a0\u00ad", "'\\xa0\\xad'"],
  ["grün 日本 😀", "'grün 日本 😀'"],
  ["\u200b\u2028\ufeff\ue000", "'\\u200b\\u2028\\ufeff\\ue000'"],
  ["\u{e0001}\u{10ffff}", "'\\U000e0001\\U0010ffff'"],
  ["\ud800", "'\\ud800'"],
  [[], "[]"],
  [{}, "{}"],
  [[1, "a", null, [true]], "[1, 'a', None, [True]]"],
  [{ a: 1, "b'c": { d: [] } }, `{'a': 1, "b'c": {'d': []}}`]
]

describe("repr", () => {
  test.each(REPR)("of value %# is as recorded", (value, text) => {
    expect(pythonRepr(value)).toBe(text)
  })

  test("a member that is undefined is not there", () => {
    expect(pythonRepr({ a: undefined, b: 1 })).toBe("{'b': 1}")
  })

  test("a value with toJSON prints as what it returns", () => {
    expect(pythonRepr([new Date(0)])).toBe("['1970-01-01T00:00:00.000Z']")
  })

  test("a column named __proto__ is a member like any other", () => {
    expect(pythonRepr(JSON.parse('{"__proto__": 1}'))).toBe("{'__proto__': 1}")
  })

  test("a value that contains itself is refused, not followed for ever", () => {
    const value: unknown[] = []
    value.push(value)

    expect(() => pythonRepr(value)).toThrow("contains itself")
    expect(() => pythonJson(value)).toThrow("contains itself")
  })
})

describe("str", () => {
  test("a text is itself, and quoted only inside of something", () => {
    expect(pythonStr("it's")).toBe("it's")
    expect(pythonStr(["it's"])).toBe(`["it's"]`)
  })

  test("null is None, a whole number has no point", () => {
    expect([null, true, 1, 1.5, Number.NaN].map(pythonStr)).toEqual(["None", "True", "1", "1.5", "nan"])
  })

  test("a value of Python's own keeps its kinds of numbers", () => {
    const text =
      '{"a": 1.0, "b": [1, -0.0, 1e3, 1e16, 1e-05, NaN, -Infinity, 12345678901234567890], "c": "x\\ny", "d": null}'

    expect(pythonStr(new ForeignValue(text))).toBe(
      "{'a': 1.0, 'b': [1, -0.0, 1000.0, 1e+16, 1e-05, nan, -inf, 12345678901234567890], 'c': 'x\\ny', 'd': None}"
    )
    expect(pythonStr(new ForeignValue('"it\'s"'))).toBe("it's")
    expect(pythonRepr([new ForeignValue('"it\'s"')])).toBe(`["it's"]`)
  })

  test("the spaces of JSON text do not matter", () => {
    expect(pythonStr(new ForeignValue('{"a":[1,2 , true],\n"b" : {}}'))).toBe("{'a': [1, 2, True], 'b': {}}")
  })
})

describe("json.dumps", () => {
  test.each<readonly [unknown, string]>([
    [{ a: 1, b: "x", c: [1, { d: null }] }, '{"a": 1, "b": "x", "c": [1, {"d": null}]}'],
    [{}, "{}"],
    [[], "[]"],
    [{ a: undefined, b: () => 1, c: Symbol("s") }, "{}"],
    [[undefined, () => 1], "[null, null]"],
    [undefined, "null"],
    [
      { n: Number.NaN, i: Number.POSITIVE_INFINITY, j: Number.NEGATIVE_INFINITY },
      '{"n": NaN, "i": Infinity, "j": -Infinity}'
    ],
    [[1e-7, 0.00001, 1e21, 2 ** 60, -0, 0], "[1e-07, 1e-05, 1e+21, 1152921504606846976, -0.0, 0]"],
    [12345678901234567890n, "12345678901234567890"],
    ['q"\\\n\u0001\u007f', '"q\\"\\\\\\n\\u0001\u007f"'],
    ["grün 😀", '"grün 😀"'],
    ["x".repeat(100), `"${"x".repeat(100)}"`],
    [{ 'k"': 1, "": 2 }, '{"k\\"": 1, "": 2}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ f: new ForeignValue('{"x": 1.0}'), g: [new ForeignValue("NaN")] }, '{"f": {"x": 1.0}, "g": [NaN]}'],
    [JSON.parse('{"__proto__": {"a": 1}}'), '{"__proto__": {"a": 1}}']
  ])("of %o", (value, text) => {
    expect(pythonJson(value)).toBe(text)
  })

  test("inherited members are not written", () => {
    expect(pythonJson(Object.create({ inherited: 1 }))).toBe("{}")
  })
})
