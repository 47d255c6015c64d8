// What a call's inputs look like on the way to Python.
//
// J1. A value of the same process goes as a handle and a path; everything else as JSON, once.
// J2. An input that has no JSON form is its own call's failure.

import { errorRecord, ForeignReference, ForeignValue, type PathStep, ToolFailure } from "@throughline/core/contracts"
import { mayHoldImage, pythonJson } from "@throughline/core/data/thread"
import type { CallInput } from "./preparation.ts"

/**
 * `{plain values},{by reference}` of a call; a name that is not among the inputs is left out.
 *
 * @param isVision true in flows of the message format `openai-vision`, where maps may be texts for Python, too
 * @throws {ToolFailure} naming node and input, for a value that cannot be written (J2)
 */
export function callJson(
  values: Record<string, unknown>,
  inputs: readonly CallInput[],
  node: string,
  isVision = false
): string {
  let plain = ""
  let taken = ""
  for (const { name, key } of inputs) {
    if (!Object.hasOwn(values, name)) continue
    try {
      const value = values[name]
      if (value instanceof ForeignReference) taken = joined(taken, key + reference(value.source, value.path))
      else if (value instanceof ForeignValue && value.handle !== undefined) {
        taken = joined(taken, `${key}[${value.handle},[],null]`)
      } else {
        const json = pythonJson(value)
        if (mayHoldImage(json) || (isVision && json.includes('"type"')))
          taken = joined(taken, `${key}[0,[],${JSON.stringify(json)}]`)
        else plain = joined(plain, key + json)
      }
    } catch (error) {
      throw unwritable(node, name, error)
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

function unwritable(node: string, input: string, error: unknown): ToolFailure {
  const reason = reasonOf(error)
  return new ToolFailure(
    errorRecord({
      message: `input '${input}' of node '${node}' cannot be handed to Python: ${reason}`,
      messageFormat: "input '{input}' of node '{node}' cannot be handed to Python: {reason}",
      messageParameters: { input, node, reason },
      codes: ["UserError", "NodeInputUnserializable"],
      referenceCode: "Executor"
    })
  )
}

/** The text of what a `toJSON` or a getter threw, which may be anything. */
function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return "its JSON form could not be made"
  }
}

/** True when an input is an object of a process that is no more. */
export function isGone(values: Record<string, unknown>, inputs: readonly CallInput[], firstNumber: number): boolean {
  return inputs.some(({ name }) => {
    const value = values[name]
    const source = value instanceof ForeignReference ? value.source : value
    return source instanceof ForeignValue && source.handle !== undefined && source.handle < firstNumber
  })
}
