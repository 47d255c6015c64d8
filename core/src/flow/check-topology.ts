// Checks what nodes refer to, and puts them in the order in which they can run.
//
// T1. A node stands after everything it depends on; among those that could come next, the first of the file does.
// T2. The checks and their order are promptflow's: names, flow inputs, nodes, aggregation, cycles; sections come last.

import type { InputDefinition, SourcePlace } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { NO_INTERPOLATION, type NodeReference, type Reference, sectionHint } from "./parse-reference.ts"
import type { NodeDraft } from "./read-nodes.ts"

/** @returns the nodes in order; those of a cycle, for which there is an issue, come last */
export function orderNodes(
  nodes: readonly NodeDraft[],
  inputs: readonly InputDefinition[],
  issues: IssueList
): readonly NodeDraft[] {
  const byName = checkNames(nodes, issues)
  checkInputReferences(nodes, inputs, issues)
  checkNodeReferences(nodes, byName, issues)
  const ordered = sortTopologically([...byName.values()], byName, issues)
  checkSections(ordered, byName, issues)
  return ordered
}

interface PlacedReference {
  readonly reference: Reference
  readonly place: SourcePlace
  /** `input 'x'` or `activate.when`, for messages. */
  readonly owner: string
}

function referencesOf(node: NodeDraft): readonly PlacedReference[] {
  const ofInputs = node.inputs.map(({ name, reference, place }) => ({ reference, place, owner: `input '${name}'` }))
  if (node.activate === undefined) return ofInputs
  return [...ofInputs, { reference: node.activate.when, place: node.activate.place, owner: "activate.when" }]
}

/** The names of the nodes that a node waits for; they need not exist. */
function dependencyNames(node: NodeDraft): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { reference } of referencesOf(node)) if (reference.kind === "node") names.add(reference.node)
  return names
}

function checkNames(nodes: readonly NodeDraft[], issues: IssueList): ReadonlyMap<string, NodeDraft> {
  const byName = new Map<string, NodeDraft>()
  for (const node of nodes) {
    const earlier = byName.get(node.name)
    if (earlier === undefined) byName.set(node.name, node)
    else {
      const message = `two nodes have the name '${node.name}'; the first is at line ${earlier.place.line}`
      issues.add("DuplicateNodeName", message, node.place, "rename or remove one of them")
    }
  }
  return byName
}

function checkInputReferences(
  nodes: readonly NodeDraft[],
  inputs: readonly InputDefinition[],
  issues: IssueList
): void {
  const names = new Set(inputs.map((input) => input.name))
  for (const node of nodes) {
    for (const { reference, place, owner } of referencesOf(node)) {
      if (reference.kind !== "input" || names.has(reference.name)) continue
      const message = `${owner} of node '${node.name}' refers to the flow input '${reference.name}', which does not exist`
      issues.add("InputReferenceNotFound", message, place, inputHint(reference.name, names))
    }
  }
}

function inputHint(name: string, names: ReadonlySet<string>): string | undefined {
  const [first = ""] = name.split(".")
  if (name.includes(".") && names.has(first)) {
    return `everything after 'inputs.' is the input's name; a part of '${first}' cannot be taken here`
  }
  return (
    didYouMean(name, names) ?? (names.size === 0 ? "the flow has no inputs" : `the flow's inputs: ${listed(names)}`)
  )
}

const others = (byName: ReadonlyMap<string, NodeDraft>, { name }: NodeDraft): ReadonlySet<string> =>
  new Set([...byName.keys()].filter((other) => other !== name))

/** The first of the names: enough to find the one that was meant. */
function listed(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, MAX_LISTED).join(", ")
  return names.size > MAX_LISTED ? `${shown}, …` : shown
}

const MAX_LISTED = 10

function checkNodeReferences(
  nodes: readonly NodeDraft[],
  byName: ReadonlyMap<string, NodeDraft>,
  issues: IssueList
): void {
  for (const node of nodes) {
    for (const { reference, place, owner } of referencesOf(node)) {
      if (reference.kind !== "node") continue
      const target = byName.get(reference.node)
      if (target === undefined) {
        const message = `${owner} of node '${node.name}' refers to the node '${reference.node}', which does not exist`
        issues.add("NodeReferenceNotFound", message, place, nodeHint(reference, others(byName, node)))
        continue
      }
      checkAggregation(node, target, owner, place, issues)
    }
  }
}

/** promptflow finds these only when a line runs. */
function checkSections(nodes: readonly NodeDraft[], byName: ReadonlyMap<string, NodeDraft>, issues: IssueList): void {
  for (const node of nodes) {
    for (const { reference, place, owner } of referencesOf(node)) {
      if (reference.kind !== "node" || reference.section === "output" || !byName.has(reference.node)) continue
      const { node: target, section } = reference
      const message = `${owner} of node '${node.name}' takes '${section}' of node '${target}'; only its output can be taken`
      issues.add("UnsupportedReference", message, place, sectionHint(reference))
    }
  }
}

function checkAggregation(
  node: NodeDraft,
  target: NodeDraft,
  owner: string,
  place: SourcePlace,
  issues: IssueList
): void {
  if (!node.aggregation && target.aggregation) {
    const message = `node '${node.name}' refers to the aggregation node '${target.name}', which runs after all lines`
    issues.add("InvalidNodeReference", message, place, "only other aggregation nodes can use its output")
  } else if (node.aggregation && !target.aggregation && owner === "activate.when") {
    const message = `aggregation node '${node.name}' is activated by node '${target.name}', which has one value per line`
    issues.add("InvalidNodeReference", message, place, "name a flow input or another aggregation node")
  }
}

function nodeHint(reference: NodeReference, names: ReadonlySet<string>): string | undefined {
  const { node: name, section } = reference
  if (name === "input" || name === "inputs") return `flow inputs are written \${inputs.${section}}`
  if (name !== name.trim()) return "spaces inside ${…} count: write ${node.output}"
  if (name.includes("${")) return NO_INTERPOLATION
  return didYouMean(name, names) ?? (names.size === 0 ? undefined : `the flow's other nodes: ${listed(names)}`)
}

function sortTopologically(
  nodes: readonly NodeDraft[],
  byName: ReadonlyMap<string, NodeDraft>,
  issues: IssueList
): readonly NodeDraft[] {
  const positions = new Map(nodes.map((node, index) => [node.name, index]))
  const dependents: number[][] = nodes.map(() => [])
  const waitsFor = nodes.map((node, index) => {
    const known = [...dependencyNames(node)].filter((name) => byName.has(name))
    for (const name of known) dependents[positions.get(name)!]!.push(index)
    return known.length
  })
  // Ascending positions: the first is the first of the file that can come next.
  const ready = nodes.flatMap((_, index) => (waitsFor[index] === 0 ? [index] : []))
  const taken = new Set<number>()
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    taken.add(next)
    for (const dependent of dependents[next]!) {
      waitsFor[dependent]!--
      if (waitsFor[dependent] === 0) insertAscending(ready, dependent)
    }
  }
  const order = [...taken].map((index) => nodes[index]!)
  const remaining = nodes.filter((_, index) => !taken.has(index))
  const [first] = remaining
  if (first !== undefined) {
    const names = remaining.map((node) => `'${node.name}'`).sort()
    const message = `the nodes ${names.join(", ")} wait for each other, or for nodes that do`
    issues.add("NodeCircularDependency", message, first.place, "remove one of the references between them")
  }
  return [...order, ...remaining]
}

function insertAscending(sorted: number[], value: number): void {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  sorted.splice(low, 0, value)
}
