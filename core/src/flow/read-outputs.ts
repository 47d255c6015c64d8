// Reads the flow's `outputs`: name → definition, and resolves what they refer to.

import type { Binding, InputDefinition, OutputDefinition, SourcePlace } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { parsePath, parseReference, type Reference, referenceText, sectionHint } from "./parse-reference.ts"
import { asMap, fieldOf, mapEntries, readFlag, readValueType, warnUnknownFields } from "./read-fields.ts"
import { toPlain, type YamlEntry, type YamlMap } from "./yaml-value.ts"

/** An output as the file has it. */
export interface OutputDraft extends Omit<OutputDefinition, "binding"> {
  readonly reference: Reference
  readonly referencePlace: SourcePlace
}

export function readOutputs(flow: YamlMap, issues: IssueList): readonly OutputDraft[] {
  return mapEntries(flow, "outputs", issues).flatMap((entry) => readOutput(entry, issues) ?? [])
}

function readOutput({ key: name, keyPlace: place, value }: YamlEntry, issues: IssueList): OutputDraft | undefined {
  const what = `output '${name}'`
  const definition = asMap(value, what, issues)
  if (definition === undefined) return undefined
  const type = readValueType(definition, what, place, issues) ?? "object"
  const reference = fieldOf(definition, "reference")
  const literal = reference === undefined ? "" : toPlain(reference, issues, { dates: "refuse" })
  const flag = (field: string) => readFlag(definition, field, `${what}: ${field}`, issues) ?? false
  const evaluationOnly = flag("evaluation_only")
  const isChatOutput = flag("is_chat_output")
  warnUnknownFields(definition, OUTPUT_FIELDS, what, issues)
  const referencePlace = reference?.place ?? place
  return { name, type, evaluationOnly, isChatOutput, place, reference: parseReference(literal), referencePlace }
}

const OUTPUT_FIELDS = ["type", "reference", "description", "evaluation_only", "is_chat_output"]

/** What the outputs may refer to. */
export interface OutputScope {
  readonly inputs: readonly InputDefinition[]
  /** In plan order. */
  readonly nodes: ReadonlyArray<{ readonly name: string; readonly aggregation: boolean }>
}

/** Outputs that refer to aggregation nodes are dropped with a warning, as promptflow does. */
export function bindOutputs(
  drafts: readonly OutputDraft[],
  scope: OutputScope,
  issues: IssueList
): readonly OutputDefinition[] {
  return drafts.flatMap((draft) => {
    const binding = bindOutput(draft, scope, issues)
    if (binding === undefined) return []
    const { name, type, evaluationOnly, isChatOutput, place } = draft
    return [{ name, type, binding, evaluationOnly, isChatOutput, place }]
  })
}

function bindOutput(draft: OutputDraft, scope: OutputScope, issues: IssueList): Binding | undefined {
  const { name, reference, referencePlace } = draft
  if (reference.kind === "literal") {
    if (reference.value !== "") return reference
    const hint = "write reference: ${node.output} or ${inputs.name}"
    issues.add("EmptyOutputReference", `output '${name}' does not say where its value comes from`, referencePlace, hint)
    return undefined
  }
  if (reference.kind === "input") {
    const names = scope.inputs.map((input) => input.name)
    if (names.includes(reference.name)) return reference
    const message = `output '${name}' refers to the flow input '${reference.name}', which does not exist`
    issues.add("OutputReferenceNotFound", message, referencePlace, didYouMean(reference.name, names))
    return undefined
  }
  const index = scope.nodes.findIndex((node) => node.name === reference.node)
  const node = scope.nodes[index]
  if (node === undefined) {
    const message = `output '${name}' refers to the node '${reference.node}', which does not exist`
    const names = scope.nodes.map((other) => other.name)
    issues.add("OutputReferenceNotFound", message, referencePlace, didYouMean(reference.node, names))
    return undefined
  }
  if (node.aggregation) {
    const message = `output '${name}' is dropped: it refers to the aggregation node '${node.name}', which has no value per line`
    issues.warn("AggregationOutput", message, referencePlace, "log_metric reports results of aggregation nodes")
    return undefined
  }
  if (reference.section !== "output") {
    // `${node.anything}` is the node's whole output.
    const message = `output '${name}': '${reference.section}' is not looked at; the output of '${node.name}' is taken as a whole`
    issues.warn("IgnoredSection", message, referencePlace, sectionHint(reference))
  }
  return { kind: "node", node: index, path: parsePath(reference.property), text: referenceText(reference) }
}
