// What a call's inputs look like on the way to Python, and what the plan says about a node's inputs and output.
//
// J1. A value of the same process goes as a handle and a path; everything else as JSON, once.

import {
  type FlowPlan,
  ForeignReference,
  ForeignValue,
  type NodePlan,
  type PathStep
} from "@throughline/core/contracts"
import { toPythonJson } from "./json.ts"

/** An input that is not a literal: literals are converted and kept in Python. */
export interface CallInput {
  readonly name: string
  /** The name as a JSON key, colon included. */
  readonly key: string
  /** Node and property that it refers to, for messages; `inputs` and the name for a flow input. */
  readonly origin: readonly [string, string]
}

export function inputsOf(plan: FlowPlan, node: NodePlan): CallInput[] {
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
 * Where a node's output goes. `kept`: to another node of this process, as an object. `leaves`: to anyone else, so that
 * a stream has to be read to its end.
 */
export function usesOf(
  plan: FlowPlan,
  hosted: readonly number[],
  index: number
): { readonly kept: boolean; readonly leaves: boolean } {
  const isAggregation = plan.nodes[index]?.aggregation === true
  let kept = false
  let leaves = plan.outputs.some(({ binding }) => binding.kind === "node" && binding.node === index)
  plan.nodes.forEach((consumer, at) => {
    if (consumer.activate?.when.kind === "node" && consumer.activate.when.node === index) leaves = true
    if (!consumer.inputs.some(({ binding }) => binding.kind === "node" && binding.node === index)) return
    if (hosted.includes(at) && consumer.aggregation === isAggregation) kept = true
    else leaves = true
  })
  return { kept, leaves }
}

/** `{plain values},{by reference}` of a call; a name that is not among the inputs is left out. */
export function callJson(values: Record<string, unknown>, inputs: readonly CallInput[]): string {
  let plain = ""
  let taken = ""
  for (const { name, key } of inputs) {
    if (!(name in values)) continue
    const value = values[name]
    if (value instanceof ForeignReference) taken = joined(taken, key + reference(value.source, value.path))
    else if (value instanceof ForeignValue && value.handle !== undefined) {
      taken = joined(taken, `${key}[${value.handle},[],null]`)
    } else {
      const json = toPythonJson(value)
      if (json.includes('"data:image/')) taken = joined(taken, `${key}[0,[],${JSON.stringify(json)}]`)
      else plain = joined(plain, key + json)
    }
  }
  return taken === "" ? `{${plain}},0` : `{${plain}},{${taken}}`
}

const joined = (list: string, item: string): string => (list === "" ? item : `${list},${item}`)

function reference(source: ForeignValue, path: readonly PathStep[]): string {
  const steps = JSON.stringify(path)
  return source.handle === undefined
    ? `[0,${steps},${JSON.stringify(source.text)}]`
    : `[${source.handle},${steps},null]`
}

/** True when an input is an object of a process that is no more. */
export function isGone(values: Record<string, unknown>, inputs: readonly CallInput[], firstNumber: number): boolean {
  return inputs.some(({ name }) => {
    const value = values[name]
    const source = value instanceof ForeignReference ? value.source : value
    return source instanceof ForeignValue && source.handle !== undefined && source.handle < firstNumber
  })
}
