// Turns a `.prompty` file into a `FlowPlan` of one node, whose value is the line's whole output. Finds what no call could
// get past; the model's settings are read again where the call is made, since they may take values of its environment.

import path from "node:path"
import type { FlowOverrides, FlowPlan, InputDefinition, NodePlan } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { asMap, DEFINITION_ERROR, mapEntries, presentField, readFlag, readNote, readValueType } from "./read-fields.ts"
import { readPrompty } from "./read-prompty.ts"
import { toPlain, type YamlEntry, type YamlMap } from "./yaml-value.ts"

export interface PromptyOptions extends FlowOverrides {
  /** Absolute. */
  readonly flowFile: string
  /** Absolute. */
  readonly workingDir: string
  readonly nodeTypes: readonly string[]
}

const NODE_TYPE = "prompty"

/** @param file the name that places carry */
export function compilePrompty(
  text: string,
  file: string,
  options: PromptyOptions,
  issues: IssueList
): FlowPlan | undefined {
  const place = { file, line: 1, column: 1 }
  if (!options.nodeTypes.includes(NODE_TYPE)) {
    issues.add("ExecutorMissing", "no executor runs a prompty", place)
    return undefined
  }
  const parts = readPrompty(text, file, issues)
  if (parts === undefined) return undefined
  const { front } = parts
  checkModel(front, issues)
  const inputs = mapEntries(front, "inputs", issues).flatMap((entry) => readInput(entry, issues) ?? [])
  const { flowFile, workingDir } = options
  const entry: NodePlan = {
    name: readNote(front, "name") || path.parse(flowFile).name,
    type: NODE_TYPE,
    path: file,
    inputs: inputs.map(({ name, place }) => ({ name, binding: { kind: "input", name }, place })),
    activate: undefined,
    aggregation: false,
    dependencies: [],
    place,
    sourcePlace: place
  }
  return {
    kind: "prompty",
    name: entry.name,
    flowId: "default_flow_id",
    flowFile,
    workingDir,
    language: "python",
    inputs,
    outputs: [],
    nodes: [entry],
    environmentVariables: options.environmentVariables ?? {},
    warnings: issues.warnings
  }
}

/** promptflow constructs its configuration from these fields, and raises for those that are missing or not its own. */
function checkModel(front: YamlMap, issues: IssueList): void {
  const field = presentField(front, "model")
  // A text may be a reference that is resolved later.
  if (field?.kind === "scalar" && field.type === "text") return
  const model = field === undefined ? undefined : asMap(field, "model", issues)
  if (field !== undefined && model === undefined) return
  const place = field?.place ?? front.place
  const missing = ["configuration", "parameters"].filter((name) => model?.entries.has(name) !== true)
  if (missing.length > 0) {
    issues.add(
      "TypeError",
      `${argumentsOf(missing)}: ${missing.map((name) => `'${name}'`).join(" and ")}`,
      place,
      missing.includes("parameters")
        ? "promptflow needs them under model; `parameters: {}` is enough. Files of the newer prompty runtime have to be adapted"
        : "write `configuration: {type: azure_openai}` under model, or `type: openai`"
    )
  }
  for (const { key, keyPlace } of model?.entries.values() ?? []) {
    if (MODEL_FIELDS.includes(key)) continue
    const accepted = `model takes ${MODEL_FIELDS.join(", ")}`
    issues.add(
      "TypeError",
      `PromptyModelConfiguration.__init__() got an unexpected keyword argument '${key}'`,
      keyPlace,
      accepted
    )
  }
}

const MODEL_FIELDS = ["api", "configuration", "parameters", "response"]

const argumentsOf = ({ length }: readonly string[]): string =>
  `PromptyModelConfiguration.__init__() missing ${length} required positional argument${length === 1 ? "" : "s"}`

function readInput({ key: name, keyPlace: place, value }: YamlEntry, issues: IssueList): InputDefinition | undefined {
  const what = `input '${name}'`
  if (value.kind !== "map") {
    issues.add(DEFINITION_ERROR, `${what} has to be a map with its type`, place, `write ${name}: {type: string}`)
    return undefined
  }
  const type = readValueType(value, what, place, issues) ?? "object"
  const flag = (field: string) => readFlag(value, field, `${what}: ${field}`, issues)
  return {
    name,
    type,
    ...readDefault(value, issues),
    description: readNote(value, "description"),
    isChatInput: flag("is_chat_input") ?? false,
    isChatHistory: flag("is_chat_history"),
    place
  }
}

/** As in a DAG, `null` is no default; called from a tool, the prompty takes it as one. */
function readDefault(definition: YamlMap, issues: IssueList): Pick<InputDefinition, "hasDefault" | "default"> {
  const field = presentField(definition, "default")
  if (field === undefined) return { hasDefault: false, default: null }
  return { hasDefault: true, default: toPlain(field, issues, { dates: "text" }) }
}
