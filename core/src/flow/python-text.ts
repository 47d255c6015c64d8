// Writes yaml values as Python would write them: `str()` for texts of the environment, `json.dumps` for lists and maps.

import type { YamlScalar, YamlValue } from "./yaml-value.ts"

/** Python's `str()` of a scalar: `True`, `None`, `1.5`, `2024-02-01`. */
export function pythonStr(scalar: YamlScalar): string {
  if (scalar.type === "null") return "None"
  if (scalar.type === "bool") return scalar.value === true ? "True" : "False"
  return scalar.type === "float" ? pythonFloat(Number(scalar.value)) : String(scalar.value)
}

/** Python's `json.dumps` with its default options: ASCII only, `, ` and `: ` between the parts, `NaN` as a bare word. */
export function pythonJson(value: YamlValue): string {
  if (value.kind === "list") return `[${value.items.map(pythonJson).join(", ")}]`
  if (value.kind === "map") {
    const entries = [...value.entries.values()]
    return `{${entries.map((entry) => `${jsonText(entry.key)}: ${pythonJson(entry.value)}`).join(", ")}}`
  }
  switch (value.type) {
    case "null":
      return "null"
    case "bool":
    case "int":
      return String(value.value)
    case "float":
      return jsonFloat(Number(value.value))
    default:
      return jsonText(String(value.value))
  }
}

/**
 * The JSON text of a value with floats that are whole (`1.0`, `[1e3]`), which JavaScript has as integers; `undefined` for
 * any other, which says everything as plain data.
 */
export function exactJson(value: YamlValue): string | undefined {
  return hasWholeFloat(value) ? pythonJson(value) : undefined
}

function hasWholeFloat(value: YamlValue): boolean {
  if (value.kind === "list") return value.items.some(hasWholeFloat)
  if (value.kind === "map") return [...value.entries.values()].some((entry) => hasWholeFloat(entry.value))
  return value.type === "float" && Number.isInteger(value.value)
}

const jsonText = (text: string) =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity"
  return pythonFloat(value)
}

/** Python's `repr` of a float: `1.0`, `1e-05`, `1e+16`, `nan`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  const [mantissa = "0", exponentText = "0"] = value.toExponential().split("e")
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? "-" : "+"
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`
  }
  const plain = Object.is(value, -0) ? "-0" : String(value)
  return plain.includes(".") ? plain : `${plain}.0`
}
