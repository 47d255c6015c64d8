// Reads the flow's `inputs`: name → definition. Values of lines are coerced elsewhere; defaults stay as they are written.

import type { InputDefinition } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { exactJson } from "./python-text.ts"
import { asMap, mapEntries, presentField, readFlag, readNote, readValueType, warnUnknownFields } from "./read-fields.ts"
import { toPlain, type YamlEntry, type YamlMap } from "./yaml-value.ts"

export function readInputs(flow: YamlMap, issues: IssueList): readonly InputDefinition[] {
  return mapEntries(flow, "inputs", issues).flatMap((entry) => readInput(entry, issues) ?? [])
}

/** An input whose type is wrong is returned all the same, so that references to it are not reported as well. */
function readInput({ key: name, keyPlace: place, value }: YamlEntry, issues: IssueList): InputDefinition | undefined {
  const what = `input '${name}'`
  const definition = asMap(value, what, issues)
  if (definition === undefined) return undefined
  const type = readValueType(definition, what, place, issues)
  const flag = (field: string) => readFlag(definition, field, `${what}: ${field}`, issues)
  const isChatInput = flag("is_chat_input") ?? false
  const isChatHistory = flag("is_chat_history")
  warnUnknownFields(definition, INPUT_FIELDS, what, issues)
  const defaultValue = readDefault(definition, type === "string", issues)
  const written = presentField(definition, "default")
  const defaultJson = written === undefined ? undefined : exactJson(written)
  return {
    name,
    type: type ?? "object",
    hasDefault: defaultValue !== undefined,
    default: defaultValue,
    ...(defaultJson === undefined ? {} : { defaultJson }),
    description: readNote(definition, "description"),
    isChatInput,
    isChatHistory,
    place
  }
}

/** `undefined`: there is none. A date becomes its text where promptflow turns it into one. */
function readDefault(definition: YamlMap, isString: boolean, issues: IssueList): unknown {
  const value = presentField(definition, "default")
  if (value === undefined) return undefined
  if (isString && value.kind === "scalar" && value.type === "date") return value.value
  return toPlain(value, issues, { dates: "refuse" })
}

const INPUT_FIELDS = [
  "type",
  "default",
  "description",
  "enum",
  "is_chat_input",
  "is_chat_history",
  "optional",
  "is_mlindex_content"
]
