// What Python is told about a node before its first call, and what it answers: the tool's parameters and literals.

import {
  asWritten,
  type Binding,
  type ConnectionProvider,
  type ExecutionConnection,
  type FlowPlan,
  ForeignValue,
  type NodePlan,
  type PreparedTool,
  type ToolHostContext,
  toExecutionForm
} from "@throughline/core/contracts"
import { pythonJson } from "@throughline/core/data/thread"

/** An input that is not a literal: literals are converted and kept in Python. */
export interface CallInput {
  readonly name: string
  /** The name as a JSON key, colon included. */
  readonly key: string
  /** Node and property that it refers to, for messages; `inputs` and the name for a flow input. */
  readonly origin: readonly [string, string]
}

function inputsOf(plan: FlowPlan, node: NodePlan): CallInput[] {
  const inputs: CallInput[] = []
  for (const { name, binding } of node.inputs) {
    if (binding.kind === "literal") continue
    const key = `${JSON.stringify(name)}:`
    if (binding.kind === "input") inputs.push({ name, key, origin: ["inputs", binding.name] })
    else {
      const property = /^\$\{[^.}]*\.[^.}]*\.(.*)\}$/s.exec(binding.text)?.[1] ?? ""
      inputs.push({ name, key, origin: [plan.nodes[binding.node]?.name ?? "", property] })
    }
  }
  return inputs
}

/**
 * Where a node's output goes. `parts`: something outside of this process takes a property of it. `kept`: to another node of this process, as an object. `leaves`: to anyone else, so that
 * a stream has to be read to its end.
 */
function usesOf(
  plan: FlowPlan,
  hosted: readonly number[],
  index: number
): { readonly kept: boolean; readonly leaves: boolean; readonly parts: boolean } {
  const isAggregation = plan.nodes[index]?.aggregation === true
  let kept = false
  const isPart = (binding: Binding | undefined) =>
    binding?.kind === "node" && binding.node === index && binding.path.length > 0
  let parts = plan.outputs.some(({ binding }) => isPart(binding))
  let leaves = plan.outputs.some(({ binding }) => binding.kind === "node" && binding.node === index)
  plan.nodes.forEach((consumer, at) => {
    if (consumer.activate?.when.kind === "node" && consumer.activate.when.node === index) leaves = true
    if (isPart(consumer.activate?.when)) parts = true
    if (!consumer.inputs.some(({ binding }) => binding.kind === "node" && binding.node === index)) return
    if (hosted.includes(at) && consumer.aggregation === isAggregation) kept = true
    else {
      leaves = true
      if (consumer.inputs.some(({ binding }) => isPart(binding))) parts = true
    }
  })
  return { kept, leaves, parts }
}

/** True when what the node gives is an output of the flow, as it is. */
const isOutput = ({ outputs }: FlowPlan, index: number): boolean =>
  outputs.some(({ binding }) => binding.kind === "node" && binding.node === index && binding.path.length === 0)

/** What Python is told of one connection: its definition, or why it cannot be had. */
type KnownConnection = ExecutionConnection | { readonly error: string }

/**
 * The connections that a node's literals (and constructor arguments) may name, and the names there are. Whether a literal names one shows only in
 * Python, by the type of its parameter.
 */
async function connectionsOf(
  node: NodePlan,
  init: Readonly<Record<string, unknown>>,
  provider: ConnectionProvider
): Promise<{ readonly connections: Readonly<Record<string, KnownConnection>>; readonly names: readonly string[] }> {
  const literals = node.inputs.flatMap(({ binding }) => (binding.kind === "literal" ? [binding.value] : []))
  // A model configuration names its connection one level further down.
  const given = Object.values(init).flatMap((value) =>
    value !== null && typeof value === "object" ? Object.values(value) : [value]
  )
  const texts = [...literals, ...given].filter((value) => typeof value === "string")
  const connections: Record<string, KnownConnection> = {}
  if (texts.length === 0) return { connections, names: [] }
  const names = await provider.names?.().catch(() => undefined)
  for (const name of new Set(texts)) {
    if (names !== undefined && !names.includes(name)) continue
    try {
      const connection = await provider.get(name)
      if (connection !== undefined) connections[name] = toExecutionForm(connection)
    } catch (error) {
      connections[name] = { error: error instanceof Error ? error.message : String(error) }
    }
  }
  return { connections, names: names ?? [] }
}

export interface Preparation {
  /** A JSON object without its closing brace: the message's number comes last, and is another each time. */
  readonly json: string
  readonly inputs: readonly CallInput[]
  /** Objects that the node makes stay in the process until their line is released. */
  readonly isKept: boolean
}

/** `context.initKwargs`: arguments for the constructor of a flex flow's class. */
export async function preparationOf(
  {
    plan,
    nodes: hosted,
    connections,
    initKwargs: init,
    maxOutputBytes
  }: Pick<ToolHostContext, "plan" | "nodes" | "connections" | "initKwargs" | "maxOutputBytes">,
  node: NodePlan,
  index: number
): Promise<Preparation> {
  const inputs = inputsOf(plan, node)
  const uses = usesOf(plan, hosted, index)
  const body = JSON.stringify({
    index,
    node: node.name,
    path: node.path,
    packageTool: node.packageTool ?? null,
    module: node.module ?? null,
    references: Object.fromEntries(inputs.map(({ name, origin }) => [name, origin])),
    order: node.inputs.map(({ name }) => name),
    ...(await connectionsOf(node, init, connections)),
    ...uses,
    limit: isOutput(plan, index) ? (maxOutputBytes ?? null) : null
  })
  const literals = node.inputs.flatMap(({ name, binding }) =>
    binding.kind === "literal" ? [[name, asWritten(binding.value, binding.json)]] : []
  )
  const entry = plan.kind === "flex" ? `,"aggregates":${node.aggregation},"init":${pythonJson(init)}` : ""
  const json = `${body.slice(0, -1)}${entry},"literals":${pythonJson(Object.fromEntries(literals))}`
  return { json, inputs, isKept: uses.kept }
}

/** Python's answer to a preparation. */
export interface Prepared {
  readonly isAsync: boolean
  readonly parameters: ReadonlyArray<readonly [string, boolean]>
  readonly literals: Readonly<Record<string, string>>
}

/** What the walk needs to know of a tool. */
export function toolFacts({ isAsync, parameters, literals }: Prepared): Omit<PreparedTool, "call"> {
  return {
    parameters: parameters.map(([name, hasDefault]) => ({ name, hasDefault })),
    literals: Object.fromEntries(Object.entries(literals).map(([name, text]) => [name, literalOf(text)])),
    takesForeign: true,
    mayWait: isAsync
  }
}

/** A converted literal: a plain value, or a `ForeignValue` where JavaScript would write its number differently. */
function literalOf(text: string): unknown {
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, "")
  return /\.0(?!\d)|\de|NaN|Infinity|\d{16}/.test(numbers) ? new ForeignValue(text) : JSON.parse(text)
}
