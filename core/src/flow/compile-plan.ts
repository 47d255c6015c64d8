// Turns the yaml of a DAG flow into a `FlowPlan`: reads every part, in promptflow's order of checks, and replaces names
// by indexes. Reads no file but asks whether the nodes' files exist.

import {
  type Binding,
  type FlowOverrides,
  type FlowPlan,
  INPUTS_TO_ESCAPE,
  type MessageFormat,
  type NodeInput,
  type NodePlan,
  type OutputDefinition
} from "../contracts/flow-plan.ts"
import { orderNodes } from "./check-topology.ts"
import { parseVariant } from "./choose-variants.ts"
import { defaultFlowName, readLanguage } from "./flow-facts.ts"
import type { IssueList } from "./issue-list.ts"
import { overrideConnections } from "./override-connections.ts"
import { parsePath, type Reference, referenceText } from "./parse-reference.ts"
import { readEnvironment } from "./read-environment.ts"
import { presentField, readNote, warnUnknownFields } from "./read-fields.ts"
import { readIncludes } from "./read-includes.ts"
import { readInputs } from "./read-inputs.ts"
import { type NodeDraft, readNodes } from "./read-nodes.ts"
import { bindOutputs, readOutputs } from "./read-outputs.ts"
import { describeValue, type YamlMap } from "./yaml-value.ts"

export interface CompileOptions extends FlowOverrides {
  /** Absolute. */
  readonly flowFile: string
  /** Absolute. */
  readonly workingDir: string
  readonly nodeTypes: readonly string[]
  readonly lineLanguages: readonly string[] | "any"
}

/** @returns a plan that is only good when `issues` stays empty */
export function compilePlan(flow: YamlMap, options: CompileOptions, issues: IssueList): FlowPlan {
  const { flowFile, workingDir } = options
  warnUnknownFields(flow, FLOW_FIELDS, "the flow", issues)
  const messageFormat = readMessageFormat(flow, issues)
  const includes = readIncludes(flow, workingDir, issues)
  const language = readLanguage(flow, options, issues)
  const inputs = readInputs(flow, issues)
  const outputDrafts = readOutputs(flow, issues)
  const choice = options.variant === undefined ? undefined : parseVariant(options.variant, flow.place.file, issues)
  const takesLines = options.lineLanguages === "any" || options.lineLanguages.includes(language)
  const rules = takesLines ? undefined : { workingDir, includes, nodeTypes: options.nodeTypes }
  const asWritten = readNodes(flow, choice, rules, issues)
  const drafts = overrideConnections(asWritten, options.connectionOverrides ?? {}, flow.place, issues)
  const ordered = orderNodes(drafts, inputs, issues)
  const nodes = bindNodes(ordered)
  const outputs = bindOutputs(outputDrafts, { inputs, nodes }, issues)
  warnUnreachable(nodes, outputs, issues)
  const environmentVariables = { ...readEnvironment(flow, issues), ...options.environmentVariables }
  const name = readNote(flow, "name") || defaultFlowName(workingDir)
  const flowId = readNote(flow, "id") || "default_flow_id"
  const { warnings } = issues
  return {
    kind: "dag",
    name,
    flowId,
    flowFile,
    workingDir,
    language,
    inputs,
    outputs,
    nodes,
    ...(includes.length === 0 ? {} : { includes }),
    ...(messageFormat === "basic" ? {} : { messageFormat }),
    environmentVariables,
    warnings
  }
}

const FLOW_FIELDS = [
  "$schema",
  "additional_includes",
  "app_insights_enabled",
  "description",
  "display_name",
  "environment",
  "environment_variables",
  "id",
  "inputs",
  "is_chat_flow",
  "language",
  "message_format",
  "name",
  "node_variants",
  "nodes",
  "outputs",
  "sample",
  "tags",
  "tools",
  "type"
]

function readMessageFormat(flow: YamlMap, issues: IssueList): MessageFormat {
  const format = presentField(flow, "message_format")
  if (format === undefined || (format.kind === "scalar" && format.value === "basic")) return "basic"
  if (format.kind === "scalar" && format.value === "openai-vision") return "openai-vision"
  const message = `message_format is ${describeValue(format)}, but has to be basic or openai-vision`
  issues.add("InvalidMessageFormatType", message, format.place)
  return "basic"
}

function bindNodes(ordered: readonly NodeDraft[]): readonly NodePlan[] {
  const indexes = new Map(ordered.map((node, index) => [node.name, index]))
  return ordered.map((node) => {
    const bind = (reference: Reference) => bindReference(reference, indexes)
    const inputs = node.inputs.map(({ name, reference, place }) => ({ name, binding: bind(reference), place }))
    if (TYPES_TO_ESCAPE.includes(node.type) && node.path !== "") inputs.push(...inputsToEscape(inputs, node))
    const activate = node.activate && { when: bind(node.activate.when), is: node.activate.is }
    const bindings = [...inputs.map((input) => input.binding), ...(activate === undefined ? [] : [activate.when])]
    const dependencies = new Set(bindings.flatMap((binding) => (binding.kind === "node" ? [binding.node] : [])))
    return { ...node, inputs, activate, dependencies: [...dependencies].sort((a, b) => a - b) }
  })
}

const TYPES_TO_ESCAPE = ["llm", "prompt", "custom_llm"]

/**
 * The input that tells a prompt's tool which of its inputs come straight from the flow's: role words in them open no
 * message. promptflow adds it, and shows it in its records.
 */
function inputsToEscape(inputs: readonly NodeInput[], { place }: NodeDraft): readonly NodeInput[] {
  const names = inputs.flatMap(({ name, binding }) => (binding.kind === "input" ? [name] : []))
  return names.length === 0 ? [] : [{ name: INPUTS_TO_ESCAPE, binding: { kind: "literal", value: names }, place }]
}

/**
 * Tells of nodes that no output and no aggregation node needs. They run all the same. Where references are wrong, nobody
 * knows what is needed.
 */
function warnUnreachable(nodes: readonly NodePlan[], outputs: readonly OutputDefinition[], issues: IssueList): void {
  if (issues.issues.length > 0) return
  const needed = new Set(outputs.flatMap(({ binding }) => (binding.kind === "node" ? [binding.node] : [])))
  // From the last to the first: what needs a node stands behind it.
  for (const [index, node] of [...nodes.entries()].reverse()) {
    if (!needed.has(index) && !node.aggregation) {
      issues.warn("UnreachableNode", `no output needs node '${node.name}', which runs all the same`, node.place)
    } else for (const dependency of node.dependencies) needed.add(dependency)
  }
}

/** A node that does not exist gets the index -1; there is an issue for it. */
function bindReference(reference: Reference, indexes: ReadonlyMap<string, number>): Binding {
  if (reference.kind !== "node") return reference
  const node = indexes.get(reference.node) ?? -1
  return { kind: "node", node, path: parsePath(reference.property), text: referenceText(reference) }
}
