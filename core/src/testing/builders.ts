// Builders of plain data for tests: each takes what the test is about and fills in the rest.

import {
  type ChunkHeader,
  type FlowPlan,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineRecord,
  type RunEnding,
  type RunManifest,
  type StoredChunk
} from "../contracts/index.ts"

export function aPlan(about: Partial<FlowPlan> = {}): FlowPlan {
  return {
    kind: "dag",
    name: "a-flow",
    flowId: "default_flow_id",
    flowFile: "/flows/a-flow/flow.dag.yaml",
    workingDir: "/flows/a-flow",
    language: "python",
    inputs: [],
    outputs: [],
    nodes: [],
    environmentVariables: {},
    warnings: [],
    ...about
  }
}

export function aManifest(about: Partial<RunManifest> = {}): RunManifest {
  const name = about.name ?? "a-run"
  return {
    name,
    flowFile: "/flows/a-flow/flow.dag.yaml",
    flowName: "a-flow",
    language: "python",
    columnMapping: { question: "${data.question}" },
    data: { data: "/data/questions.jsonl" },
    outputDir: undefined,
    plan: aPlan(),
    sources: ["data"],
    displayName: name,
    description: undefined,
    tags: {},
    createdOn: "2026-01-02T03:04:05.678+00:00",
    engine: "0.1.0",
    workers: 2,
    ...about
  }
}

export function aLineRecord(about: Partial<LineRecord> = {}): LineRecord {
  const position = about.position ?? 0
  return {
    position,
    lineNumber: position,
    status: "Completed",
    startMs: 1_767_323_045_678.25,
    endMs: 1_767_323_045_690.5,
    threadId: 1,
    attempt: 1,
    nodes: [{ node: 0, status: "Completed", startMs: 1_767_323_045_679, endMs: 1_767_323_045_690, value: "an answer" }],
    ...about
  }
}

export interface AboutStoredChunk {
  /** Default: `[0]`. */
  readonly positions?: readonly number[]
  /** Positions that failed; the others completed. */
  readonly failed?: readonly number[]
  readonly lineNumbers?: readonly number[]
  readonly nodeStatus?: ChunkHeader["nodeStatus"]
  readonly tokens?: ChunkHeader["tokens"]
  readonly records?: Uint8Array
  readonly rows?: Uint8Array
  readonly aggregation?: Uint8Array
}

/** A chunk whose rows are `{"row":<position>}` and whose records are bytes that nobody can decode unless given. */
export function aStoredChunk(about: AboutStoredChunk = {}): StoredChunk {
  const { positions = [0], failed = [], lineNumbers, aggregation } = about
  const text = new TextEncoder()
  const header: ChunkHeader = {
    positions: Uint32Array.from(positions),
    ...(lineNumbers === undefined ? {} : { lineNumbers: Uint32Array.from(lineNumbers) }),
    ...(failed.length === 0
      ? {}
      : { statuses: Uint8Array.from(positions, (at) => (failed.includes(at) ? LINE_FAILED : LINE_COMPLETED)) }),
    nodeStatus: about.nodeStatus ?? { "answer.completed": positions.length },
    tokens: about.tokens ?? { prompt: 2 * positions.length, completion: positions.length, total: 3 * positions.length }
  }
  return {
    header,
    records: about.records ?? text.encode(`records of ${positions.join(",")}`),
    rows: about.rows ?? text.encode(positions.map((at) => `{"row":${at}}\n`).join("")),
    ...(aggregation === undefined ? {} : { aggregation })
  }
}

export function anEnding(about: Partial<RunEnding> = {}): RunEnding {
  return {
    status: "Completed",
    endTime: "2026-01-02T03:05:05.678+00:00",
    durationSec: 60,
    metrics: {},
    aggregation: [],
    error: undefined,
    ...about
  }
}
