// Builders for tests of the Python host: a flow folder with scripts, its plan, and an open host with prepared tools.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import {
  type Binding,
  connectionProvider,
  type ExecutionConnection,
  type FlowPlan,
  type ForeignValue,
  type ModelClient,
  type NodeCall,
  type NodePlan,
  type PreparedTool
} from "@throughline/core/contracts"
import { noServices } from "@throughline/core/testing"
import { onTestFinished } from "vitest"
import type { PythonOptions } from "../src/python/interpreter.ts"
import openToolHost, { type PythonToolHost } from "../src/python/tool-host.ts"

const place = { file: "flow.dag.yaml", line: 1, column: 1 }

/** A node of a test flow: its script, and its inputs. A text that begins with `${` is a reference. */
export interface ScriptNode {
  readonly code: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly aggregation?: boolean
  readonly path?: string
  readonly type?: string
  /** The tool comes from a package: `code` is then the prompt, where there is a `path`. */
  readonly packageTool?: string
  readonly module?: string
}

export interface FlowSketch {
  readonly connections?: Readonly<Record<string, ExecutionConnection>>
  readonly nodes: Readonly<Record<string, ScriptNode>>
  /** Names of the nodes that are flow outputs; the last one when not given. */
  readonly outputs?: readonly string[]
  /** More files of the flow folder. */
  readonly files?: Readonly<Record<string, string>>
  readonly options?: PythonOptions
  /** Default: calling a model fails. */
  readonly models?: ModelClient
}

export interface OpenFlow {
  readonly host: PythonToolHost
  readonly folder: string
  readonly plan: FlowPlan
  readonly tools: Readonly<Record<string, PreparedTool>>
  readonly warnings: string[]
  /** Calls a node's tool. */
  call(node: string, inputs?: Record<string, unknown>, call?: Partial<NodeCall>): Promise<ForeignValue>
}

export const TOOL = "from promptflow.core import tool\n"

/** A script whose tool is `run`. */
export const script = (parameters: string, ...lines: readonly string[]): string =>
  `${TOOL}@tool\ndef run(${parameters}):\n${lines.map((line) => `    ${line}\n`).join("")}`

export function aFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "python-host-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** The flow's plan, its scripts written to a new folder. */
export function aPlan({ nodes, outputs, files = {} }: FlowSketch): FlowPlan {
  const names = Object.keys(nodes)
  const paths = names.map((name) => nodes[name]!.path ?? (nodes[name]!.packageTool === undefined ? `${name}.py` : ""))
  const scripts = Object.fromEntries(
    names.flatMap((name, at) => (paths[at] === "" ? [] : [[paths[at]!, nodes[name]!.code]]))
  )
  const workingDir = aFolder({ ...scripts, ...files })
  const plans = names.map((name, at): NodePlan => {
    const { inputs = {}, aggregation = false, type = "python", packageTool, module } = nodes[name]!
    const bound = Object.entries(inputs).map(([key, value]) => ({ name: key, binding: bindingOf(value, names), place }))
    const dependencies = bound.flatMap(({ binding }) => (binding.kind === "node" ? [binding.node] : []))
    return {
      name,
      type,
      path: paths[at]!,
      ...(packageTool === undefined ? {} : { packageTool }),
      ...(module === undefined ? {} : { module }),
      inputs: bound,
      activate: undefined,
      aggregation,
      dependencies,
      place,
      sourcePlace: place
    }
  })
  const last = names.at(-1)!
  return {
    kind: "dag",
    name: "test",
    flowId: "default_flow_id",
    flowFile: join(workingDir, "flow.dag.yaml"),
    workingDir,
    language: "python",
    inputs: [],
    outputs: (outputs ?? [last]).map((name) => ({
      name,
      type: "string",
      binding: bindingOf(name.startsWith("$") ? name : `\${${name}.output}`, names),
      evaluationOnly: false,
      isChatOutput: false,
      place
    })),
    nodes: plans,
    environmentVariables: {},
    warnings: []
  }
}

function bindingOf(value: unknown, names: readonly string[]): Binding {
  const reference = typeof value === "string" ? /^\$\{(.*)\}$/.exec(value)?.[1] : undefined
  if (reference === undefined) return { kind: "literal", value }
  if (reference.startsWith("inputs.")) return { kind: "input", name: reference.slice(7) }
  const [node = "", , ...property] = reference.split(".")
  const path = [...property.join(".").matchAll(/(\w+)|\[(\d+)\]/g)].map(([, word, index]) => word ?? Number(index))
  return { kind: "node", node: names.indexOf(node), path, text: value as string }
}

/** Opens the host of a flow and prepares its Python nodes. Closed when the test ends. */
export async function openFlow(sketch: FlowSketch): Promise<OpenFlow> {
  const plan = aPlan(sketch)
  const warnings: string[] = []
  const nodes = plan.nodes.flatMap((node, index) => (node.type === "python" ? [index] : []))
  const host = (await openToolHost({
    plan,
    initKwargs: {},
    options: sketch.options ?? {},
    nodes,
    linesPerLane: 64,
    ...noServices,
    ...(sketch.models === undefined ? {} : { models: sketch.models }),
    connections: connectionProvider(sketch.connections),
    onWarning: (message) => warnings.push(message)
  })) as PythonToolHost
  onTestFinished(() => host.close())
  const tools: Record<string, PreparedTool> = {}
  for (const index of nodes) tools[plan.nodes[index]!.name] = await host.prepare(plan.nodes[index]!, index)
  return {
    host,
    folder: plan.workingDir,
    plan,
    tools,
    warnings,
    call: (node, inputs = {}, call = {}) => tools[node]!.call(inputs, aCall(call)) as Promise<ForeignValue>
  }
}

/** Opens a flow of one node and calls it. */
export async function callOnce(code: string, inputs: Record<string, unknown> = {}): Promise<ForeignValue> {
  const references = Object.fromEntries(Object.keys(inputs).map((name) => [name, `\${inputs.${name}}`]))
  const flow = await openFlow({ nodes: { a: { code, inputs: references } } })
  return flow.call("a", inputs)
}

export function aCall(call: Partial<NodeCall> = {}): NodeCall {
  return {
    position: 0,
    lineNumber: 0,
    node: 0,
    signal: new AbortController().signal,
    logMetric: () => undefined,
    logs: undefined,
    tokens: undefined,
    ...call
  }
}
