// A run store in memory, for hosts that want no journal, and for tests. It keeps every promise of the contract but the
// survival of the process. It cannot read msgpack: who wants decoded records brings the codec.

import { InvalidOption, RunExists, RunLocked, RunNotFound, RunNotLive, RuntimeClosed } from "../contracts/errors.ts"
import {
  type ChunkHeader,
  LINE_FAILED,
  type LineRecord,
  type NodeResults,
  type OutputCursor,
  type RunChanges,
  type RunEnding,
  type RunManifest,
  type RunOrder,
  type RunStore,
  type RunSummary,
  type RunWriter,
  type StoredChunk
} from "../contracts/index.ts"

export type RecordsCodec = Pick<RunStore, "encodeRecords" | "decodeRecords">

interface MemoryRun {
  manifest: RunManifest
  readonly startTime: string
  readonly chunks: StoredChunk[]
  readonly positions: Set<number>
  unfinished: NodeResults[]
  cursor: OutputCursor
  isLive: boolean
  isPaused: boolean
  onOrder: ((order: RunOrder) => void) | undefined
  takenMs: number
  /** Seconds for which writers had the run that have let go of it. */
  spentSec: number
  isArchived: boolean
  ending: RunEnding | undefined
}

const noCodec = (): never => {
  throw new Error("memoryStore has no codec for records: give it one, memoryStore({ encodeRecords, decodeRecords })")
}

export function memoryStore(codec: RecordsCodec = { encodeRecords: noCodec, decodeRecords: noCodec }): RunStore {
  /** In the order of creation. */
  const runs = new Map<string, MemoryRun>()
  let isClosed = false

  function assertOpen(action: keyof RunStore): void {
    if (isClosed) throw new RuntimeClosed({ action })
  }

  function find(action: keyof RunStore, name: string): MemoryRun {
    assertOpen(action)
    const run = runs.get(name)
    if (run === undefined) throw new RunNotFound({ run: name })
    return run
  }

  return {
    runsDir: undefined,
    async createRun(manifest, startTime) {
      assertOpen("createRun")
      checkName(manifest.name)
      if (runs.has(manifest.name)) throw new RunExists({ run: manifest.name })
      const run: MemoryRun = {
        manifest: structuredClone(manifest),
        startTime,
        chunks: [],
        positions: new Set(),
        unfinished: [],
        cursor: { position: 0, outputBytes: 0 },
        isLive: true,
        isPaused: false,
        onOrder: undefined,
        takenMs: Date.now(),
        spentSec: 0,
        isArchived: false,
        ending: undefined
      }
      runs.set(manifest.name, run)
      return writerOf(run)
    },
    async reopenRun(name, manifest) {
      const run = find("reopenRun", name)
      if (run.isLive) throw new RunLocked({ run: name, pid: process.pid })
      run.manifest = structuredClone(manifest ?? run.manifest)
      run.spentSec = run.ending?.durationSec ?? run.spentSec
      run.takenMs = Date.now()
      run.ending = undefined
      run.isLive = true
      run.isPaused = false
      return { writer: writerOf(run), cursor: run.cursor, startTime: run.startTime, spentSec: run.spentSec }
    },
    getRun: async (name) => summaryOf(find("getRun", name)),
    async listRuns() {
      assertOpen("listRuns")
      return [...runs.values()].reverse().map(summaryOf)
    },
    async updateRun(name, { isArchived, ...changes }: RunChanges) {
      const run = find("updateRun", name)
      const given = Object.fromEntries(Object.entries(changes).filter(([, change]) => change !== undefined))
      run.manifest = { ...run.manifest, ...given }
      run.isArchived = isArchived ?? run.isArchived
      return summaryOf(run)
    },
    async deleteRun(name) {
      if (find("deleteRun", name).isLive) throw new RunLocked({ run: name, pid: process.pid })
      runs.delete(name)
    },
    async giveOrder(name, order) {
      const run = find("giveOrder", name)
      if (!run.isLive) throw new RunNotLive({ run: name, status: summaryOf(run).status })
      run.onOrder?.(order)
    },
    getEnding: async (name) => find("getEnding", name).ending,
    async *readHeaders(name) {
      for (const { header } of inOrder(find("readHeaders", name))) yield header
    },
    async *readChunks(name, firstPosition = 0) {
      for (const chunk of inOrder(find("readChunks", name))) {
        if (chunk.header.positions[0]! >= firstPosition) yield chunk
      }
    },
    async *readNodeResults(name) {
      yield* find("readNodeResults", name).unfinished.toSorted((a, b) => a.position - b.position)
    },
    encodeRecords: (records: readonly LineRecord[]) => codec.encodeRecords(records),
    decodeRecords: (records) => codec.decodeRecords(records),
    async close() {
      isClosed = true
      for (const run of runs.values()) letGo(run)
    }
  }
}

function writerOf(run: MemoryRun): RunWriter {
  const { name } = run.manifest
  let isOver = false
  const assertOpen = (action: keyof RunWriter) => {
    if (isOver || !run.isLive) throw new RuntimeClosed({ action: `${action} to run '${name}'` })
  }
  return {
    name,
    async append(chunks, cursor, unfinished = []) {
      assertOpen("append")
      const positions = chunks.flatMap((chunk) => [...chunk.header.positions])
      const seen = new Set(run.positions)
      for (const position of positions) {
        if (seen.has(position)) throw new Error(`position ${position} of run '${name}' is stored already`)
        seen.add(position)
      }
      for (const position of positions) run.positions.add(position)
      run.chunks.push(...structuredClone(chunks))
      run.cursor = cursor
      run.unfinished = [...run.unfinished, ...structuredClone(unfinished)].filter(
        ({ position }) => !run.positions.has(position)
      )
    },
    async setPaused(isPaused) {
      assertOpen("setPaused")
      run.isPaused = isPaused
    },
    onOrder(listener) {
      run.onOrder = listener
    },
    async flush() {
      assertOpen("flush")
    },
    async finish(ending) {
      assertOpen("finish")
      isOver = true
      run.ending = structuredClone(ending)
      run.isLive = false
    },
    async release() {
      if (!isOver) letGo(run)
      isOver = true
    }
  }
}

function letGo(run: MemoryRun): void {
  run.spentSec = spentSecOf(run)
  run.isLive = false
}

const spentSecOf = ({ isLive, takenMs, spentSec }: MemoryRun): number =>
  isLive ? spentSec + (Date.now() - takenMs) / 1000 : spentSec

const inOrder = ({ chunks }: MemoryRun) =>
  chunks.toSorted((a, b) => a.header.positions[0]! - b.header.positions[0]!).map(({ ...chunk }) => chunk)

function summaryOf(run: MemoryRun): RunSummary {
  const { manifest, startTime, chunks, isLive, isPaused, isArchived, ending } = run
  const nodeStatus: Record<string, number> = {}
  const count = (key: string, times: number) => {
    nodeStatus[key] = (nodeStatus[key] ?? 0) + times
  }
  const tokens: Array<ChunkHeader["tokens"] | undefined> = []
  let total = 0
  let failed = 0
  for (const { header } of chunks) {
    total += header.positions.length
    failed += header.statuses?.filter((status) => status === LINE_FAILED).length ?? 0
    for (const [key, times] of Object.entries(header.nodeStatus)) count(key, times)
    tokens.push(header.tokens)
  }
  for (const reply of ending?.aggregation ?? []) {
    count(`${reply.node}.${reply.status.toLowerCase()}`, 1)
    tokens.push(reply.tokens)
  }
  const sum = (kind: keyof ChunkHeader["tokens"]) => tokens.reduce((before, each) => before + (each?.[kind] ?? 0), 0)
  return {
    manifest,
    status: ending?.status ?? (isLive ? (isPaused ? "Paused" : "Running") : "Interrupted"),
    startTime,
    endTime: ending?.endTime,
    lines: { total, completed: total - failed, failed },
    nodeStatus,
    metrics: ending?.metrics ?? {},
    ...(ending?.metricTexts === undefined ? {} : { metricTexts: ending.metricTexts }),
    systemMetrics: {
      total_tokens: sum("total"),
      prompt_tokens: sum("prompt"),
      completion_tokens: sum("completion"),
      duration: ending?.durationSec ?? spentSecOf(run)
    },
    error: ending?.error,
    isArchived
  }
}

function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const isPlain = name !== "" && name !== "." && name !== ".." && !/[/\\\u0000-\u001f\u007f]/.test(name)
  const isReserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i.test(name)
  if (isPlain && !isReserved && name.isWellFormed() && Buffer.byteLength(name) <= 255) return
  throw new InvalidOption({ option: "run name", got: name, accepts: "a plain name of 1 to 255 bytes" })
}
