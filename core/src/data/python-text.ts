// How Python prints JSON-like values: `str`, `repr` and `json.dumps(value, ensure_ascii=False)`. Loads in a thread.
//
// T1. JavaScript has one kind of number. A whole number prints as a Python int up to 1e21, above that as a float (`1e+21`);
//     `-0` prints as `-0.0`; everything else prints as a Python float. So a float that is whole (`1.0`) prints as `1`,
//     unless it is inside a `ForeignValue`, whose text still knows.
// T2. `JSON.parse(pythonJson(v))` equals `JSON.parse(JSON.stringify(v))`, but for NaN, the infinities, `-0` and bigints.
//     Half a surrogate pair is written as an escape (Python keeps it and then cannot write it as UTF-8).

import { ForeignValue } from "../contracts/value.ts"

/** More levels than Python's own recursion limit allows; a deeper value is taken as one that contains itself. */
const MAX_DEPTH = 1000

/** `str(value)`: a text stays as it is, everything else is its `repr`. `null` and `undefined` are `None`. */
export function pythonStr(value: unknown): string {
  if (typeof value === "string") return value
  if (value instanceof ForeignValue) return value.text.startsWith('"') ? JSON.parse(value.text) : reprOfJson(value.text)
  return repr(value, 0)
}

/**
 * `repr(value)`. Objects print as dicts (members that are `undefined` are left out), values with a `toJSON` as what it
 * returns.
 *
 * @throws {TypeError} for a value nested deeper than 1000 levels, such as one that contains itself
 */
export function pythonRepr(value: unknown): string {
  return repr(value, 0)
}

function repr(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return reprString(value)
    case "number":
      return Number.isFinite(value) ? printNumber(value) : Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
    case "boolean":
      return value ? "True" : "False"
    case "bigint":
      return value.toString()
    case "object":
      if (value !== null) break
      return "None"
    default:
      return value === undefined ? "None" : reprString(String(value))
  }
  if (depth > MAX_DEPTH) throw tooDeep()
  if (value instanceof ForeignValue) return reprOfJson(value.text)
  if (Array.isArray(value)) return `[${value.map((item) => repr(item, depth + 1)).join(", ")}]`
  if (hasToJson(value)) return repr(value.toJSON(""), depth + 1)
  const members: string[] = []
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key]
    if (member !== undefined) members.push(`${reprString(key)}: ${repr(member, depth + 1)}`)
  }
  return `{${members.join(", ")}}`
}

/** JSON text as Python would print what `json.loads` makes of it. Floats stay floats: `[1.0]` gives `[1.0]`. */
function reprOfJson(text: string): string {
  return text.replace(JSON_TOKEN, (token) => {
    const first = token.charCodeAt(0)
    if (first === 34) return reprString(JSON.parse(token))
    if (token.trim() === "") return ""
    switch (token) {
      case ",":
        return ", "
      case ":":
        return ": "
      case "null":
        return "None"
      case "true":
        return "True"
      case "false":
        return "False"
      case "NaN":
        return "nan"
      case "Infinity":
        return "inf"
      case "-Infinity":
        return "-inf"
    }
    if (/^-?\d+$/.test(token)) return token === "-0" ? "0" : token
    const number = Number(token)
    if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf"
    return Number.isInteger(number) && Math.abs(number) < 1e16
      ? `${token.startsWith("-") && number === 0 ? "-0" : number}.0`
      : printFloat(number)
  })
}
const JSON_TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|null|true|false|-?\d[\d.eE+-]*|[,:]|\s+/g

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  if (!NEEDS_ESCAPE.test(text)) return quote + text + quote
  return (
    quote +
    text.replace(ESCAPED, (char) => (char === '"' || (char === "'" && quote === '"') ? char : escapeChar(char))) +
    quote
  )
}
/** What Python does not call printable: controls, formats, surrogates, private and unassigned ones, all spaces but one. */
const NEEDS_ESCAPE = /[\\']|(?! )[\p{C}\p{Z}]/u
const ESCAPED = /[\\']|(?! )[\p{C}\p{Z}]/gu

function escapeChar(char: string): string {
  switch (char) {
    case "\n":
      return "\\n"
    case "\r":
      return "\\r"
    case "\t":
      return "\\t"
    case "\\":
    case "'":
      return `\\${char}`
  }
  const code = char.codePointAt(0) as number
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`
}

/** A finite number (T1). */
function printNumber(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 && Object.is(value, -0) ? "-0.0" : `${value}`
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return BigInt(value).toString()
  return printFloat(value)
}

/** Python turns to exponents below 1e-4 and from 1e16 on, with two digits at least; the digits are the same as ours. */
function printFloat(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e-4 && size < 1e16) return `${value}`
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2")
}

/**
 * `json.dumps(value, ensure_ascii=False)` of a JavaScript value: `", "` and `": "` between things, NaN and the
 * infinities as bare words. Members that JSON leaves out (`undefined`, functions, symbols) are left out, in a list they
 * are `null`. A `ForeignValue` is its own text. On the path of every line's output.
 *
 * @throws {TypeError} for a value nested deeper than 1000 levels, such as one that contains itself
 */
export function pythonJson(value: unknown): string {
  return json(value, 0) ?? "null"
}

/** `undefined` for what JSON leaves out. */
function json(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      return jsonOfString(value)
    case "number":
      return Number.isFinite(value) ? printNumber(value) : `${value}`
    case "boolean":
      return value ? "true" : "false"
    case "bigint":
      return value.toString()
    case "object":
      if (value === null) return "null"
      if (depth > MAX_DEPTH) throw tooDeep()
      if (Array.isArray(value)) return jsonOfList(value, depth)
      if (value instanceof ForeignValue) return value.text
      return hasToJson(value)
        ? json(value.toJSON(""), depth + 1)
        : jsonOfMembers(value as Record<string, unknown>, depth)
    default:
      return undefined
  }
}

function jsonOfList(list: readonly unknown[], depth: number): string {
  let text = "["
  for (let i = 0; i < list.length; i++) text += (i === 0 ? "" : ", ") + (json(list[i], depth + 1) ?? "null")
  return `${text}]`
}

/** The common members (texts, whole numbers) are written here and not by `json`: that is a third of the time. */
function jsonOfMembers(members: Record<string, unknown>, depth: number): string {
  let text = ""
  for (const key in members) {
    if (!Object.hasOwn(members, key)) continue
    const value = members[key]
    let valueText: string | undefined
    if (typeof value === "string") valueText = jsonOfString(value)
    else if (Number.isSafeInteger(value) && value !== 0) valueText = `${value}`
    else valueText = json(value, depth + 1)
    if (valueText !== undefined) text += (text === "" ? firstKeys : furtherKeys).get(key) + valueText
  }
  return text === "" ? "{}" : `${text}}`
}

/** `JSON.stringify` has a price per call that is more than a short text without escapes needs. */
function jsonOfString(text: string): string {
  return text.length < 64 && !JSON_ESCAPED.test(text) ? `"${text}"` : JSON.stringify(text)
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const JSON_ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/

/** Key texts with what stands around them, kept: a run's outputs have the same few keys on every line. */
class KeyTexts {
  readonly #texts = new Map<string, string>()
  readonly #before: string
  constructor(before: string) {
    this.#before = before
  }
  get(key: string): string {
    let text = this.#texts.get(key)
    if (text === undefined) {
      text = `${this.#before}${JSON.stringify(key)}: `
      if (this.#texts.size >= 1024) this.#texts.clear()
      this.#texts.set(key, text)
    }
    return text
  }
}
const firstKeys = new KeyTexts("{")
const furtherKeys = new KeyTexts(", ")

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function"
}

const tooDeep = () => new TypeError("the value contains itself, or is nested deeper than 1000 levels")
