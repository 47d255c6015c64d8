// What the journal keeps of a run beside its chunks: keys and values of the `runs` database, and the summary they make.
//
// S1. No count is kept while a run goes on: `lines`, `nodeStatus` and tokens are a query over its chunk headers. The
//     ending holds the same query's result, made once when the run was over.

import {
  type ChunkHeader,
  LINE_FAILED,
  type OutputCursor,
  type RunChanges,
  type RunEnding,
  type RunManifest,
  type RunSummary
} from "@throughline/core/contracts"
import type { Environment } from "./environment.ts"
import { isLive, type Lease } from "./lease.ts"

export interface RunRecord {
  /** First part of the keys of its chunks. Never given twice, so that a late write cannot land in another run. */
  readonly number: number
  readonly manifest: RunManifest
  readonly startTime: string
  readonly changes: RunChanges
}

export interface Totals {
  readonly lines: RunSummary["lines"]
  readonly nodeStatus: Readonly<Record<string, number>>
  readonly tokens: ChunkHeader["tokens"]
}

export interface EndingRecord {
  readonly ending: RunEnding
  readonly totals: Totals
}

export interface RunParts {
  readonly record: RunRecord
  readonly ending: EndingRecord | undefined
  readonly lease: Lease | undefined
  readonly cursor: CursorRecord | undefined
  /** Seconds for which writers before the present one had the run. */
  readonly spentSec: number
  readonly isPaused: boolean
}

/** Where `output.jsonl` stood at the last commit, and when that was. */
export interface CursorRecord extends OutputCursor {
  /** Absent in early journals. */
  readonly keptMs?: number
}

// `[0, …]` sorts before all names, and no name is a number.
export const NEXT_NUMBER_KEY = [0, "next"]
export const trashKey = (runNumber: number) => [0, "trash", runNumber]
export const TRASH_RANGE = () => ({ start: [0, "trash"], end: [0, "trasi"] })

export const recordKey = (name: string) => [name, "record"]
export const endingKey = (name: string) => [name, "ending"]
export const cursorKey = (name: string) => [name, "cursor"]
export const spentKey = (name: string) => [name, "spent"]
export const pausedKey = (name: string) => [name, "paused"]
/** Orders by their time; two of one moment by chance. */
export const orderKey = (name: string, atMs: number) => [name, "order", atMs, Math.random()]
export const orderRange = (name: string) => ({ start: [name, "order"], end: [name, "order~"] })
export const leaseKey = (name: string, token: string) => [name, "lease", token]

/**
 * Seconds for which the run was being written. A writer that is gone is believed up to its last commit or heartbeat.
 *
 * @param nowMs given for a run that is being written now
 */
export function spentSecOf({ ending, lease, cursor, spentSec }: RunParts, nowMs?: number): number {
  if (ending !== undefined) return ending.ending.durationSec
  if (lease === undefined) return spentSec
  const { heartbeatMs, takenMs = heartbeatMs } = lease
  const lastMs = nowMs ?? Math.max(heartbeatMs, cursor?.keptMs ?? 0)
  return spentSec + Math.max(0, lastMs - takenMs) / 1000
}

export function readParts(environment: Environment, name: string): RunParts | undefined {
  const { runs, msgpack } = environment
  let record: RunRecord | undefined
  let ending: EndingRecord | undefined
  let lease: Lease | undefined
  let cursor: CursorRecord | undefined
  let spentSec = 0
  let isPaused = false
  for (const { key, value } of environment.read(() => [...runs.getRange({ start: [name], end: [name, "~"] })])) {
    const kind = (key as string[])[1]
    if (kind === "record") record = msgpack.unpack(value) as RunRecord
    else if (kind === "ending") ending = msgpack.unpack(value) as EndingRecord
    else if (kind === "lease") lease = msgpack.unpack(value) as Lease
    else if (kind === "cursor") cursor = msgpack.unpack(value) as CursorRecord
    else if (kind === "paused") isPaused = true
    else if (kind === "spent") spentSec = msgpack.unpack(value) as number
  }
  return record === undefined ? undefined : { record, ending, lease, cursor, spentSec, isPaused }
}

/** All runs' names, in the order of names. */
export function readNames(environment: Environment): string[] {
  const names: string[] = []
  for (const key of environment.read(() => [...environment.runs.getKeys({ start: [1] })])) {
    const [name, kind] = key as [string, string]
    if (kind === "record") names.push(name)
  }
  return names
}

/** Canceled lines have no result and are not stored. */
export async function addUp(headers: AsyncIterable<ChunkHeader>): Promise<Totals> {
  const lines = { total: 0, completed: 0, failed: 0 }
  const nodeStatus: Record<string, number> = {}
  const tokens = { prompt: 0, completion: 0, total: 0 }
  for await (const header of headers) {
    const count = header.positions.length
    let failed = 0
    for (const status of header.statuses ?? []) if (status === LINE_FAILED) failed++
    lines.total += count
    lines.failed += failed
    lines.completed += count - failed
    for (const [key, times] of Object.entries(header.nodeStatus)) nodeStatus[key] = (nodeStatus[key] ?? 0) + times
    tokens.prompt += header.tokens.prompt
    tokens.completion += header.tokens.completion
    tokens.total += header.tokens.total
  }
  return { lines, nodeStatus, tokens }
}

/** The lines' totals with those of the aggregation nodes, which have no lines. */
export function withAggregation(totals: Totals, aggregation: RunEnding["aggregation"]): Totals {
  const nodeStatus = { ...totals.nodeStatus }
  const tokens = { ...totals.tokens }
  for (const reply of aggregation) {
    const key = `${reply.node}.${reply.status.toLowerCase()}`
    nodeStatus[key] = (nodeStatus[key] ?? 0) + 1
    tokens.prompt += reply.tokens?.prompt ?? 0
    tokens.completion += reply.tokens?.completion ?? 0
    tokens.total += reply.tokens?.total ?? 0
  }
  return { lines: totals.lines, nodeStatus, tokens }
}

export function summaryOf(parts: RunParts, totals: Totals, nowMs: number): RunSummary {
  const { record, ending: ended, lease } = parts
  const { isArchived = false, ...changes } = record.changes
  const ending = ended?.ending
  const isRunning = ending === undefined && lease !== undefined && isLive(lease, nowMs)
  const { lines, nodeStatus, tokens } = totals
  return {
    manifest: { ...record.manifest, ...changes },
    status: ending?.status ?? (isRunning ? (parts.isPaused ? "Paused" : "Running") : "Interrupted"),
    startTime: record.startTime,
    endTime: ending?.endTime,
    lines,
    nodeStatus,
    metrics: ending?.metrics ?? {},
    ...(ending?.metricTexts === undefined ? {} : { metricTexts: ending.metricTexts }),
    systemMetrics: {
      total_tokens: tokens.total,
      prompt_tokens: tokens.prompt,
      completion_tokens: tokens.completion,
      duration: spentSecOf(parts, isRunning ? nowMs : undefined)
    },
    error: ending?.error,
    isArchived
  }
}
