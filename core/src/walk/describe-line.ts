// What follows from a line's inputs and its node values: the flow outputs, what aggregation will need, and, for a
// reader of the journal, the inputs each node got. Decides nothing about when a node runs.

import {
  type AggregationTask,
  type Binding,
  type ErrorRecord,
  errorRecord,
  type FlowPlan,
  ForeignValue,
  type LineInputs,
  type LineRecord,
  type NodeRecord,
  parseExactJson,
  setOwn
} from "../contracts/index.ts"
import { parseExactRow, pythonJson } from "../data/thread.ts"
import { type BindingView, compileBinding, followPath, ReferenceFailure } from "./resolve-binding.ts"

/** Flow outputs, or the error that ends the line. */
export type LineOutputs =
  | { readonly output: Record<string, unknown>; readonly error: undefined }
  | { readonly output: undefined; readonly error: ErrorRecord }

/** A flow output and how a line's value for it is read. */
export interface OutputReader {
  readonly name: string
  /**
   * Foreign values stay as they are; a bypassed node gives null.
   *
   * @throws {ReferenceFailure} where a path leads nowhere or into a bypassed node, and for what has no JSON text
   */
  readonly read: (view: BindingView) => unknown
}

/** The flow's outputs, each by itself. */
export function compileOutputReaders(plan: FlowPlan): readonly OutputReader[] {
  return plan.outputs.map(({ name, binding }) => {
    const { read } = strictReader(binding)
    return {
      name,
      read: (view) => {
        const value = read(view)
        if (value instanceof ForeignValue && !value.isSerializable) {
          throw new ReferenceFailure(
            unserializable(name, value.reason ?? `its text form is ${value.text.slice(0, 200)}`)
          )
        }
        return value
      }
    }
  })
}

/** Compiles the flow's outputs, all of them or the error of the first that cannot be read. */
export function compileOutputs(plan: FlowPlan): (view: BindingView) => LineOutputs {
  if (plan.kind !== "dag") return wholeOutput
  const outputs = compileOutputReaders(plan)
  return (view) => {
    const output: Record<string, unknown> = {}
    try {
      for (const { name, read } of outputs) setOwn(output, name, read(view))
      return { output, error: undefined }
    } catch (error) {
      if (error instanceof ReferenceFailure) return { output: undefined, error: error.record }
      throw error
    }
  }
}

/** The entry's value as the line's output. Its language has seen to it that JSON can hold it. */
function wholeOutput({ values: [value] }: BindingView): LineOutputs {
  const text = wholeOutputText(value instanceof ForeignValue ? value.text : pythonJson(value))
  return { output: parseExactRow(text), error: undefined }
}

/** JSON of what an entry returned → JSON of the line's output: an object is the output, anything else its one key. */
const wholeOutputText = (json: string): string => (json.startsWith("{") ? json : `{"output": ${json}}`)

/** A line of `output.jsonl` from JSON of what an entry returned. The line's number stands for a key of the same name. */
export function wholeOutputLine(lineNumber: number, json: string): string {
  let text = wholeOutputText(json)
  if (text.includes('"line_number"')) {
    const { line_number: _, ...others } = parseExactJson(text) as Record<string, unknown>
    text = pythonJson(others)
  }
  return `{"line_number": ${lineNumber}${text === "{}" ? "" : ", "}${text.slice(1)}\n`
}

/** `FlowOutputUnserializable` for one output. */
export function unserializable(name: string, reason: string): ErrorRecord {
  return errorRecord({
    message:
      `The output '${name}' for flow is incorrect. The output value is not JSON serializable. ` +
      `JSON dump failed: ${reason}. Please verify your flow output and make sure the value serializable.`,
    messageParameters: { output_name: name },
    codes: ["UserError", "FlowOutputUnserializable"],
    referenceCode: "FlowExecutor"
  })
}

/** A value that an aggregation node needs of every line. */
export interface AggregationKey {
  /** `${inputs.x}` or `${node.output…}`. */
  readonly key: string
  readonly binding: Binding
}

/** What the flow's aggregation nodes read of each line, each key once, in plan order. Empty without such nodes. */
export function aggregationKeys(plan: FlowPlan): readonly AggregationKey[] {
  const keys = new Map<string, Binding>()
  for (const node of plan.nodes) {
    if (!node.aggregation) continue
    const bindings = node.inputs.map((input) => input.binding)
    if (node.activate !== undefined) bindings.push(node.activate.when)
    for (const binding of bindings) {
      if (binding.kind === "input") keys.set(inputKey(binding.name), binding)
      else if (binding.kind === "node" && !plan.nodes[binding.node]!.aggregation) keys.set(binding.text, binding)
    }
  }
  return [...keys].map(([key, binding]) => ({ key, binding }))
}

const inputKey = (name: string): string => `\${inputs.${name}}`

/** Compiles what a line gives to the aggregation nodes: one value per key, in the order of the keys. */
export function compileAggregationRow(keys: readonly AggregationKey[]): (view: BindingView) => unknown[] {
  const reads = keys.map(({ binding }) => strictReader(binding).read)
  return (view) => reads.map((read) => read(view))
}

/** The view the aggregation nodes are walked over: every key's list stands where a line's value would. */
export function aggregationView(
  plan: FlowPlan,
  keys: readonly AggregationKey[],
  lists: AggregationTask["lists"]
): { readonly plan: FlowPlan; readonly inputs: LineInputs } {
  const inputs: LineInputs = Object.create(null) as LineInputs
  for (const { key } of keys) inputs[key] = new ForeignValue(lists[key] ?? "[]")
  const rebind = (binding: Binding): Binding => {
    if (binding.kind === "input") return { kind: "input", name: inputKey(binding.name) }
    if (binding.kind === "node" && !plan.nodes[binding.node]!.aggregation) return { kind: "input", name: binding.text }
    return binding
  }
  const nodes = plan.nodes.map((node) =>
    node.aggregation
      ? {
          ...node,
          inputs: node.inputs.map((input) => ({ ...input, binding: rebind(input.binding) })),
          activate: node.activate && { ...node.activate, when: rebind(node.activate.when) },
          dependencies: node.dependencies.filter((dependency) => plan.nodes[dependency]!.aggregation)
        }
      : node
  )
  return { plan: { ...plan, nodes }, inputs }
}

/** A line read back from the journal. */
export interface DescribedLine {
  /** Flow output name → value; `{}` unless the line completed. */
  readonly output: Record<string, unknown>
  /** The inputs each recorded node was given, in the order of the record's nodes. */
  readonly nodeInputs: ReadonlyArray<Record<string, unknown>>
}

/** Compiles the reading back of lines: outputs and node inputs from the coerced line inputs and the record. */
export function compileDescription(plan: FlowPlan): (inputs: LineInputs, record: LineRecord) => DescribedLine {
  const outputsOf = compileOutputs(plan)
  const nodeReads = plan.nodes.map((node) =>
    node.inputs.map((input) => ({ name: input.name, read: compileBinding(input.binding, true) }))
  )
  return (inputs, record) => {
    const view = viewOf(plan, inputs, record.nodes)
    const nodeInputs = record.nodes.map(({ node }) => {
      const given: Record<string, unknown> = {}
      for (const { name, read } of nodeReads[node] ?? []) {
        try {
          setOwn(given, name, read(view))
        } catch (error) {
          if (!(error instanceof ReferenceFailure)) throw error
        }
      }
      return given
    })
    if (record.status !== "Completed") return { output: {}, nodeInputs }
    if (record.output !== undefined) return { output: record.output as Record<string, unknown>, nodeInputs }
    return { output: outputsOf(view).output ?? {}, nodeInputs }
  }
}

/** What bindings read of a line whose nodes are done. */
export function viewOf(plan: FlowPlan, inputs: LineInputs, nodes: readonly NodeRecord[]): BindingView {
  const values: unknown[] = new Array(plan.nodes.length)
  const bypassed = new Uint8Array(plan.nodes.length)
  for (const { node, json, value, status } of nodes) {
    values[node] = json === undefined ? value : new ForeignValue(json)
    if (status === "Bypassed") bypassed[node] = 1
  }
  return { inputs, values, bypassed }
}

/** Reads a binding the strict way: a path into a bypassed node is a failure here, where node inputs read null. */
function strictReader(binding: Binding): { readonly read: (view: BindingView) => unknown } {
  const read = compileBinding(binding, true)
  if (binding.kind !== "node" || binding.path.length === 0) return { read }
  const { node, path, text } = binding
  return {
    read: (view) => {
      if (view.bypassed[node] === 1) {
        throw new ReferenceFailure(
          errorRecord({
            message: `Invalid property ${JSON.stringify(path[0])} in the reference '${text}': the node was bypassed.`,
            codes: ["UserError", "NodeReferenceError", "InvalidReferenceProperty"],
            referenceCode: "Executor"
          })
        )
      }
      const value = view.values[node]
      return followPath(value instanceof ForeignValue ? parseExactJson(value.text) : value, path, text)
    }
  }
}
