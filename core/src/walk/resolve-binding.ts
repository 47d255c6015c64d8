// Bindings compiled to closures: where a node input, an `activate.when` or a flow output takes its value from.
// Knows promptflow's property paths (keys, indexes); does not know when a node may run (walk-line.ts).

import {
  asWritten,
  type Binding,
  type ErrorRecord,
  errorRecord,
  ForeignReference,
  ForeignValue,
  type LineInputs,
  type PathStep
} from "../contracts/index.ts"

/** What a binding may read: the inputs, and the values of nodes that are done. */
export interface BindingView {
  readonly inputs: LineInputs
  readonly values: readonly unknown[]
  /** Per node index; 1 when the node was bypassed. */
  readonly bypassed: Uint8Array
}

/** A reference could not be followed. Carries promptflow's record. */
export class ReferenceFailure extends Error {
  readonly record: ErrorRecord
  constructor(record: ErrorRecord) {
    super(record.message)
    this.name = "ReferenceFailure"
    this.record = record
  }
}

/**
 * Compiles one binding.
 *
 * @param keepForeign true when the reader takes foreign values as they are; false gives plain JavaScript values
 * @returns a function that reads the value; it throws `ReferenceFailure` where a path leads nowhere. A bypassed node
 *   reads as `null`.
 */
export function compileBinding(binding: Binding, keepForeign: boolean): (view: BindingView) => unknown {
  switch (binding.kind) {
    case "literal": {
      const value = keepForeign ? asWritten(binding.value, binding.json) : binding.value
      return () => value
    }
    case "input": {
      const { name } = binding
      return keepForeign ? (view) => view.inputs[name] : (view) => plain(view.inputs[name])
    }
    case "node": {
      const { node, path, text } = binding
      if (path.length === 0) {
        return keepForeign
          ? (view) => (view.bypassed[node] === 1 ? null : view.values[node])
          : (view) => (view.bypassed[node] === 1 ? null : plain(view.values[node]))
      }
      return (view) => {
        if (view.bypassed[node] === 1) return null
        const value = view.values[node]
        if (keepForeign && value instanceof ForeignValue && value.handle !== undefined) {
          return new ForeignReference(value, path)
        }
        return followPath(plain(value), path, text)
      }
    }
  }
}

/** A foreign value as JavaScript sees it; any other value is itself. */
export const plain = (value: unknown): unknown => (value instanceof ForeignValue ? value.value : value)

/**
 * Follows a property path through a JavaScript value: a text is an own key of an object, a number an index of a list or
 * of a text.
 *
 * @throws {ReferenceFailure} `InvalidReferenceProperty`, naming the reference and the step
 */
export function followPath(value: unknown, path: readonly PathStep[], text: string): unknown {
  let at = value
  for (const step of path) {
    if (typeof step === "number") {
      if ((Array.isArray(at) || typeof at === "string") && step < at.length) at = at[step]
      else throw invalidProperty(text, step, at)
    } else if (at !== null && typeof at === "object" && !Array.isArray(at) && Object.hasOwn(at, step)) {
      at = (at as Record<string, unknown>)[step]
    } else {
      throw invalidProperty(text, step, at)
    }
  }
  return at
}

function invalidProperty(text: string, step: PathStep, at: unknown): ReferenceFailure {
  const kind = at === null ? "null" : Array.isArray(at) ? `a list of ${at.length}` : `a value of type ${typeof at}`
  const keys = at !== null && typeof at === "object" && !Array.isArray(at) ? Object.keys(at).slice(0, 10) : []
  return new ReferenceFailure(
    errorRecord({
      message: `Invalid property ${JSON.stringify(step)} in the reference '${text}': it was looked up on ${kind}.`,
      codes: ["UserError", "NodeReferenceError", "InvalidReferenceProperty"],
      referenceCode: "Executor",
      ...(keys.length > 0 ? { hint: `it has: ${keys.join(", ")}` } : {})
    })
  )
}
