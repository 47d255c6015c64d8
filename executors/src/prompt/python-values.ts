// Values that a Python node made, as a template is to see them: `1.0` stays a float and large integers stay exact, which
// a plain JSON parse would lose.

import { ForeignReference, ForeignValue, parsePythonJson } from "@throughline/core/contracts"
import { followPath } from "@throughline/core/walk"
import { float } from "./jinja/index.ts"

/** The inputs with every foreign value, or part of one, in its Python form. Throws where a path leads nowhere. */
export function pythonInputs(inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let converted: Record<string, unknown> | undefined
  for (const name of Object.keys(inputs)) {
    const value = inputs[name]
    if (!(value instanceof ForeignValue || value instanceof ForeignReference)) continue
    converted ??= { ...inputs }
    const plain = value instanceof ForeignValue ? parse(value) : followPath(parse(value.source), value.path, name)
    if (name !== "__proto__") converted[name] = plain
    else Object.defineProperty(converted, name, { value: plain, enumerable: true, configurable: true, writable: true })
  }
  return converted ?? inputs
}

/** Text that may hold a float, or an integer beyond what a JavaScript number keeps. */
const WANTS_CARE = /\d[.eE]|\d{16}/

function parse(value: ForeignValue): unknown {
  const { text } = value
  if (!WANTS_CARE.test(text) || /NaN|Infinity/.test(text)) return parsePythonJson(text)
  return JSON.parse(text, exactNumber as Parameters<typeof JSON.parse>[1])
}

function exactNumber(_: string, value: unknown, context: { readonly source: string }): unknown {
  if (typeof value !== "number") return value
  const { source } = context
  if (/[.eE]/.test(source)) return float(value)
  return Number.isSafeInteger(value) ? value : BigInt(source)
}
