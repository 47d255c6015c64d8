// What a call's inputs look like on the way to Python.
//
// J1. A value of the same process goes as a handle and a path; everything else as JSON, once.

import { ForeignReference, ForeignValue, type PathStep } from "@throughline/core/contracts"
import { toPythonJson } from "./json.ts"
import type { CallInput } from "./preparation.ts"

/** `{plain values},{by reference}` of a call; a name that is not among the inputs is left out. */
export function callJson(values: Record<string, unknown>, inputs: readonly CallInput[]): string {
  let plain = ""
  let taken = ""
  for (const { name, key } of inputs) {
    if (!(name in values)) continue
    const value = values[name]
    if (value instanceof ForeignReference) taken = joined(taken, key + reference(value.source, value.path))
    else if (value instanceof ForeignValue && value.handle !== undefined) {
      taken = joined(taken, `${key}[${value.handle},[],null]`)
    } else {
      const json = toPythonJson(value)
      if (json.includes('"data:image/')) taken = joined(taken, `${key}[0,[],${JSON.stringify(json)}]`)
      else plain = joined(plain, key + json)
    }
  }
  return taken === "" ? `{${plain}},0` : `{${plain}},{${taken}}`
}

const joined = (list: string, item: string): string => (list === "" ? item : `${list},${item}`)

function reference(source: ForeignValue, path: readonly PathStep[]): string {
  const steps = JSON.stringify(path)
  return source.handle === undefined
    ? `[0,${steps},${JSON.stringify(source.text)}]`
    : `[${source.handle},${steps},null]`
}

/** True when an input is an object of a process that is no more. */
export function isGone(values: Record<string, unknown>, inputs: readonly CallInput[], firstNumber: number): boolean {
  return inputs.some(({ name }) => {
    const value = values[name]
    const source = value instanceof ForeignReference ? value.source : value
    return source instanceof ForeignValue && source.handle !== undefined && source.handle < firstNumber
  })
}
