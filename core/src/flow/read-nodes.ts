// Reads the flow's `nodes`: fields, inputs, conditions, and where each node's tool is. What nodes refer to is checked by
// `check-topology.ts`; whether a tool takes its inputs is for the host that loads it.

import type { ModelChoice, SourcePlace } from "../contracts/flow-plan.ts"
import { type VariantChoice, Variants } from "./choose-variants.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { parseReference, type Reference } from "./parse-reference.ts"
import { MAX_NAME_BYTES, plainNameProblem } from "./plain-name.ts"
import { exactJson } from "./python-text.ts"
import {
  asList,
  asMap,
  asText,
  DEFINITION_ERROR,
  fieldOf,
  isNull,
  presentField,
  readFlag,
  readNote,
  warnUnknownFields
} from "./read-fields.ts"
import { type NodeTool, readTool, type ToolRules } from "./read-tool.ts"
import { toPlain, type YamlMap } from "./yaml-value.ts"

/** A node as the file has it: it names what it refers to. */
export interface NodeDraft {
  readonly name: string
  readonly type: string
  readonly path: string
  readonly packageTool?: string
  readonly module?: string
  readonly model?: ModelChoice
  readonly inputs: readonly DraftInput[]
  readonly activate: DraftActivate | undefined
  readonly aggregation: boolean
  readonly place: SourcePlace
  readonly sourcePlace: SourcePlace
}

export interface DraftInput {
  readonly name: string
  readonly reference: Reference
  readonly place: SourcePlace
}

export interface DraftActivate {
  readonly when: Reference
  readonly is: unknown
  readonly place: SourcePlace
}

interface NamedNode {
  readonly name: string
  readonly map: YamlMap
  readonly place: SourcePlace
}

/**
 * @param choice the variant that the caller wants of one node; all others take their default
 * @param rules `undefined` for flows that run whole in another language: types and files are then not looked at
 */
export function readNodes(
  flow: YamlMap,
  choice: VariantChoice | undefined,
  rules: ToolRules | undefined,
  issues: IssueList
): readonly NodeDraft[] {
  const list = presentField(flow, "nodes")
  if (list === undefined) {
    if (fieldOf(flow, "nodes") === undefined) {
      const message = "the file has no nodes, so it is no flow"
      issues.add(DEFINITION_ERROR, message, flow.place, "a flow file holds inputs, outputs and nodes")
    }
    return []
  }
  const named = (asList(list, "nodes", issues)?.items ?? []).flatMap((value, index): NamedNode[] => {
    const map = asMap(value, `node ${index + 1}`, issues)
    const name = map && readName(map, index, issues)
    return map === undefined || name === undefined ? [] : [{ name, map, place: map.place }]
  })
  const variants = new Variants(flow, choice, issues)
  variants.checkChoice(named)
  const defined = named.map((node) => ({ node, definition: variants.definitionOf(node.name, node.map) }))
  // promptflow reads all nodes before it looks for any tool.
  const parts = defined.map(({ node, definition }) => definition && readParts(node.name, definition, issues))
  return defined.map(({ node, definition }, index) => {
    const part = parts[index]
    if (definition === undefined || part === undefined) return emptyNode(node)
    return { ...part, ...readTool(definition, `node '${node.name}'`, rules, issues) }
  })
}

function readName(map: YamlMap, index: number, issues: IssueList): string | undefined {
  const value = presentField(map, "name")
  if (value === undefined) {
    issues.add(DEFINITION_ERROR, `node ${index + 1} has no name`, map.place, "add name: to it")
    return undefined
  }
  const name = asText(value, `the name of node ${index + 1}`, issues)
  const problem = name === undefined ? undefined : plainNameProblem(name)
  if (problem !== undefined) {
    const shown = JSON.stringify(name!.length > 60 ? `${name!.slice(0, 57)}...` : name)
    const hint = `names become file names: no path separators or control characters, at most ${MAX_NAME_BYTES} bytes`
    issues.add(DEFINITION_ERROR, `the node name ${shown} ${problem}`, value.place, hint)
  }
  return name
}

type NodeParts = Omit<NodeDraft, keyof NodeTool>

function readParts(name: string, definition: YamlMap, issues: IssueList): NodeParts {
  const what = `node '${name}'`
  warnUnknownFields(definition, NODE_FIELDS, what, issues)
  const isSet = (field: string) => readFlag(definition, field, `${what}: ${field}`, issues) ?? false
  const aggregation = [isSet("aggregation"), isSet("reduce")].includes(true)
  const inputs = readNodeInputs(definition, what, issues)
  const activate = readActivate(definition, what, issues)
  const module = readModule(definition, what, issues)
  return {
    name,
    inputs,
    activate,
    aggregation,
    place: definition.place,
    ...(module === "" ? {} : { module }),
    ...readModelChoice(definition)
  }
}

/** Python imports it where the node runs in Python; an `llm` node does not, so its provider is looked at here. */
function readModule(definition: YamlMap, what: string, issues: IssueList): string {
  const module = readNote(definition, "module")
  const place = fieldOf(definition, "module")?.place ?? definition.place
  if (readNote(definition, "type") === "llm" && /^promptflow\.tools\./.test(module) && !PROVIDERS.includes(module)) {
    const message = `the module '${module}' of ${what} does not exist`
    issues.add("FailedToImportModule", message, place, didYouMean(module, PROVIDERS))
  }
  return module
}

const PROVIDERS = ["aoai", "openai", "open_model_llm"].map((name) => `promptflow.tools.${name}`)

/** What only `llm` nodes need; promptflow ignores it elsewhere. */
function readModelChoice(definition: YamlMap): { readonly model?: ModelChoice } {
  if (readNote(definition, "type") !== "llm") return {}
  const choice = ["connection", "api", "provider"].map((name) => [name, readNote(definition, name)] as const)
  return { model: Object.fromEntries(choice.filter(([, value]) => value !== "")) }
}

/** Stands for a node without a usable definition, so that references to it are not reported as well. */
const emptyNode = ({ name, place }: NamedNode): NodeDraft => ({
  name,
  type: "",
  path: "",
  inputs: [],
  activate: undefined,
  aggregation: false,
  place,
  sourcePlace: place
})

/**
 * The literals `null` and `""` are left out, as promptflow does: the tool's own default holds. A template has no defaults,
 * and keeps them.
 */
function readNodeInputs(definition: YamlMap, what: string, issues: IssueList): readonly DraftInput[] {
  const field = presentField(definition, "inputs")
  const map = field && asMap(field, `the inputs of ${what}`, issues)
  const type = fieldOf(definition, "type")
  const keepsEmpty = type?.kind === "scalar" && type.value === "prompt"
  const inputs: DraftInput[] = []
  for (const { key: name, value } of map?.entries.values() ?? []) {
    const literal = toPlain(value, issues, { dates: "text" })
    if (keepsEmpty || (literal !== null && literal !== ""))
      inputs.push({ name, reference: parseReference(literal, exactJson(value)), place: value.place })
  }
  return inputs
}

function readActivate(definition: YamlMap, what: string, issues: IssueList): DraftActivate | undefined {
  const field = fieldOf(definition, "activate")
  if (field === undefined) return undefined
  const hint = "write activate: {when: ${node.output}, is: value}"
  if (field.kind !== "map") {
    issues.add(DEFINITION_ERROR, `the activate condition of ${what} needs both when and is`, field.place, hint)
    return undefined
  }
  const when = fieldOf(field, "when")
  const is = fieldOf(field, "is")
  if (when === undefined || is === undefined) {
    const missing = when === undefined && is === undefined ? "has neither when nor is" : "needs both when and is"
    issues.add(DEFINITION_ERROR, `the activate condition of ${what} ${missing}`, field.place, hint)
    return undefined
  }
  if (isNull(when) && isNull(is)) {
    issues.warn(DEFINITION_ERROR, `the activate condition of ${what} is empty, so the node always runs`, field.place)
  }
  const plain = { dates: "refuse" } as const
  return { when: parseReference(toPlain(when, issues, plain)), is: toPlain(is, issues, plain), place: when.place }
}

const NODE_FIELDS = [
  "name",
  "type",
  "source",
  "inputs",
  "outputs",
  "connection",
  "api",
  "provider",
  "module",
  "aggregation",
  "reduce",
  "enable_cache",
  "use_variants",
  "activate",
  "tool",
  "comment",
  "description"
]
