// One node of a flow, to be run alone: a plan of that node, and what stands in for the nodes and inputs it refers to.
//
// A node's `activate` is left out, and an aggregation node gets lists of one value, as in promptflow.

import { InvalidFlow, InvalidOption } from "../contracts/errors.ts"
import { type Binding, type FlowPlan, type LineInputs, type NodeInput, setOwn } from "../contracts/index.ts"
import { compileCoercion, imageRulesOf } from "../data/thread.ts"

export interface NodeTest {
  readonly plan: FlowPlan
  readonly inputs: LineInputs
}

/**
 * @param given for a flow input `inputs.name`, for a node's output `node.output` or `node.output.property`, or for either
 *   the name of the node's own input
 * @throws {InvalidFlow} for a node that the flow has not
 * @throws {InvalidOption} naming the node's inputs that nothing was given for
 */
export function nodeTest(flow: FlowPlan, name: string, given: LineInputs): NodeTest {
  const node = flow.nodes.find((candidate) => candidate.name === name)
  if (node === undefined) {
    const message = `Cannot find ${name} in the flow.`
    const hint = `its nodes are ${flow.nodes.map((each) => each.name).join(", ") || "none"}`
    const place = { file: flow.nodes[0]?.place.file ?? "", line: 0, column: 0 }
    throw new InvalidFlow({ flowFile: flow.flowFile, issues: [{ code: "UserErrorException", message, place, hint }] })
  }
  const inputs: LineInputs = {}
  const missing: string[] = []
  const bound = node.inputs.map((input): NodeInput => {
    if (input.binding.kind === "literal") return input
    const value = valueFor(input, flow, given)
    if (value === undefined) missing.push(input.name)
    else setOwn(inputs, input.name, node.aggregation && !isOfAggregation(input.binding, flow) ? [value] : value)
    return { ...input, binding: { kind: "input", name: input.name } }
  })
  if (missing.length > 0) {
    throw new InvalidOption({
      option: "inputs",
      got: given,
      accepts: `values for ${missing.join(", ")} of node '${name}'`
    })
  }
  const plan: FlowPlan = {
    ...flow,
    inputs: Object.keys(inputs).map((input) => ({
      name: input,
      type: "any",
      hasDefault: false,
      default: undefined,
      description: "",
      isChatInput: false,
      isChatHistory: undefined,
      place: node.place
    })),
    nodes: [{ ...node, inputs: bound, activate: undefined, aggregation: false, dependencies: [] }],
    outputs: []
  }
  return { plan, inputs }
}

/** The names of the node's inputs that a test has to be given. */
export function missingForNode(flow: FlowPlan, name: string, given: LineInputs): readonly string[] {
  const node = flow.nodes.find((candidate) => candidate.name === name)
  return (node?.inputs ?? [])
    .filter((input) => input.binding.kind !== "literal" && valueFor(input, flow, given) === undefined)
    .map((input) => input.name)
}

function valueFor({ name, binding }: NodeInput, flow: FlowPlan, given: LineInputs): unknown {
  const named = (key: string) => (Object.hasOwn(given, key) ? given[key] : undefined)
  if (binding.kind === "node") {
    const [, key = ""] = /^\$\{(.*)\}$/s.exec(binding.text) ?? []
    const value = named(key) ?? named(name)
    const [property] = binding.path
    const isWhole = value !== null && typeof value === "object" && !Array.isArray(value)
    if (typeof property !== "string" || binding.path.length > 1 || !isWhole || !Object.hasOwn(value, property)) {
      return value
    }
    return (value as Record<string, unknown>)[property]
  }
  if (binding.kind !== "input") return binding.value
  const definition = flow.inputs.find((input) => input.name === binding.name)
  const value = named(`inputs.${binding.name}`) ?? named(name) ?? named(binding.name)
  if (definition === undefined) return value
  if (value === undefined && !definition.hasDefault) return definition.isChatHistory === true ? [] : undefined
  const line: LineInputs = value === undefined ? {} : { [definition.name]: value }
  return compileCoercion([definition], imageRulesOf(flow))(line)[definition.name]
}

const isOfAggregation = (binding: Binding, flow: FlowPlan): boolean =>
  binding.kind === "node" && flow.nodes[binding.node]?.aggregation === true
