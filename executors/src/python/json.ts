// JavaScript values as JSON that Python reads: like JSON.stringify, but non-finite numbers stay what they are.

import { ForeignValue } from "@throughline/core/contracts"

/**
 * The JSON text of a value. What JSON has no word for becomes `null`, as in `JSON.stringify`; `NaN` and the infinities
 * become Python's bare words, and big integers are written out.
 */
export function toPythonJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "number":
      return Number.isFinite(value) ? String(value) : bareWord(value)
    case "boolean":
      return value ? "true" : "false"
    case "bigint":
      return String(value)
    case "object":
      if (value === null) return "null"
      if (value instanceof ForeignValue) return value.text
      return isPlain(value) ? JSON.stringify(value) : written(value)
    default:
      return "null"
  }
}

/** True when `JSON.stringify` loses nothing. */
function isPlain(value: object): boolean {
  for (const each of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof each === "number" ? !Number.isFinite(each) : typeof each === "bigint") return false
    if (typeof each === "object" && each !== null && (each instanceof ForeignValue || !isPlain(each))) return false
  }
  return true
}

function written(value: object): string {
  if (Array.isArray(value)) return `[${value.map(toPythonJson).join(",")}]`
  const plain: unknown = "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return toPythonJson(plain)
  const fields = Object.entries(plain).filter(([, each]) => each !== undefined && typeof each !== "function")
  return `{${fields.map(([key, each]) => `${JSON.stringify(key)}:${toPythonJson(each)}`).join(",")}}`
}

const bareWord = (value: number): string => (Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
