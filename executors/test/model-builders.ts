// Builders for tests of model nodes: a flow folder with one prompt and its node, a test server, and the node's tool.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type Binding,
  connectionProvider,
  type ErrorRecord,
  type ExecutionConnection,
  type FlowPlan,
  type NodeCall,
  type NodePlan,
  type PreparedTool
} from "@throughline/core/contracts"
import { ModelServer, type ModelServerOptions, noServices } from "@throughline/core/testing"
import { onTestFinished } from "vitest"
import type { Token } from "../src/desk/questions.ts"
import type { ModelsDesk } from "../src/models/client.ts"
import { LaneModels } from "../src/models/lane-models.ts"
import { newLimiter } from "../src/models/limiter-words.ts"
import openToolHost from "../src/prompt/tool-host.ts"

const place = { file: "flow.dag.yaml", line: 3, column: 5 }

/** Inputs by name; a text that begins with `${` is a flow input or a node's output. */
export interface NodeSketch {
  readonly type?: string
  readonly prompt?: string
  readonly packageTool?: string
  readonly model?: NodePlan["model"]
  readonly inputs?: Readonly<Record<string, unknown>>
}

export interface OpenModelNode {
  readonly tool: PreparedTool
  readonly tools: readonly PreparedTool[]
  readonly server: ModelServer
  readonly release: (position: number) => void
}

export async function aServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const server = await ModelServer.open(options)
  onTestFinished(() => server.close())
  return server
}

/** promptflow's execution form of each kind of model connection, all to one server. */
export function connectionsTo(server: ModelServer, key = "the-key"): Record<string, ExecutionConnection> {
  return {
    openai: { type: "OpenAIConnection", value: { api_key: key, base_url: server.baseUrl } },
    azure: {
      type: "AzureOpenAIConnection",
      value: { api_key: key, api_base: server.address, api_version: "2024-02-01" }
    },
    serverless: { type: "ServerlessConnection", value: { api_key: key, api_base: server.address } },
    custom: { type: "CustomConnection", value: { key }, secret_keys: ["key"] }
  }
}

export interface NodeOptions {
  readonly connections?: Record<string, ExecutionConnection>
  readonly desk?: ModelsDesk
}

/** The host's side, without a host's thread. Lanes that share one share its quotas. */
export function aDesk(token?: () => Promise<Token>): ModelsDesk {
  const quotas = new Map<string, SharedArrayBuffer>()
  let lane = 0
  return {
    ask: async (question) => {
      if (question.kind === "azureToken") return token?.()
      if (question.kind !== "quota") return undefined
      const words = quotas.get(question.key) ?? newLimiter()
      quotas.set(question.key, words)
      return { words, lane: lane++ }
    }
  }
}

/** Opens a host with these nodes; `tool` is the last one's. */
export async function openNodes(
  nodes: Readonly<Record<string, NodeSketch>>,
  server: ModelServer,
  options: NodeOptions = {}
): Promise<OpenModelNode> {
  const workingDir = mkdtempSync(join(tmpdir(), "throughline-models-"))
  onTestFinished(() => rmSync(workingDir, { recursive: true, force: true }))
  const names = Object.keys(nodes)
  const plans = Object.entries(nodes).map(([name, sketch]): NodePlan => {
    const { type = "llm", prompt = "user:\n{{text}}\n", inputs = {}, packageTool, model } = sketch
    writeFileSync(join(workingDir, `${name}.jinja2`), prompt)
    const bound = Object.entries(inputs).map(([input, value]) => ({
      name: input,
      binding: bindingOf(value, names),
      place
    }))
    const fromFlow = bound.flatMap((input) => (input.binding.kind === "input" ? [input.name] : []))
    const fromFlowInputs: Binding = { kind: "literal", value: fromFlow }
    return {
      name,
      type,
      path: packageTool?.endsWith("embedding") === true ? "" : `${name}.jinja2`,
      ...(packageTool === undefined ? {} : { packageTool }),
      ...(model === undefined ? {} : { model }),
      inputs: [...bound, { name: "_inputs_to_escape", binding: fromFlowInputs, place }],
      activate: undefined,
      aggregation: false,
      dependencies: [],
      place,
      sourcePlace: place
    }
  })
  const models = new LaneModels(options.desk ?? aDesk())
  onTestFinished(() => models.close())
  const host = await openToolHost({
    plan: { workingDir, nodes: plans } as unknown as FlowPlan,
    initKwargs: {},
    options: {},
    nodes: plans.map((_, index) => index),
    linesPerLane: 8,
    ...noServices,
    connections: connectionProvider(options.connections ?? connectionsTo(server)),
    models,
    onWarning: () => {}
  })
  const tools: PreparedTool[] = []
  for (const [index, plan] of plans.entries()) tools.push(await host.prepare(plan, index))
  return { tool: tools.at(-1)!, tools, server, release: (position) => host.releaseLine?.(position) }
}

/** One `llm` node. */
export const openNode = (sketch: NodeSketch, server: ModelServer, options?: NodeOptions): Promise<OpenModelNode> =>
  openNodes({ m: sketch }, server, options)

export function aCall(about: Partial<NodeCall> = {}): NodeCall {
  return {
    position: 0,
    lineNumber: 0,
    node: 0,
    signal: new AbortController().signal,
    logMetric: () => {},
    logs: undefined,
    tokens: undefined,
    ...about
  }
}

/** The error that a promise rejects with. */
export async function failureOf(work: unknown): Promise<Error & { readonly record: ErrorRecord }> {
  try {
    await work
  } catch (error) {
    return error as Error & { readonly record: ErrorRecord }
  }
  throw new Error("it did not fail")
}

function bindingOf(value: unknown, names: readonly string[]): Binding {
  const reference = typeof value === "string" ? /^\$\{(.*)\}$/.exec(value)?.[1] : undefined
  if (reference === undefined) return { kind: "literal", value }
  if (reference.startsWith("inputs.")) return { kind: "input", name: reference.slice(7) }
  return { kind: "node", node: names.indexOf(reference.split(".")[0]!), path: [], text: value as string }
}
