// The one writer of a run: appends chunks, keeps the lease alive, records the end.
//
// W1. Every write of a run depends, within its own commit, on the lease still being there: a writer that was asleep
//     while its run was deleted or taken over can change nothing (R3).
// W2. A position is claimed before it is written and given back if the commit fails (R2).
// W3. Appends are kept in the order of the calls. What comes in during a commit goes into the next one, together; where
//     a commit fails, those that wait behind it fail as well, so that there is never a hole before a kept append.
// W4. The bytes of a chunk are written from where they are: they must stay as they are until `append` resolves.
// W5. Results of nodes leave with the commit that stores their line: there is never one of a stored line (R6).
// W6. `release` never fails. Where the lease cannot be removed, its heart stops, and that tells the same 15 s later.

import type {
  Durability,
  NodeResults,
  OutputCursor,
  RunEnding,
  RunOrder,
  RunWriter,
  StoredChunk
} from "@throughline/core/contracts"
import type { PositionSet } from "@throughline/core/data/thread"
import { RunNotFound, RuntimeClosed } from "@throughline/core/errors"
import { type EncodedChunk, encodeChunk } from "./chunk-codec.ts"
import { readHeaders } from "./chunk-reader.ts"
import type { Clock } from "./clock.ts"
import type { Environment } from "./environment.ts"
import { HEARTBEAT_MS, type Lease } from "./lease.ts"
import {
  addUp,
  type CursorRecord,
  cursorKey,
  type EndingRecord,
  endingKey,
  leaseKey,
  orderRange,
  pausedKey,
  spentKey,
  withAggregation
} from "./run-records.ts"

export interface WriterOptions {
  readonly name: string
  readonly runNumber: number
  readonly lease: Lease
  readonly environment: Environment
  readonly clock: Clock
  readonly durability: Durability
  /** Seconds for which earlier writers had the run. */
  readonly spentSec: number
  /** The positions that the run has already. */
  readonly stored: PositionSet
  /** Position → first nodes of the results that the run has of lines that are not stored. */
  readonly unfinished: Map<number, number[]>
  readonly onReleased: (writer: LmdbRunWriter) => void
}

const LOOK_FOR_ORDERS_MS = 250

interface Append {
  readonly chunks: readonly EncodedChunk[]
  readonly positions: readonly Uint32Array[]
  readonly cursor: OutputCursor
  readonly unfinished: readonly NodeResults[]
  readonly kept: PromiseWithResolvers<void>
}

export class LmdbRunWriter implements RunWriter {
  readonly name: string
  readonly #options: WriterOptions
  readonly #stored: PositionSet
  readonly #stopHeart: () => void
  #waiting: Append[] = []
  /** Resolves when nothing waits to be written. */
  #writing: Promise<void> | undefined
  #state: "open" | "over" | "lost" = "open"
  #released: Promise<void> | undefined
  #stopListening = () => {}
  readonly #taken = new Set<string>()

  constructor(options: WriterOptions) {
    this.name = options.name
    this.#options = options
    this.#stored = options.stored
    this.#stopHeart = options.clock.every(HEARTBEAT_MS, () => this.#beat())
  }

  async append(
    chunks: readonly StoredChunk[],
    cursor: OutputCursor,
    unfinished: readonly NodeResults[] = []
  ): Promise<void> {
    this.#assertOpen("append")
    const encoded = chunks.map((chunk) => encodeChunk(chunk, this.#options.environment.msgpack))
    const positions = chunks.map((chunk) => chunk.header.positions)
    const twice = this.#stored.addAll(positions)
    if (twice !== undefined) throw new Error(`position ${twice} of run '${this.name}' is stored already`)
    const append = { chunks: encoded, positions, cursor, unfinished, kept: Promise.withResolvers<void>() }
    this.#waiting.push(append)
    this.#writing ??= this.#writeWaiting()
    await append.kept.promise
  }

  async setPaused(isPaused: boolean): Promise<void> {
    this.#assertOpen("setPaused")
    const { runs } = this.#options.environment
    await this.#write(() => {
      if (isPaused) runs.put(pausedKey(this.name), Uint8Array.of(1))
      else runs.remove(pausedKey(this.name))
    })
  }

  onOrder(listener: (order: RunOrder) => void): void {
    this.#stopListening()
    this.#stopListening = this.#options.clock.every(LOOK_FOR_ORDERS_MS, () => this.#takeOrders(listener))
  }

  /** Reading is cheap; what was taken is removed, and removed again if that failed. */
  #takeOrders(listener: (order: RunOrder) => void): void {
    const { environment } = this.#options
    if (this.#state !== "open") return
    environment.refresh()
    const found = [...environment.runs.getRange(orderRange(this.name))].filter(
      ({ key }) => !this.#taken.has(String(key))
    )
    if (found.length === 0) return
    for (const { key, value } of found) {
      this.#taken.add(String(key))
      listener(environment.msgpack.unpack(value) as RunOrder)
    }
    this.#write(() => {
      for (const { key } of found) environment.runs.remove(key)
    }).catch(() => {})
  }

  async flush(): Promise<void> {
    this.#assertOpen("flush")
    await this.#options.environment.flush()
  }

  async finish(ending: RunEnding): Promise<void> {
    this.#assertOpen("finish")
    this.#state = "over"
    const { environment, runNumber, lease, durability } = this.#options
    await this.#writing
    const totals = withAggregation(await addUp(readHeaders(() => environment, runNumber)), ending.aggregation)
    const record: EndingRecord = { ending, totals }
    await this.#write(() => {
      environment.runs.put(endingKey(this.name), environment.msgpack.pack(record))
      environment.runs.remove(leaseKey(this.name, lease.token))
    })
    if (durability !== "none") await environment.flush()
    await this.release()
  }

  release(): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #release(): Promise<void> {
    if (this.#state === "open") this.#state = "over"
    this.#stopHeart()
    this.#stopListening()
    const { environment, lease, spentSec, clock, onReleased } = this.#options
    await this.#writing
    const hadSec = spentSec + (clock.now() - lease.heartbeatMs) / 1000
    await environment
      .batchIfExists(leaseKey(this.name, lease.token), () => {
        environment.runs.put(spentKey(this.name), environment.msgpack.pack(hadSec))
        environment.runs.remove(leaseKey(this.name, lease.token))
      })
      .catch(() => {})
    onReleased(this)
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#write(() => this.#put(group))
        if (this.#options.durability === "power") await this.#options.environment.flush()
        for (const { kept } of group) kept.resolve()
      } catch (error) {
        for (const { kept, positions } of [...group, ...this.#waiting.splice(0)]) {
          this.#stored.removeAll(positions)
          kept.reject(error)
        }
      }
    }
    this.#writing = undefined
  }

  #put(group: readonly Append[]): void {
    const { environment, runNumber, clock } = this.#options
    const { headers, sections, runs, msgpack } = environment
    for (const chunk of group.flatMap(({ chunks }) => chunks)) {
      headers.put([runNumber, chunk.firstPosition], chunk.header)
      for (const { kind, bytes } of chunk.sections) sections.put([runNumber, chunk.firstPosition, kind], bytes)
    }
    const cursor: CursorRecord = { ...group.at(-1)!.cursor, keptMs: clock.now() }
    runs.put(cursorKey(this.name), msgpack.pack(cursor))
    for (const { unfinished, positions } of group) {
      this.#putUnfinished(unfinished)
      for (const each of positions) this.#forgetUnfinished(each)
    }
  }

  #putUnfinished(unfinished: readonly NodeResults[]): void {
    const { environment, runNumber, unfinished: has } = this.#options
    for (const { position, firstNode, nodes } of unfinished) {
      if (this.#stored.has(position)) continue
      environment.nodes.put([runNumber, position, firstNode], nodes)
      has.set(position, [...(has.get(position) ?? []), firstNode])
    }
  }

  /** A commit that fails leaves them where they are, and nobody asks for them: its run is over. */
  #forgetUnfinished(positions: Uint32Array): void {
    const { environment, runNumber, unfinished } = this.#options
    if (unfinished.size === 0) return
    for (const position of positions) {
      for (const firstNode of unfinished.get(position) ?? []) environment.nodes.remove([runNumber, position, firstNode])
      unfinished.delete(position)
    }
  }

  /** One commit, if the run is still ours. */
  async #write(put: () => void): Promise<void> {
    const { environment, lease } = this.#options
    if (await environment.batchIfExists(leaseKey(this.name, lease.token), put)) return
    this.#state = "lost"
    throw new RunNotFound({ run: this.name })
  }

  #beat(): void {
    const { environment, lease, clock } = this.#options
    const { runs, msgpack } = environment
    const beat = environment.batchIfExists(leaseKey(this.name, lease.token), () => {
      runs.put(leaseKey(this.name, lease.token), msgpack.pack({ ...lease, heartbeatMs: clock.now() } satisfies Lease))
    })
    // A disk that is full now may not be so in five seconds, and appends tell of it themselves.
    beat.then(
      (isOurs) => {
        if (!isOurs && this.#state === "open") this.#state = "lost"
      },
      () => {}
    )
  }

  #assertOpen(action: keyof RunWriter): void {
    if (this.#state === "lost") throw new RunNotFound({ run: this.name })
    if (this.#state === "over") throw new RuntimeClosed({ action: `${action} to run '${this.name}'` })
  }
}
