// The `tojson` filter: `json.dumps(value, sort_keys=True)` with everything but ASCII escaped, and made safe for HTML.

import { typeError } from "./errors.ts"
import { floatRepr, isFloat, isInt, toDouble } from "./numbers.ts"
import { compare } from "./operators.ts"
import { dictEntries, isDict, isStr, isTrue, Tuple, textOf, typeName } from "./values.ts"

/** @param indent spaces (or a text) for each level; `null`: all on one line */
export function toJson(value: unknown, indent: unknown): string {
  const step = indent === null ? undefined : isStr(indent) ? textOf(indent) : " ".repeat(Number(indent))
  return write(value, step, "\n").replace(/[<>&']/g, (char) => escapeUnit(char))
}

const escapeUnit = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`

function write(value: unknown, step: string | undefined, lineEnd: string): string {
  if (value === null || value === undefined) return "null"
  if (typeof value === "boolean") return value ? "true" : "false"
  if (isStr(value)) return quote(textOf(value))
  if (isFloat(value)) return floatRepr(toDouble(value)).replace("inf", "Infinity").replace("nan", "NaN")
  if (isInt(value)) return value.toString()
  const inner = step === undefined ? "" : lineEnd + step
  const between = step === undefined ? ", " : `,${inner}`
  const end = step === undefined ? "" : lineEnd
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items
    if (items.length === 0) return "[]"
    return `[${inner}${items.map((item) => write(item, step, inner)).join(between)}${end}]`
  }
  if (!isDict(value)) throw typeError(`Object of type ${typeName(value)} is not JSON serializable`)
  if (!isTrue(value)) return "{}"
  const entries = [...dictEntries(value)].sort(([a], [b]) => compare(a, b, "<"))
  return `{${inner}${entries.map(([key, item]) => `${keyText(key)}: ${write(item, step, inner)}`).join(between)}${end}}`
}

function keyText(key: unknown): string {
  if (isStr(key)) return quote(textOf(key))
  if (key === null || typeof key === "boolean" || isFloat(key) || isInt(key)) return `"${write(key, undefined, "")}"`
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`)
}

const quote = (text: string): string => JSON.stringify(text).replace(/[\x7f-\uffff]/g, escapeUnit)
