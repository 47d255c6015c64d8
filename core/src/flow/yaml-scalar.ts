// What a plain (unquoted) yaml scalar means in promptflow's dialect: YAML 1.2 with `_` between digits, `0b` numbers and
// dates. Quoted scalars are always texts and never come here.

export type ScalarType = "null" | "bool" | "int" | "float" | "text" | "date" | "timestamp"

export interface ScalarMeaning {
  readonly type: ScalarType
  /** An integer that a double cannot hold is a `bigint`; dates and timestamps keep their text. */
  readonly value: null | boolean | number | bigint | string
}

export function resolvePlainScalar(text: string): ScalarMeaning {
  if (NULL.test(text)) return { type: "null", value: null }
  if (BOOL.test(text)) return { type: "bool", value: text.toLowerCase() === "true" }
  if (INT.test(text)) return resolveInt(text)
  if (FLOAT.test(text)) return { type: "float", value: parseFloatText(text) }
  if (DATE.test(text)) return { type: "date", value: text }
  if (TIMESTAMP.test(text)) return { type: "timestamp", value: text }
  return { type: "text", value: text }
}

const NULL = /^(?:~|null|Null|NULL|)$/
const BOOL = /^(?:true|True|TRUE|false|False|FALSE)$/
const INT = /^[-+]?(?:0b[01_]*[01][01_]*|0o[0-7_]*[0-7][0-7_]*|0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*|_*[0-9][0-9_]*)$/
const FLOAT =
  /^(?:[-+]?(?:[0-9][0-9_]*)(?:\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|[-+]?\._*[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$/

function resolveInt(text: string): ScalarMeaning {
  // `_1` is a text, `-_1` a number: an underscore cannot come first.
  if (text.startsWith("_")) return { type: "text", value: text }
  const isNegative = text.startsWith("-")
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "")
  const magnitude = BigInt(digits)
  const value = isNegative ? -magnitude : magnitude
  const isSafe = magnitude <= BigInt(Number.MAX_SAFE_INTEGER)
  return { type: "int", value: isSafe ? Number(value) : value }
}

function parseFloatText(text: string): number {
  const bare = text.toLowerCase().replaceAll("_", "")
  if (bare.endsWith(".nan")) return Number.NaN
  if (bare.endsWith(".inf")) return bare.startsWith("-") ? -Infinity : Infinity
  return Number(bare)
}
