// Literal inputs of a node, converted to the types of its tool's parameters, as promptflow converts them.

import { asWritten, type InputDefinition, type NodePlan } from "@throughline/core/contracts"
import { compileCoercion, LineInputError, pythonStr } from "@throughline/core/data/thread"
import { loadFailure } from "../load-template.ts"
import type { ParameterTypes } from "./tool-parameters.ts"

/** @throws {ToolLoadFailure} `NodeInputValidationError` for the first that does not fit */
export function convertLiterals(node: NodePlan, types: ParameterTypes): Readonly<Record<string, unknown>> {
  const literals: Record<string, unknown> = {}
  for (const { name, binding, place } of node.inputs) {
    if (binding.kind !== "literal") continue
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    const value = asWritten(binding.value, binding.json)
    literals[name] = type === undefined ? value : convert(node, { name, type, place }, value)
  }
  return literals
}

function convert(
  node: NodePlan,
  { name, type, place }: Pick<InputDefinition, "name" | "type" | "place">,
  value: unknown
) {
  const input: InputDefinition = {
    name,
    type,
    place,
    hasDefault: false,
    default: undefined,
    description: "",
    isChatInput: false,
    isChatHistory: undefined
  }
  try {
    return compileCoercion([input])({ [name]: value })[name]
  } catch (error) {
    if (!(error instanceof LineInputError)) throw error
    throw loadFailure(
      node,
      "NodeInputValidationError",
      `Input '${name}' for node '${node.name}' of value '${pythonStr(value)}' is not type ${type}.`,
      {
        codes: ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"],
        place: `${place.file}:${place.line}:${place.column}`
      }
    )
  }
}
