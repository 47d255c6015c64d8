// The contract of a run store: where the journal of runs lives. Ours is LMDB; the suite in `core/testing` says what any
// other has to promise.
//
// R1. `append` is one commit: all of its chunks and its cursor, or nothing. Once it resolved, they survive the death of
//     the process.
//     The buffers are the caller's again then, who may free them: a store keeps copies.
//     What else they survive is for the manifest's `durability` to say; a store may give more.
// R2. A position is stored at most once per run.
// R3. Many readers; one writer per run. Deleting a run that has a live writer is refused with `RunLocked`.
// R4. A name that is taken is refused with `RunExists`; an unknown one with `RunNotFound`.
// R5. A run is taken up again by one writer at a time: `reopenRun` is refused with `RunLocked` while another is live. What
//     was stored stays; the ending, if there was one, is forgotten.
// R6. Results of nodes are kept until their line is stored: the append that stores it forgets them.

import type { NodeResults } from "./chunk.ts"
import type { ErrorRecord } from "./error-record.ts"
import type { AggregationNodeReply } from "./executor.ts"
import type { LineRecord, TokenCounts } from "./line.ts"
import type { RunManifest, RunOrder, RunStatus, RunSummary } from "./run.ts"

/** What can be known of a stored chunk without decoding its lines. */
export interface ChunkHeader {
  /** Positions, ascending. Contiguous ones are `[first, count]` on disk. */
  readonly positions: Uint32Array
  /** Absent where line number and position are the same. */
  readonly lineNumbers?: Uint32Array
  /** `LINE_COMPLETED` or `LINE_FAILED` per line; absent when all completed. */
  readonly statuses?: Uint8Array
  readonly nodeStatus: Readonly<Record<string, number>>
  readonly tokens: TokenCounts
}

export interface StoredChunk {
  readonly header: ChunkHeader
  /** `LineRecord`s, one msgpackr array in the order of `positions`. */
  readonly records: Uint8Array
  /** The rows, as JSONL, in the same order. */
  readonly rows: Uint8Array
  /** As in `ChunkPart`; absent without aggregation nodes. */
  readonly aggregation?: Uint8Array
}

/** How far `output.jsonl` has been written: lines before `position` are in its first `outputBytes` bytes. */
export interface OutputCursor {
  readonly position: number
  readonly outputBytes: number
}

/** What is learned at the end of a run. */
export interface RunEnding {
  readonly status: RunStatus
  readonly endTime: string
  readonly durationSec: number
  readonly metrics: Readonly<Record<string, unknown>>
  readonly metricTexts?: Readonly<Record<string, string>>
  readonly aggregation: readonly AggregationNodeReply[]
  readonly error: ErrorRecord | undefined
}

export interface RunWriter {
  readonly name: string
  /** @param unfinished results of nodes whose lines are in none of the chunks; those of stored lines are ignored */
  append(chunks: readonly StoredChunk[], cursor: OutputCursor, unfinished?: readonly NodeResults[]): Promise<void>
  /** Whether the run shows as `Paused`, as long as this writer has it. */
  setPaused(isPaused: boolean): Promise<void>
  /** Hands the orders that `giveOrder` takes to this listener, in order, each once. */
  onOrder(listener: (order: RunOrder) => void): void
  /** Resolves when all that was appended is on the disk itself. */
  flush(): Promise<void>
  /** Records the end and lets go of the run. `append` is refused afterwards. */
  finish(ending: RunEnding): Promise<void>
  /** Lets go of the run without an end: it shows as `Interrupted`. Idempotent, also after `finish`. */
  release(): Promise<void>
}

/** A run that is taken up again. */
export interface ReopenedRun {
  readonly writer: RunWriter
  /** That of the last append; position 0 before the first. */
  readonly cursor: OutputCursor
  /** ISO 8601: when the run began first. */
  readonly startTime: string
  /** Seconds for which the run was being written before. */
  readonly spentSec: number
}

/** What may be changed of a run after the fact. */
export interface RunChanges {
  readonly displayName?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly isArchived?: boolean
}

export interface RunStore {
  /** Where runs with a folder put it: `<home>/.runs/<name>`; `undefined` for stores that have no place on a disk. */
  readonly runsDir: string | undefined
  createRun(manifest: RunManifest, startTime: string): Promise<RunWriter>
  /**
   * Takes up a run that nobody writes any more, whatever became of it.
   *
   * @param manifest stands in the place of the old one, where given
   */
  reopenRun(name: string, manifest?: RunManifest): Promise<ReopenedRun>
  getRun(name: string): Promise<RunSummary>
  /** Newest first. */
  listRuns(): Promise<readonly RunSummary[]>
  updateRun(name: string, changes: RunChanges): Promise<RunSummary>
  deleteRun(name: string): Promise<void>
  /**
   * Tells the run's writer, in whatever process it is. Resolves when that has taken it.
   *
   * @throws {RunNotLive} when nobody writes the run
   */
  giveOrder(name: string, order: RunOrder): Promise<void>
  /** The aggregation nodes' records and the ending of a finished run; `undefined` while it has none. */
  getEnding(name: string): Promise<RunEnding | undefined>
  /** Headers only, by first position. Cheap: about a tenth of a microsecond a line. */
  readHeaders(name: string): AsyncIterable<ChunkHeader>
  /** Whole chunks, by first position, from this one on. No read transaction is held between two of them. */
  readChunks(name: string, firstPosition?: number): AsyncIterable<StoredChunk>
  /** The results of nodes whose lines are not stored, by position. */
  readNodeResults(name: string): AsyncIterable<NodeResults>
  /** Encodes and decodes what `records` of a chunk holds: a self-contained msgpack array. */
  encodeRecords(records: readonly LineRecord[]): Uint8Array
  decodeRecords(records: Uint8Array): readonly LineRecord[]
  close(): Promise<void>
}
