// Puts other connections, deployments and models into nodes than the flow file has: what a run is asked to use instead.

import type { ConnectionOverrides, SourcePlace } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import type { NodeDraft } from "./read-nodes.ts"

const MODEL_FIELDS = ["deployment_name", "model"]

/** @param place of the flow: an override that fits nowhere has no place of its own */
export function overrideConnections(
  nodes: readonly NodeDraft[],
  overrides: ConnectionOverrides,
  place: SourcePlace,
  issues: IssueList
): readonly NodeDraft[] {
  const names = nodes.map(({ name }) => name)
  for (const name of Object.keys(overrides)) {
    if (names.includes(name)) continue
    issues.add("InvalidFlowError", `Node ${name} not found in flow`, place, didYouMean(name, names))
  }
  return nodes.map((node) => {
    const fields = Object.hasOwn(overrides, node.name) ? overrides[node.name]! : {}
    return Object.entries(fields).reduce((draft, [field, value]) => override(draft, field, value, issues), node)
  })
}

function override(node: NodeDraft, field: string, value: string, issues: IssueList): NodeDraft {
  if (field === "connection" && node.type === "llm" && node.packageTool === undefined) {
    return { ...node, model: { ...node.model, connection: value } }
  }
  if (field === "connection" && node.type === "llm") return { ...node, model: { ...node.model, connection: value } }
  const known = node.inputs.map(({ name }) => name)
  if (!known.includes(field) && !MODEL_FIELDS.includes(field)) {
    const message = `connections: node '${node.name}' has no input '${field}' whose connection could be another`
    issues.add("InvalidFlowError", message, node.place, didYouMean(field, known))
    return node
  }
  const input = { name: field, reference: { kind: "literal" as const, value }, place: node.place }
  return { ...node, inputs: [...node.inputs.filter(({ name }) => name !== field), input] }
}
