// Lines that failed and run again, taken out of the parts that brought them home, and what they failed with put into the
// record with which they come home at last: every attempt is recorded.

import type { ChunkPart, FailedAttempt, LineRecord, TokenCounts } from "../contracts/index.ts"

export interface RecordsCodec {
  readonly encodeRecords: (records: readonly LineRecord[]) => Uint8Array
  readonly decodeRecords: (records: Uint8Array) => readonly LineRecord[]
}

export class FailedAttempts {
  readonly #codec: RecordsCodec
  readonly #nodeNames: readonly string[]
  readonly #byPosition = new Map<
    number,
    { readonly attempts: readonly FailedAttempt[]; readonly tokens: TokenCounts }
  >()

  constructor(codec: RecordsCodec, nodeNames: readonly string[]) {
    this.#codec = codec
    this.#nodeNames = nodeNames
  }

  /** The part without these lines, whose attempts are noted. */
  takeOut(part: ChunkPart, positions: ReadonlySet<number>): ChunkPart {
    const records = this.#codec.decodeRecords(part.records)
    const stays = Array.from(part.positions, (position) => !positions.has(position))
    const kept = <A>(all: ArrayLike<A>): A[] => Array.from(all).filter((_, i) => stays[i])
    const nodeStatus = { ...part.nodeStatus }
    let tokens = part.tokens
    for (const record of records.filter((_, i) => !stays[i])) {
      const spent = tokensOf(record)
      tokens = added(tokens, spent, -1)
      for (const { node, status } of record.nodes) {
        const key = `${this.#nodeNames[node]}.${status.toLowerCase()}`
        nodeStatus[key] = (nodeStatus[key] ?? 1) - 1
        if (nodeStatus[key] === 0) delete nodeStatus[key]
      }
      const { attempts, tokens: before } = this.#byPosition.get(record.position) ?? { attempts: [], tokens: NONE }
      const { attempt, startMs, endMs, error } = record
      this.#byPosition.set(record.position, {
        attempts: error === undefined ? attempts : [...attempts, { attempt, startMs, endMs, error }],
        tokens: added(before, spent, 1)
      })
    }
    return {
      ...part,
      positions: Uint32Array.from(kept(part.positions)),
      ...(part.lineNumbers === undefined ? {} : { lineNumbers: Uint32Array.from(kept(part.lineNumbers)) }),
      statuses: Uint8Array.from(kept(part.statuses)),
      // Failed lines have no output: the others' bytes stay where they are.
      outputEnds: Uint32Array.from(kept(part.outputEnds)),
      records: this.#codec.encodeRecords(kept(records)),
      failures: part.failures.filter(({ position }) => !positions.has(position)),
      nodeStatus,
      tokens
    }
  }

  /** The part with the earlier attempts in its records, and what they spent in its counts. */
  putIn(part: ChunkPart): ChunkPart {
    if (this.#byPosition.size === 0 || !part.positions.some((position) => this.#byPosition.has(position))) return part
    let { tokens } = part
    const records = this.#codec.decodeRecords(part.records).map((record) => {
      const earlier = this.#byPosition.get(record.position)
      if (earlier === undefined) return record
      this.#byPosition.delete(record.position)
      tokens = added(tokens, earlier.tokens, 1)
      return { ...record, earlier: earlier.attempts }
    })
    return { ...part, records: this.#codec.encodeRecords(records), tokens }
  }
}

const NONE: TokenCounts = { prompt: 0, completion: 0, total: 0 }

const tokensOf = ({ nodes }: LineRecord): TokenCounts =>
  nodes.reduce((sum, { tokens }) => (tokens === undefined ? sum : added(sum, tokens, 1)), NONE)

const added = (a: TokenCounts, b: TokenCounts, sign: 1 | -1): TokenCounts => ({
  prompt: a.prompt + sign * b.prompt,
  completion: a.completion + sign * b.completion,
  total: a.total + sign * b.total
})
