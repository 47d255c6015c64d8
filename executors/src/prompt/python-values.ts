// Values that a Python node made, as a template is to see them: `1.0` stays a float and large integers stay exact, which
// a plain JSON parse would lose.

import {
  ForeignReference,
  ForeignValue,
  losesNumbers,
  parseExactJson,
  parsePythonJson,
  setOwn
} from "@throughline/core/contracts"
import { followPath, plain } from "@throughline/core/walk"
import { withImageObjects } from "./image-object.ts"
import { float } from "./jinja/index.ts"

/**
 * The inputs with every foreign value, or part of one, in its Python form. Throws where a path leads nowhere.
 *
 * @param withImages what becomes of images in them: by default objects whose text stands for the image
 */
export function pythonInputs(
  inputs: Readonly<Record<string, unknown>>,
  withImages: (value: unknown) => unknown = withImageObjects
): Readonly<Record<string, unknown>> {
  let converted: Record<string, unknown> | undefined
  for (const name of Object.keys(inputs)) {
    const value = inputs[name]
    const made = withImages(inPython(value, name))
    if (made === value) continue
    converted ??= { ...inputs }
    setOwn(converted, name, made)
  }
  return converted ?? inputs
}

function inPython(value: unknown, name: string): unknown {
  if (value instanceof ForeignValue) return parse(value)
  return value instanceof ForeignReference ? followPath(parse(value.source), value.path, name) : value
}

const parse = ({ text }: ForeignValue): unknown =>
  losesNumbers(text) ? inPythonForm(parseExactJson(text)) : parsePythonJson(text)

/** Numbers that stayed foreign, as the template engine's floats and large integers. */
function inPythonForm(value: unknown): unknown {
  if (value instanceof ForeignValue) {
    return /[.eE]/.test(value.text) ? float(Number(value.text)) : BigInt(value.text)
  }
  if (Array.isArray(value)) return value.map(inPythonForm)
  if (value === null || typeof value !== "object") return value
  const converted: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) setOwn(converted, name, inPythonForm(member))
  return converted
}

/** The inputs as plain JavaScript values, for what is sent on and not printed. */
export function plainInputs(inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const converted: Record<string, unknown> = {}
  for (const name of Object.keys(inputs)) {
    const value = inputs[name]
    const plainValue =
      value instanceof ForeignReference ? followPath(plain(value.source), value.path, name) : plain(value)
    setOwn(converted, name, plainValue)
  }
  return converted
}
