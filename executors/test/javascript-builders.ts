// Builders for tests of JavaScript lanes: a flow folder with tools, its plan, and real threads that run it.

import { join } from "node:path"
import type {
  Binding,
  ChunkPart,
  ChunkProxy,
  ChunkTask,
  ExecutorContext,
  FlowPlan,
  LineRecord
} from "@throughline/core/contracts"
import { LINE_COMPLETED } from "@throughline/core/contracts"
import { aFolder, aNode, anInput, anOutput, aPlan, aTask, inputRef, nodeRef } from "@throughline/core/testing"
import { onTestFinished } from "vitest"
import { type JavaScriptOptions, javascript } from "../src/javascript/index.ts"
import { decodeRecords } from "./decode-records.ts"

export interface LanesSketch {
  /** The text of the one tool, or several nodes' texts by file name in the order of the nodes. */
  readonly tool: string | Readonly<Record<string, string>>
  /** Inputs of the (last) node; by default `n` from the flow input `n`. */
  readonly inputs?: Readonly<Record<string, Binding>>
  /** Flow inputs, all of type object; by default `n`. */
  readonly flowInputs?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly plan?: Partial<FlowPlan>
  readonly context?: Partial<ExecutorContext>
  readonly options?: JavaScriptOptions
}

/** The plan of nodes that each take the one before as `n`; the last is the output `out`. */
export function aToolPlan({ tool, inputs, flowInputs = ["n"], files = {}, plan }: LanesSketch): FlowPlan {
  const tools = typeof tool === "string" ? { "tool.mjs": tool } : tool
  const names = Object.keys(tools)
  const workingDir = aFolder({ ...files, ...tools })
  const last = names.length - 1
  return aPlan({
    workingDir,
    flowFile: join(workingDir, "flow.dag.yaml"),
    inputs: flowInputs.map((name) => anInput(name, { type: "object" })),
    nodes: names.map((path, at) =>
      aNode({
        name: `node${at}`,
        path,
        inputs: at === last && inputs !== undefined ? inputs : { n: at === 0 ? inputRef("n") : nodeRef(at - 1) }
      })
    ),
    outputs: [anOutput("out", nodeRef(last))],
    ...plan
  })
}

export interface OpenLanes {
  readonly proxy: ChunkProxy
  readonly plan: FlowPlan
  /** Runs one task of these rows and gives its lines by position. */
  run(rows: readonly unknown[], about?: Partial<Pick<ChunkTask, "id" | "isAlone" | "firstPosition">>): Promise<Home>
}

/** What came home of a task. */
export interface Home {
  readonly lines: readonly HomeLine[]
  readonly parts: readonly ChunkPart[]
}

export interface HomeLine {
  readonly position: number
  /** The line's `out`; `undefined` when it failed. */
  readonly out: unknown
  readonly error: string | undefined
  readonly record: LineRecord
}

/** Opens lanes over a plan. Whoever asks for them closes them. */
export async function openPlan(
  plan: FlowPlan,
  { options, context }: Pick<LanesSketch, "options" | "context"> = {}
): Promise<ChunkProxy> {
  const definition = javascript(options)
  return (await definition.open({
    runId: "run",
    plan,
    mapping: {},
    sources: ["data"],
    workers: 1,
    linesPerLane: 64,
    lineTimeoutMs: undefined,
    maxOutputBytes: 1 << 20,
    hosts: definition.hosts,
    initKwargs: {},
    onWarning: () => {},
    ...context
  })) as ChunkProxy
}

/** Opens lanes over a flow of JavaScript tools. They are closed when the test ends. */
export async function openLanesOn(sketch: LanesSketch): Promise<OpenLanes> {
  const plan = aToolPlan(sketch)
  const proxy = await openPlan(plan, sketch)
  onTestFinished(() => proxy.close())
  let nextId = 0
  return {
    proxy,
    plan,
    async run(rows, about = {}) {
      const parts: ChunkPart[] = []
      await proxy.runChunk(aTask({ rows, id: nextId++, ...about }), (part) => parts.push(part))
      return { parts, lines: linesOf(parts) }
    }
  }
}

export function linesOf(parts: readonly ChunkPart[]): readonly HomeLine[] {
  return parts
    .flatMap((part) => {
      const records = decodeRecords(part.records)
      return Array.from(part.positions, (position, at): HomeLine => {
        const text = Buffer.from(part.outputs.subarray(at === 0 ? 0 : part.outputEnds[at - 1], part.outputEnds[at]))
        const isCompleted = part.statuses[at] === LINE_COMPLETED
        const output = isCompleted ? (JSON.parse(text.toString()) as { readonly out: unknown }) : undefined
        return { position, out: output?.out, error: records[at]!.error?.message, record: records[at]! }
      })
    })
    .sort((a, b) => a.position - b.position)
}

/** Opens a flow of one tool, runs one row through it, and gives the line. */
export async function runOnce(tool: LanesSketch["tool"], row: unknown = { n: 1 }, sketch: Partial<LanesSketch> = {}) {
  const lanes = await openLanesOn({ tool, ...sketch })
  const { lines } = await lanes.run([row])
  return lines[0]!
}
