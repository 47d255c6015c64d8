// The run store on LMDB: `lmdb(home)`. It opens on first use; who opened what is for environment.ts, what is kept and
// under which keys for run-records.ts and chunk-codec.ts, writing for run-writer.ts.
//
// J1. Reading creates nothing: a home without a journal is one without runs.
// J2. A failed opening is not remembered; the next call tries again.
// J3. After `close` no handle and no timer is left, and open writers have let go of their runs.

import { join, resolve } from "node:path"
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises"
import type {
  ChunkHeader,
  LineRecord,
  NodeResults,
  ReopenedRun,
  RunChanges,
  RunEnding,
  RunManifest,
  RunOrder,
  RunStore,
  RunSummary,
  RunWriter,
  StoredChunk
} from "@throughline/core/contracts"
import { PositionSet } from "@throughline/core/data/thread"
import { InvalidOption, RunExists, RunLocked, RunNotFound, RunNotLive, RuntimeClosed } from "@throughline/core/errors"
import { chunkRange, readChunks, readHeaders, readNodeResults } from "./chunk-reader.ts"
import { type Clock, systemClock } from "./clock.ts"
import { type Environment, openEnvironment } from "./environment.ts"
import { isLive, takeLease } from "./lease.ts"
import { msgpackNow } from "./msgpack.ts"
import { checkRunName } from "./run-name.ts"
import {
  addUp,
  endingKey,
  leaseKey,
  NEXT_NUMBER_KEY,
  orderKey,
  orderRange,
  pausedKey,
  type RunParts,
  type RunRecord,
  readNames,
  readParts,
  recordKey,
  spentKey,
  spentSecOf,
  summaryOf,
  TRASH_RANGE,
  trashKey
} from "./run-records.ts"
import { LmdbRunWriter, type WriterOptions } from "./run-writer.ts"

export interface LmdbOptions {
  /** The folder that holds `journal/` (ours) and `.runs/` (the runs' own folders). Made when first written to. */
  readonly home: string
  /** Address space set aside for the file, at least 8; it grows beyond when it has to. */
  readonly mapSizeGiB?: number
  /** For tests: the time that leases go by. */
  readonly clock?: Clock
}

const LOOK_FOR_ANSWER_MS = 50
const DELETED_PER_COMMIT = 256
const SUMMARIES_PER_TURN = 64

export function lmdb(options: string | LmdbOptions): RunStore {
  const { home, mapSizeGiB = 16, clock = systemClock } = typeof options === "string" ? { home: options } : options
  if (typeof home !== "string" || home === "") {
    throw new InvalidOption({ option: "lmdb home", got: home, accepts: "the path of a folder" })
  }
  if (!(mapSizeGiB >= 8)) {
    throw new InvalidOption({ option: "lmdb mapSizeGiB", got: mapSizeGiB, accepts: "a number of 8 or more" })
  }
  return new Journal(resolve(home), mapSizeGiB, clock)
}

class Journal implements RunStore {
  readonly runsDir: string
  readonly #folder: string
  readonly #mapSizeGiB: number
  readonly #clock: Clock
  readonly #writers = new Set<LmdbRunWriter>()
  #opening: Promise<Environment | undefined> | undefined
  #closed: Promise<void> | undefined

  constructor(home: string, mapSizeGiB: number, clock: Clock) {
    this.runsDir = join(home, ".runs")
    this.#folder = join(home, "journal")
    this.#mapSizeGiB = mapSizeGiB
    this.#clock = clock
  }

  async createRun(manifest: RunManifest, startTime: string): Promise<RunWriter> {
    const { name } = manifest
    checkRunName(name)
    const environment = (await this.#open("createRun", { create: true }))!
    const { runs, msgpack } = environment
    const lease = takeLease(this.#clock.now())
    const runNumber = await environment.transaction(() => {
      if (runs.doesExist(recordKey(name))) throw new RunExists({ run: name })
      const next = runs.get(NEXT_NUMBER_KEY)
      const number = next === undefined ? 1 : (msgpack.unpack(next) as number)
      runs.put(NEXT_NUMBER_KEY, msgpack.pack(number + 1))
      runs.put(recordKey(name), msgpack.pack({ number, manifest, startTime, changes: {} } satisfies RunRecord))
      runs.put(leaseKey(name, lease.token), msgpack.pack(lease))
      return number
    })
    const { durability = "process" } = manifest
    const nothing = { spentSec: 0, stored: new PositionSet(), unfinished: new Map<number, number[]>() }
    return this.#newWriter({ name, runNumber, lease, environment, durability, ...nothing })
  }

  async reopenRun(name: string, manifest?: RunManifest): Promise<ReopenedRun> {
    const { environment } = await this.#find("reopenRun", name)
    const { runs, msgpack } = environment
    const lease = takeLease(this.#clock.now())
    const before = await environment.transaction(() => {
      const parts = readParts(environment, name)
      if (parts === undefined) throw new RunNotFound({ run: name })
      this.#refuseLive(parts)
      const { record, lease: left } = parts
      if (manifest !== undefined) runs.put(recordKey(name), msgpack.pack({ ...record, manifest } satisfies RunRecord))
      runs.put(spentKey(name), msgpack.pack(spentSecOf(parts)))
      runs.remove(endingKey(name))
      runs.remove(pausedKey(name))
      // They were for a writer that is gone.
      for (const key of [...runs.getKeys(orderRange(name))]) runs.remove(key)
      // Its owner may be asleep, not dead: without its lease it can write nothing any more (W1).
      if (left !== undefined) runs.remove(leaseKey(name, left.token))
      runs.put(leaseKey(name, lease.token), msgpack.pack(lease))
      return parts
    })
    const runNumber = before.record.number
    const spentSec = spentSecOf(before)
    const { position, outputBytes } = before.cursor ?? { position: 0, outputBytes: 0 }
    const stored = new PositionSet()
    const unfinished = new Map<number, number[]>()
    const { durability = "process" } = manifest ?? before.record.manifest
    const options = { name, runNumber, lease, environment, durability, spentSec, stored, unfinished }
    const writer = await this.#newWriter(options)
    try {
      const headers = readHeaders(() => this.#stillOpen(environment, "reopenRun"), runNumber)
      for await (const { positions } of headers) stored.addAll([positions])
      const results = readNodeResults(() => this.#stillOpen(environment, "reopenRun"), runNumber)
      for await (const { position, firstNode } of results) {
        unfinished.set(position, [...(unfinished.get(position) ?? []), firstNode])
      }
    } catch (error) {
      await writer.release()
      throw error
    }
    return {
      writer,
      cursor: { position, outputBytes },
      startTime: before.record.startTime,
      spentSec
    }
  }

  async #newWriter(options: Omit<WriterOptions, "clock" | "onReleased">): Promise<LmdbRunWriter> {
    const onReleased = (released: LmdbRunWriter) => this.#writers.delete(released)
    const writer = new LmdbRunWriter({ ...options, clock: this.#clock, onReleased })
    this.#writers.add(writer)
    if (this.#closed !== undefined) await writer.release()
    return writer
  }

  #refuseLive({ record, lease }: RunParts): void {
    if (lease === undefined || !isLive(lease, this.#clock.now())) return
    throw new RunLocked({ run: record.manifest.name, pid: lease.pid })
  }

  async getRun(name: string): Promise<RunSummary> {
    const { parts, environment } = await this.#find("getRun", name)
    return this.#summary(environment, parts)
  }

  async listRuns(): Promise<readonly RunSummary[]> {
    const environment = await this.#open("listRuns", { create: false })
    if (environment === undefined) return []
    environment.refresh()
    const found: Array<{ readonly number: number; readonly summary: RunSummary }> = []
    for (const [i, name] of readNames(environment).entries()) {
      if (i % SUMMARIES_PER_TURN === SUMMARIES_PER_TURN - 1) await nextTurn()
      this.#assertOpen("listRuns")
      const parts = readParts(environment, name)
      // One that was deleted in between.
      if (parts === undefined) continue
      found.push({ number: parts.record.number, summary: await this.#summary(environment, parts) })
    }
    return found.sort((a, b) => b.number - a.number).map(({ summary }) => summary)
  }

  async updateRun(name: string, changes: RunChanges): Promise<RunSummary> {
    const { environment } = await this.#find("updateRun", name)
    const { runs, msgpack } = environment
    await environment.transaction(() => {
      const value = runs.get(recordKey(name))
      if (value === undefined) throw new RunNotFound({ run: name })
      const record = msgpack.unpack(value) as RunRecord
      const given = Object.fromEntries(Object.entries(changes).filter(([, change]) => change !== undefined))
      runs.put(recordKey(name), msgpack.pack({ ...record, changes: { ...record.changes, ...given } }))
    })
    return this.getRun(name)
  }

  async deleteRun(name: string): Promise<void> {
    const { environment } = await this.#find("deleteRun", name)
    const { runs } = environment
    await environment.transaction(() => {
      const parts = readParts(environment, name)
      if (parts === undefined) throw new RunNotFound({ run: name })
      this.#refuseLive(parts)
      const { record } = parts
      const keys = [...runs.getKeys({ start: [name], end: [name, "~"] })]
      runs.put(trashKey(record.number), Uint8Array.of(1))
      for (const key of keys) runs.remove(key)
    })
    await this.#emptyTrash(environment)
  }

  async giveOrder(name: string, order: RunOrder): Promise<void> {
    const { environment } = await this.#find("giveOrder", name)
    const { runs, msgpack } = environment
    const key = orderKey(name, this.#clock.now())
    const refuseDead = () => {
      environment.refresh()
      const parts = readParts(environment, name)
      if (parts === undefined) throw new RunNotFound({ run: name })
      const { ending, lease } = parts
      if (ending === undefined && lease !== undefined && isLive(lease, this.#clock.now())) return
      throw new RunNotLive({ run: name, status: ending?.ending.status ?? "Interrupted" })
    }
    await environment.transaction(() => {
      refuseDead()
      runs.put(key, msgpack.pack(order))
    })
    while (runs.doesExist(key)) {
      refuseDead()
      await sleep(LOOK_FOR_ANSWER_MS)
      this.#assertOpen("giveOrder")
      environment.refresh()
    }
  }

  async getEnding(name: string): Promise<RunEnding | undefined> {
    const { parts } = await this.#find("getEnding", name)
    return parts.ending?.ending
  }

  async *readHeaders(name: string): AsyncGenerator<ChunkHeader> {
    const { environment, parts } = await this.#find("readHeaders", name)
    yield* readHeaders(() => this.#stillOpen(environment, "readHeaders"), parts.record.number)
  }

  async *readChunks(name: string, firstPosition = 0): AsyncGenerator<StoredChunk> {
    const { environment, parts } = await this.#find("readChunks", name)
    yield* readChunks(() => this.#stillOpen(environment, "readChunks"), parts.record.number, firstPosition)
  }

  async *readNodeResults(name: string): AsyncGenerator<NodeResults> {
    const { environment, parts } = await this.#find("readNodeResults", name)
    yield* readNodeResults(() => this.#stillOpen(environment, "readNodeResults"), parts.record.number)
  }

  encodeRecords(records: readonly LineRecord[]): Uint8Array {
    return msgpackNow().packRecords(records)
  }

  decodeRecords(records: Uint8Array): readonly LineRecord[] {
    return msgpackNow().unpack(records) as readonly LineRecord[]
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const environment = await this.#opening?.catch(() => undefined)
    await Promise.all([...this.#writers].map((writer) => writer.release()))
    await environment?.close()
  }

  async #open(action: keyof RunStore, { create }: { create: boolean }): Promise<Environment | undefined> {
    this.#assertOpen(action)
    const before = this.#opening
    if (before !== undefined) {
      const environment = await before
      // It was opened to read, and there was nothing to read. Of those who waited, the first opens anew.
      if (environment === undefined && this.#opening === before) this.#opening = undefined
      if (environment === undefined) return this.#open(action, { create })
      this.#assertOpen(action)
      return environment
    }
    const opening = openEnvironment({ folder: this.#folder, mapSizeGiB: this.#mapSizeGiB, create })
    this.#opening = opening
    try {
      const environment = await opening
      if (environment === undefined) this.#opening = undefined
      this.#assertOpen(action)
      return environment
    } catch (error) {
      if (this.#closed === undefined) this.#opening = undefined
      throw error
    }
  }

  async #find(action: keyof RunStore, name: string): Promise<{ environment: Environment; parts: RunParts }> {
    const environment = await this.#open(action, { create: false })
    if (environment === undefined) throw new RunNotFound({ run: name })
    environment.refresh()
    const parts = readParts(environment, name)
    if (parts === undefined) throw new RunNotFound({ run: name })
    return { environment, parts }
  }

  async #summary(environment: Environment, parts: RunParts): Promise<RunSummary> {
    const totals =
      parts.ending?.totals ??
      (await addUp(readHeaders(() => this.#stillOpen(environment, "getRun"), parts.record.number)))
    return summaryOf(parts, totals, this.#clock.now())
  }

  /** Removes the chunks of deleted runs, also of those whose deletion was cut short, a bounded number per commit. */
  async #emptyTrash(environment: Environment): Promise<void> {
    const { runs, headers, sections, nodes } = environment
    environment.refresh()
    for (const [, , runNumber] of [...runs.getKeys(TRASH_RANGE())] as Array<[number, string, number]>) {
      for (const database of [headers, sections, nodes]) {
        for (;;) {
          this.#assertOpen("deleteRun")
          environment.refresh()
          const keys = [...database.getKeys({ ...chunkRange(runNumber), limit: DELETED_PER_COMMIT })]
          if (keys.length === 0) break
          await environment.batch(() => {
            for (const key of keys) database.remove(key)
          })
        }
      }
      await environment.batch(() => runs.remove(trashKey(runNumber)))
    }
  }

  #stillOpen(environment: Environment, action: keyof RunStore): Environment {
    this.#assertOpen(action)
    return environment
  }

  #assertOpen(action: keyof RunStore): void {
    if (this.#closed !== undefined) throw new RuntimeClosed({ action })
  }
}
