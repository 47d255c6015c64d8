// Room 5, second half: line inputs → values of the declared types, as promptflow coerces them. Compiled once per plan.
//
// K1. The result has every declared input and no other: those given in the given order, then the defaults. One whose
//     default only its code knows is left out.
// K2. A value that has its type already is passed on as it is, not copied; a list or object default is copied.
// K3. Whole numbers are JavaScript numbers: digits beyond 2^53 are lost, where Python keeps them.
// K4. Images leave in their travelling form (images.ts); without rules for them they pass as they are.

import type { InputDefinition, InputType } from "../contracts/flow-plan.ts"
import {
  asWritten,
  ForeignValue,
  type LineInputs,
  losesNumbers,
  parseExactJson,
  parsePythonJson,
  setOwn,
  wholeFloat
} from "../contracts/value.ts"
import { type ImageRules, loadImage, loadImages } from "./images.ts"
import { lineInputError, shortText } from "./line-input-error.ts"
import { pythonJson, pythonStr } from "./python-text.ts"

export type CoerceInputs = (lineInputs: LineInputs, lineNumber?: number) => LineInputs

/**
 * Compiles the coercion of a flow's inputs, their defaults included.
 *
 * @param images how images among them are found; absent: they are not looked for
 * @returns a function that throws `LineInputError` (`InputNotFound`, `InputTypeError`, `InputParseError`); without a
 *   line number the messages name no line
 */
export function compileCoercion(inputs: readonly InputDefinition[], images?: ImageRules): CoerceInputs {
  const byName = new Map(inputs.map((input) => [input.name, { input, coerce: coercionOf(input.type, images) }]))

  return (lineInputs, lineNumber) => {
    const result: LineInputs = {}
    let count = 0
    for (const name of Object.keys(lineInputs)) {
      const entry = byName.get(name)
      if (entry === undefined) continue
      count += 1
      setOwn(result, name, entry.coerce(lineInputs[name], entry.input, lineNumber))
    }
    if (count === byName.size) return result
    for (const [name, { input, coerce }] of byName) {
      if (Object.hasOwn(lineInputs, name)) continue
      if (!input.hasDefault) throw notFound(input, lineNumber)
      if (input.default === undefined) continue
      setOwn(result, name, coerce(defaultOf(input), input, lineNumber))
    }
    return result
  }
}

/** The given inputs and, for those left out, their defaults; not coerced. */
export function withDefaults(given: LineInputs, inputs: readonly InputDefinition[]): LineInputs {
  const all: LineInputs = {}
  for (const name of Object.keys(given)) setOwn(all, name, given[name])
  for (const { name, hasDefault, default: value } of inputs) {
    if (hasDefault && value !== undefined && !Object.hasOwn(all, name)) setOwn(all, name, copy(value))
  }
  return all
}

const defaultOf = ({ default: value, defaultJson }: InputDefinition): unknown => asWritten(copy(value), defaultJson)

const copy = (value: unknown) => (typeof value === "object" && value !== null ? structuredClone(value) : value)

export type Coerce = (value: unknown, input: InputDefinition, lineNumber: number | undefined) => unknown

/** How one value of a type is coerced. Throws as `CoerceInputs` does. */
export function coercionOf(type: InputType, images?: ImageRules): Coerce {
  const coerce = COERCE[type] ?? keep
  if (images === undefined) return coerce
  if (type === "image") return (value, input) => loadImage(value, input.name, images)
  if (type !== "list" && type !== "object") return coerce
  return (value, input, lineNumber) => loadImages(coerce(value, input, lineNumber), input.name, images)
}

const keep: Coerce = (value) => value

const COERCE: Readonly<Record<InputType, Coerce>> = {
  any: keep,
  int(given, input, lineNumber) {
    if (given instanceof ForeignValue && /^-?\d+$/.test(given.text)) return given
    const value = plainOf(given)
    if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value) + 0
    if (typeof value === "boolean") return value ? 1 : 0
    if (typeof value === "bigint") return value
    if (typeof value === "string") {
      const digits = pythonNumber(value)
      if (INT.test(digits)) return Number(digits.replaceAll("_", "")) + 0
    }
    throw wrongType(value, input, lineNumber)
  },
  double(given, input, lineNumber) {
    const value = plainOf(given)
    if (typeof value === "number") return asFloat(value)
    if (typeof value === "boolean") return asFloat(value ? 1 : 0)
    if (typeof value === "bigint") return asFloat(Number(value))
    if (typeof value === "string") {
      const digits = pythonNumber(value)
      if (FLOAT.test(digits)) return asFloat(Number(digits.replaceAll("_", "")))
      const word = NON_FINITE.exec(digits)
      if (word !== null) return word[2] === undefined ? Number.NaN : word[1] === "-" ? -Infinity : Infinity
    }
    throw wrongType(value, input, lineNumber)
  },
  bool(value, input, lineNumber) {
    if (typeof value === "boolean") return value
    if (typeof value === "string" && /^(true|false)$/i.test(value)) return value.length === 4
    throw wrongType(value, input, lineNumber)
  },
  string(value) {
    return typeof value === "string" ? value : pythonStr(value)
  },
  list(given, input, lineNumber) {
    const value = plainOf(given)
    if (Array.isArray(value)) return given
    if (typeof value !== "string") throw wrongType(value, input, lineNumber)
    const parsed = parseList(value, input, lineNumber)
    if (Array.isArray(parsed)) return keptExact(value, parsed)
    throw wrongType(value, input, lineNumber)
  },
  object(value) {
    if (typeof value !== "string" || !MAY_BE_JSON.test(value)) return value
    try {
      return keptExact(value, parsePythonJson(value))
    } catch {
      return value
    }
  },
  secret: keep,
  prompt_template: keep,
  file_path: keep,
  image: keep,
  assistant_definition: keep
}

const plainOf = (value: unknown): unknown => (value instanceof ForeignValue ? value.value : value)

/** A float that is whole is one that JavaScript would hand to Python as an int. */
const asFloat = (value: number): number | ForeignValue => (Number.isInteger(value) ? wholeFloat(value) : value)

/** What a JSON text says, as the text where JavaScript's numbers would change it. */
const keptExact = (text: string, parsed: unknown): unknown =>
  losesNumbers(text) ? new ForeignValue(pythonJson(parseExactJson(text))) : parsed

const INT = /^[+-]?\d+(?:_\d+)*$/
const FLOAT = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/
const NON_FINITE = /^([+-]?)(?:nan|(inf(?:inity)?))$/i
/** How a JSON text may begin; saves the parser the trip for ordinary texts. */
const MAY_BE_JSON = /^[ \t\r\n]*["[{\d\-tfnNI]/

/** A text as Python's number readers see it: without spaces around, and with the digits of every script as 0 to 9. */
function pythonNumber(text: string): string {
  const trimmed = text.replace(SPACES_AROUND, "")
  return trimmed.replace(/(?![0-9])\p{Nd}/gu, digitValue)
}
const SPACES = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+"
const SPACES_AROUND = new RegExp(`^${SPACES}|${SPACES}$`, "g")

/** Decimal digits stand in Unicode in runs of ten, so the value is the distance from the run's start. */
function digitValue(digit: string): string {
  const code = digit.codePointAt(0) as number
  if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10)
  let start = code
  while (code - start < 9 && /\p{Nd}/u.test(String.fromCodePoint(start - 1))) start -= 1
  return String(code - start)
}

function parseList(text: string, input: InputDefinition, lineNumber: number | undefined): unknown {
  try {
    return parsePythonJson(text)
  } catch (error) {
    throw lineInputError(
      "InputParseError",
      "The flow input '{name}'{line} is of type '{type}', so its text is read as JSON, but it is not valid JSON: {got} ({reason}).",
      {
        ...parameters(input, lineNumber),
        got: shortText(text),
        reason: error instanceof Error ? error.message : String(error)
      }
    )
  }
}

function wrongType(value: unknown, input: InputDefinition, lineNumber: number | undefined): Error {
  return lineInputError(
    "InputTypeError",
    "The flow input '{name}'{line} should be of type '{type}', but the value is {got}.",
    { ...parameters(input, lineNumber), got: shortText(plainOf(value)) },
    "Change the value in the data, or the input's type in the flow."
  )
}

function notFound(input: InputDefinition, lineNumber: number | undefined): Error {
  return lineInputError(
    "InputNotFound",
    "The flow input '{name}' is not provided{line} and has no default.",
    parameters(input, lineNumber),
    "Map a column to it, give it a default, or remove it from the flow."
  )
}

function parameters(input: InputDefinition, lineNumber: number | undefined) {
  return {
    name: input.name,
    type: input.type,
    line: lineNumber === undefined ? "" : ` in line ${lineNumber} of input data`
  }
}
