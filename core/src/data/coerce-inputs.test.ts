import { describe, expect, test } from "vitest"
import { errorClass } from "../contracts/error-record.ts"
import type { InputDefinition, InputType } from "../contracts/flow-plan.ts"
import { ForeignValue } from "../contracts/value.ts"
import { compileCoercion } from "./coerce-inputs.ts"
import { LineInputError } from "./line-input-error.ts"
import { pythonJson } from "./python-text.ts"

const anInput = (type: InputType, change: Partial<InputDefinition> = {}): InputDefinition => ({
  name: "x",
  type,
  hasDefault: false,
  default: undefined,
  description: "",
  isChatInput: false,
  isChatHistory: undefined,
  place: { file: "flow.dag.yaml", line: 1, column: 1 },
  ...change
})

const exact = (type: InputType, value: unknown) => compileCoercion([anInput(type)])({ x: value }, 7).x

/** As JavaScript sees it. */
const coerced = (type: InputType, value: unknown) => {
  const result = exact(type, value)
  return result instanceof ForeignValue ? result.value : result
}

function failureOf(type: InputType, value: unknown): LineInputError | undefined {
  try {
    coerced(type, value)
    return undefined
  } catch (error) {
    if (error instanceof LineInputError) return error
    throw error
  }
}

// Recorded from promptflow 1.18.5, as JavaScript sees the results: 1 and 1.0 are one number here.
const ACCEPTED: Readonly<Partial<Record<InputType, readonly (readonly [unknown, unknown])[]>>> = {
  int: [
    [true, 1],
    [false, 0],
    [0, 0],
    [3.7, 3],
    [-3.7, -3],
    [-0.5, 0],
    [" 4 ", 4],
    ["1_000", 1000],
    ["+5", 5],
    ["-5", -5],
    ["\u0663", 3],
    ["\uff11\uff12", 12],
    ["1\u00a0", 1],
    ["\u30001", 1],
    ["0_1", 1],
    ["00012", 12],
    ["-0", 0],
    ["\u0661_\u0662", 12]
  ],
  double: [
    [true, 1],
    [false, 0],
    [3.7, 3.7],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
    [" 4 ", 4],
    ["1_000", 1000],
    ["\u0663", 3],
    ["nan", Number.NaN],
    ["NaN", Number.NaN],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
    ["1e5", 1e5],
    ["1_0.5_0", 10.5],
    ["1e1_0", 1e10],
    ["1.", 1],
    [".5", 0.5],
    ["+.5e-3", 0.0005],
    ["1e400", Infinity],
    ["\u0661.5", 1.5],
    ["-0", -0],
    ["12345678901234567890123", 1.2345678901234568e22]
  ],
  bool: [
    [true, true],
    [false, false],
    ["true", true],
    ["TRUE", true],
    ["tRuE", true],
    ["FALSE", false]
  ],
  string: [
    [null, "None"],
    [true, "True"],
    [1, "1"],
    [1.5, "1.5"],
    [Number.NaN, "nan"],
    ["", ""],
    ["x", "x"],
    [{ a: 1, b: [null, "it's"] }, `{'a': 1, 'b': [None, "it's"]}`],
    [[1, "a"], "[1, 'a']"]
  ],
  list: [
    [[], []],
    [[1], [1]],
    ["[1, 2]", [1, 2]],
    [" [1]\n", [1]],
    ["[NaN]", [Number.NaN]]
  ],
  object: [
    [null, null],
    [true, true],
    [1, 1],
    [{ a: 1 }, { a: 1 }],
    ["123", 123],
    [" 4 ", 4],
    ["null", null],
    ["true", true],
    ['{"a": 1}', { a: 1 }],
    ['"s"', "s"],
    ["NaN", Number.NaN],
    ["-Infinity", -Infinity],
    ["1_000", "1_000"],
    ["True", "True"],
    ["nan", "nan"],
    ["[1,]", "[1,]"],
    ["abc", "abc"],
    ["", ""],
    ["1\u00a0", "1\u00a0"]
  ],
  secret: [
    [1, 1],
    [null, null]
  ],
  prompt_template: [["{{x}}", "{{x}}"]],
  file_path: [[1, 1]]
}

const REFUSED: Readonly<Partial<Record<InputType, readonly unknown[]>>> = {
  int: [
    null,
    Infinity,
    Number.NaN,
    "",
    "_1",
    "1__0",
    "- 5",
    "3.7",
    "0x10",
    "\ufeff1",
    "nan",
    "1e5",
    "1.",
    "true",
    [],
    [1],
    {},
    "1 2"
  ],
  double: [null, "", "_1", "1__0", "- 5", "0x10", "\ufeff1", "infinit", ".", "1e", "0b1", "true", [], {}, "1 2"],
  bool: [null, 0, 1, 1.5, "", "1", " true", "yes", [], {}, "\u017f"],
  list: [null, true, 5, "5", "NaN", "true", "{}", '"s"', "null", {}]
}

describe.each(Object.entries(ACCEPTED))("an input of type %s", (type, table) => {
  test.each(table)("takes %o as %o", (value, result) => {
    expect(coerced(type as InputType, value)).toEqual(result)
  })
})

describe.each(Object.entries(REFUSED))("an input of type %s", (type, values) => {
  test.each(values.map((value) => [value]))("refuses %o", (value) => {
    expect(errorClass(failureOf(type as InputType, value)!.record)).toBe("InputTypeError")
  })
})

describe("an error", () => {
  test("of type names the input, the line, the type and the value", () => {
    const failure = failureOf("int", "12 apples")

    expect(failure?.message).toBe(
      "The flow input 'x' in line 7 of input data should be of type 'int', but the value is \"12 apples\"."
    )
    expect(failure?.record).toMatchObject({
      code: "UserError",
      innerError: {
        code: "ValidationError",
        innerError: { code: "InvalidFlowRequest", innerError: { code: "InputTypeError" } }
      },
      referenceCode: "Executor"
    })
  })

  test.each(["", "[1,]", "abc", "[", "\u0663"])("of a list's text %o is one of parsing", (value) => {
    const failure = failureOf("list", value)

    expect(errorClass(failure!.record)).toBe("InputParseError")
    expect(failure?.message).toContain("is not valid JSON")
  })

  test("shows a long value cut", () => {
    expect(failureOf("bool", "y".repeat(500))?.message.length).toBeLessThan(200)
  })

  test("names the input that is missing, and no line where there is none", () => {
    const coerce = compileCoercion([anInput("int")])

    expect(() => coerce({ y: 1 }, 3)).toThrow(
      "The flow input 'x' is not provided in line 3 of input data and has no default."
    )
    expect(() => coerce({})).toThrow("The flow input 'x' is not provided and has no default.")
  })
})

describe("the result", () => {
  const inputs = [anInput("int", { name: "a", hasDefault: true, default: "5" }), anInput("string", { name: "b" })]

  test("has the declared inputs and no others, the defaults coerced and last (K1)", () => {
    expect(Object.entries(compileCoercion(inputs)({ other: 1, b: "x" }, 0))).toEqual([
      ["b", "x"],
      ["a", 5]
    ])
  })

  test("a default stands in for a missing key only, never for null", () => {
    const withDefault = [anInput("string", { hasDefault: true, default: "d" })]

    expect(compileCoercion(withDefault)({ x: null }, 0)).toEqual({ x: "None" })
    expect(compileCoercion(withDefault)({}, 0)).toEqual({ x: "d" })
  })

  test("passes a value on that has its type, and copies a default (K2)", () => {
    const list = [1]
    const coerce = compileCoercion([anInput("list", { hasDefault: true, default: [] })])

    expect(coerce({ x: list }).x).toBe(list)
    expect(coerce({}).x).not.toBe(coerce({}).x)
  })

  test("an input named __proto__ is an input", () => {
    const coerce = compileCoercion([anInput("int", { name: "__proto__" })])

    expect(Object.entries(coerce(JSON.parse('{"__proto__": "4"}')))).toEqual([["__proto__", 4]])
  })
})

describe("numbers that Python tells apart", () => {
  test.each([
    ["double", 3, "3.0"],
    ["double", "1e5", "100000.0"],
    ["double", -0, "-0.0"],
    ["double", 1e16, "1e+16"],
    ["double", new ForeignValue("2.0"), "2.0"],
    ["int", new ForeignValue("9007199254740993"), "9007199254740993"],
    ["list", "[1.0, 2]", "[1.0, 2]"],
    ["object", '{"a": 12345678901234567890}', '{"a": 12345678901234567890}'],
    ["object", new ForeignValue('{"a": 1.0}'), '{"a": 1.0}']
  ] as const)("a %s of %o goes on as %s", (type, value, text) => {
    expect(pythonJson(exact(type, value))).toBe(text)
  })

  test("a text of a float is Python's", () => {
    expect(exact("string", new ForeignValue("2.0"))).toBe("2.0")
  })
})
