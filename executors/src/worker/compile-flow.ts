// A flow made ready to run in this lane: hosts opened, tools loaded, mapping, coercion, walk and outputs compiled to
// functions. Everything that can fail before the first line fails here, with the record of the tool that failed.

import {
  type FlowPlan,
  type NodePlan,
  type PreparedTool,
  type Row,
  type ToolHost,
  type ToolHostModule,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { compileInputs, compileRowParsing, imageRulesOf, type ReadInputs } from "@throughline/core/data/thread"
import {
  type AggregationKey,
  aggregationKeys,
  type BindingView,
  compileAggregationRow,
  compileOutputReaders,
  compileWalk,
  type OutputReader,
  type WalkNodes,
  type WalkStep
} from "@throughline/core/walk"
import type { LaneDesk } from "../desk/lane-desk.ts"
import type { LaneStart } from "../lanes/lane-messages.ts"
import { connectionsNamed } from "../lanes/resolve-environment.ts"
import { LaneModels } from "../models/lane-models.ts"
import { openBuiltInHost } from "./built-in-hosts.ts"

export interface CompiledFlow {
  readonly plan: FlowPlan
  readonly parseRow: (text: string) => Row
  readonly readInputs: ReadInputs
  readonly walk: WalkNodes
  readonly outputs: readonly OutputReader[]
  readonly aggregationKeys: readonly AggregationKey[]
  readonly aggregationRow: ((view: BindingView) => unknown[]) | undefined
  /** Prepared tools by plan index, each once; those of aggregation nodes are loaded when aggregation begins. */
  readonly prepare: (index: number) => Promise<PreparedTool>
  /** The hosts, and the lane's models where nodes may call them. */
  readonly hosts: ReadonlyArray<
    Pick<ToolHost, "flush" | "releaseLine" | "runningSinceMs" | "tellsWhoRuns" | "close" | "isCurrent">
  >
  /** True when some tool waits rather than computes; asked again, since a first call may show it. */
  readonly mayWait: () => boolean
  /** Remarks that stop nothing, for whoever watches the run. */
  readonly onWarning: (message: string) => void
}

const originMs = performance.timeOrigin

/** Milliseconds since the epoch, with fractions: what every record's times are. */
export const now = (): number => originMs + performance.now()

/** Opens the hosts of the plan's node types and loads the tools of its line nodes. */
export async function compileFlow(
  start: LaneStart,
  desk: LaneDesk,
  onWarning: (message: string) => void
): Promise<CompiledFlow> {
  const { plan } = start
  const { connections, secrets } = desk
  // What they hold is in the thread's environment: it is to be known as secret before anything is printed.
  const named = connectionsNamed(plan.environmentVariables)
  await Promise.all(named.map((name) => connections.get(name).catch(() => undefined)))
  const models = new LaneModels(desk)
  const hostOf = new Map<string, Promise<ToolHost>>()
  const opened: Array<CompiledFlow["hosts"][number]> = plan.nodes.some(({ type }) => type !== "javascript")
    ? [models]
    : []
  /** Node types that one module runs with the same options share one host. */
  const keyOf = (type: string): string => JSON.stringify(start.hosts[type])
  const openHost = (type: string): Promise<ToolHost> => {
    const key = keyOf(type)
    const known = hostOf.get(key)
    if (known !== undefined) return known
    const host = openHostModule(start.hosts[type]!, {
      plan,
      initKwargs: start.initKwargs,
      nodes: plan.nodes.flatMap((node, index) => (keyOf(node.type) === key ? [index] : [])),
      linesPerLane: start.linesPerLane,
      maxOutputBytes: start.maxOutputBytes,
      connections,
      models,
      onWarning
    }).then((host) => {
      opened.push(host)
      return host
    })
    hostOf.set(key, host)
    return host
  }
  const prepared = new Map<number, Promise<PreparedTool>>()
  const prepare = (index: number): Promise<PreparedTool> => {
    const node = plan.nodes[index]!
    const tool =
      prepared.get(index) ??
      openHost(node.type).then(async (host) => {
        try {
          const loaded = await host.prepare(node, index)
          return secrets.isEmpty ? loaded : secrets.keepFrom(loaded)
        } catch (error) {
          throw placed(error, node)
        }
      })
    prepared.set(index, tool)
    tool.catch(() => prepared.delete(index))
    return tool
  }

  try {
    for (const index of inFileOrder(plan)) {
      if (!plan.nodes[index]!.aggregation || start.loadsAggregation) await prepare(index)
    }
    const steps: WalkStep[] = []
    for (const [index, node] of plan.nodes.entries()) {
      if (!node.aggregation) steps.push({ node, index, tool: await prepare(index) })
    }
    const keys = aggregationKeys(plan)
    return {
      plan,
      parseRow: compileRowParsing(start),
      readInputs: compileInputs(start.mapping, plan.inputs, start.sources, imageRulesOf(plan)),
      walk: compileWalk(steps, plan.nodes.length, now),
      outputs: compileOutputReaders(plan),
      aggregationKeys: keys,
      aggregationRow: plan.nodes.some((node) => node.aggregation) ? compileAggregationRow(keys) : undefined,
      prepare,
      hosts: opened,
      mayWait: () => steps.some((step) => step.tool.mayWait),
      onWarning
    }
  } catch (error) {
    await Promise.allSettled(opened.map((host) => host.close()))
    throw error
  }
}

/** The order in which promptflow loads tools: of several that do not load, the first in the file is told. */
const inFileOrder = ({ nodes }: FlowPlan): readonly number[] =>
  [...nodes.keys()].sort((a, b) => nodes[a]!.place.line - nodes[b]!.place.line || a - b)

/** A failure that does not say where it is stands at the node's `source.path`. */
function placed(error: unknown, { sourcePlace: { file, line, column } }: NodePlan): unknown {
  if (!(error instanceof ToolLoadFailure) || error.record.place !== undefined) return error
  return new ToolLoadFailure({ ...error.record, place: `${file}:${line}:${column}` })
}

type HostContext = Parameters<import("@throughline/core/contracts").OpenToolHost>[0]

async function openHostModule(host: ToolHostModule, context: Omit<HostContext, "options">): Promise<ToolHost> {
  const full: HostContext = { ...context, options: host.options }
  if (host.module.startsWith("throughline:")) return openBuiltInHost(host.module, full)
  const loaded: unknown = await import(host.module)
  const open = (loaded as { readonly default?: unknown }).default
  if (typeof open !== "function") throw new TypeError(`${host.module} has no default export that opens a tool host`)
  return open(full) as Promise<ToolHost>
}
