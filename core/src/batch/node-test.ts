// One node of a flow, to be run alone: a plan of that node, and what stands in for the nodes and inputs it refers to.
//
// A node's `activate` is left out, and an aggregation node gets lists of one value, as in promptflow.

import { InvalidFlow } from "../contracts/errors.ts"
import {
  type Binding,
  type FlowPlan,
  type LineInputs,
  type NodeInput,
  type PathStep,
  setOwn
} from "../contracts/index.ts"
import { lineInputError } from "../data/line-input-error.ts"
import { compileCoercion, imageRulesOf, type LineInputError } from "../data/thread.ts"
import { followPath, plain } from "../walk/index.ts"

export interface NodeTest {
  readonly plan: FlowPlan
  readonly inputs: LineInputs
}

/**
 * @param given for a flow input `inputs.name`, for a node's output `node.output` or `node.output.property`, for either
 *   the name of the node's own input
 * @throws {InvalidFlow} for a node that the flow has not
 * @throws {LineInputError} naming the node's input that nothing was given for, or that is of the wrong type
 */
export function nodeTest(flow: FlowPlan, name: string, given: LineInputs): NodeTest {
  const node = flow.nodes.find((candidate) => candidate.name === name)
  if (node === undefined) {
    const message = `Cannot find ${name} in the flow.`
    const hint = `its nodes are ${flow.nodes.map((each) => each.name).join(", ") || "none"}`
    const place = { file: flow.nodes[0]?.place.file ?? "", line: 0, column: 0 }
    throw new InvalidFlow({
      flowFile: flow.flowFile,
      issues: [{ code: "SingleNodeValidationError", message, place, hint }]
    })
  }
  const inputs: LineInputs = {}
  const bound = node.inputs.map((input): NodeInput => {
    if (input.binding.kind === "literal") return input
    const value = valueFor(input, flow, given)
    if (value === undefined) throw missing(name, input)
    setOwn(inputs, input.name, node.aggregation && !isOfAggregation(input.binding, flow) ? [value] : value)
    return { ...input, binding: { kind: "input", name: input.name } }
  })
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

function missing(node: string, { name, binding }: NodeInput): LineInputError {
  const from = binding.kind === "node" ? binding.text : binding.kind === "input" ? `\${inputs.${binding.name}}` : ""
  return lineInputError(
    "InputNotFound",
    "The input '{input}' of node '{node}' is not given: it takes {reference}.",
    { input: name, node, reference: from },
    `give it as ${name}, or as ${from.slice(2, -1)}`
  )
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
    if (value !== undefined && !holds(value, binding.path[0])) return value
    const whole = value ?? named(`${flow.nodes[binding.node]!.name}.output`)
    return whole === undefined ? undefined : followPath(plain(whole), binding.path, binding.text)
  }
  if (binding.kind !== "input") return binding.value
  const definition = flow.inputs.find((input) => input.name === binding.name)
  const value = named(`inputs.${binding.name}`) ?? named(name) ?? named(binding.name)
  if (definition === undefined) return value
  if (value === undefined && !definition.hasDefault) return definition.isChatHistory === true ? [] : undefined
  const line: LineInputs = value === undefined ? {} : { [definition.name]: value }
  return compileCoercion([definition], imageRulesOf(flow))(line)[definition.name]
}

/** True for a map with the key: it is what the property is taken of, not the property. */
const holds = (value: unknown, key: PathStep | undefined): boolean =>
  typeof key === "string" && value !== null && typeof value === "object" && Object.hasOwn(value, key)

const isOfAggregation = (binding: Binding, flow: FlowPlan): boolean =>
  binding.kind === "node" && flow.nodes[binding.node]?.aggregation === true
