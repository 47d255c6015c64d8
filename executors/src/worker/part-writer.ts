// Collects finished lines and packs them for the way home: output bytes, records, aggregation rows, counts.
//
// K1. Each line is added once and leaves in exactly one part.
// K2. The bytes of a part are its own: their buffers are transferred.

import {
  type ChunkPart,
  type ErrorRecord,
  LINE_FAILED,
  type LineFailure,
  type LineRecord,
  type NodeRecord,
  type TokenCounts
} from "@throughline/core/contracts"
import { ByteWriter } from "./byte-writer.ts"
import { RecordWriter } from "./record-writer.ts"

/** Writers of tasks that are over: their buffers have grown to the size that this flow's records need. */
const SPARE_WRITERS: RecordWriter[] = []

export interface FinishedLine {
  readonly status: number
  readonly record: LineRecord
  /** The line's aggregation row with its line end; empty unless the line completed and the flow aggregates. */
  readonly aggregation: string
  readonly error: ErrorRecord | undefined
}

export class PartWriter {
  #lost: number[] = []
  #canceled: number[] = []
  readonly #nodeNames: readonly string[]
  readonly #hasAggregation: boolean
  #positions: number[] = []
  #lineNumbers: number[] = []
  #statuses: number[] = []
  /** Records of lines that came in order are written at once; the others wait to be put in order. */
  readonly #written = SPARE_WRITERS.pop() ?? new RecordWriter()
  #records: LineRecord[] = []
  /** The position that would be next in order. */
  #next: number
  #failures: LineFailure[] = []
  /** Where a line's `output.jsonl` text is written before the line is added. */
  readonly output = new ByteWriter()
  #outputEnds: number[] = []
  #aggregation: string[] = []
  #hasOwnNumbers = false
  /** By node and status. */
  readonly #counts: Uint32Array
  #tokens: TokenCounts | undefined

  constructor(nodeNames: readonly string[], hasAggregation: boolean, firstPosition: number) {
    this.#next = firstPosition
    this.#nodeNames = nodeNames
    this.#hasAggregation = hasAggregation
    this.#counts = new Uint32Array(nodeNames.length * STATUS_WORDS.length)
  }

  /** Lines that wait to leave, the lost and the canceled among them. */
  get size(): number {
    return this.#positions.length + this.#lost.length + this.#canceled.length
  }

  /** Adds a line. Its output is what `output` holds beyond that of the lines before it. */
  add({ status, record, aggregation, error }: FinishedLine): void {
    const { position, lineNumber } = record
    this.#positions.push(position)
    this.#lineNumbers.push(lineNumber)
    if (position !== lineNumber) this.#hasOwnNumbers = true
    this.#statuses.push(status)
    if (position === this.#next) {
      this.#next++
      this.#written.add(record)
    } else this.#records.push(record)
    this.#outputEnds.push(this.output.at)
    if (this.#hasAggregation) this.#aggregation.push(aggregation)
    if (status === LINE_FAILED && error !== undefined) this.#failures.push({ position, lineNumber, error })
    for (const node of record.nodes) this.#count(node)
  }

  addLost(position: number): void {
    this.#lost.push(position)
  }

  addCanceled(position: number): void {
    this.#canceled.push(position)
  }

  /** Packs what was added and starts anew; after the last part of its task the writer is spent. */
  take(taskId: number, laneMs: number, isWaiting: boolean, isLast: boolean): ChunkPart {
    this.#sort()
    const part: ChunkPart = {
      taskId,
      positions: Uint32Array.from(this.#positions),
      ...(this.#hasOwnNumbers ? { lineNumbers: Uint32Array.from(this.#lineNumbers) } : {}),
      statuses: Uint8Array.from(this.#statuses),
      outputs: this.output.copy(),
      outputEnds: Uint32Array.from(this.#outputEnds),
      records: this.#packRecords(),
      ...(this.#hasAggregation ? { aggregation: ownBytes(Buffer.from(this.#aggregation.join(""))) } : {}),
      failures: this.#failures,
      lost: this.#lost,
      canceled: this.#canceled,
      nodeStatus: this.#nodeStatus(),
      tokens: this.#tokens ?? { prompt: 0, completion: 0, total: 0 },
      laneMs,
      isWaiting,
      isLast
    }
    if (isLast) SPARE_WRITERS.push(this.#written)
    this.#positions = []
    this.#lineNumbers = []
    this.#statuses = []
    this.#records = []
    this.#failures = []
    this.output.at = 0
    this.#outputEnds = []
    this.#aggregation = []
    this.#hasOwnNumbers = false
    this.#lost = []
    this.#canceled = []
    this.#counts.fill(0)
    this.#tokens = undefined
    return part
  }

  /** Lines that wait finish in any order; a part lists them by position. */
  #sort(): void {
    const positions = this.#positions
    if (positions.every((position, i) => i === 0 || positions[i - 1]! < position)) return
    const order = positions.map((_, i) => i).sort((a, b) => positions[a]! - positions[b]!)
    const reordered = <A>(values: readonly A[]): A[] => order.map((i) => values[i]!)
    const ends = this.#outputEnds
    const outputs = this.output.copy()
    let length = 0
    this.#outputEnds = order.map((i) => {
      const output = outputs.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!)
      this.output.bytes.set(output, length)
      length += output.length
      return length
    })
    this.#aggregation = this.#hasAggregation ? reordered(this.#aggregation) : []
    this.#positions = reordered(positions)
    this.#lineNumbers = reordered(this.#lineNumbers)
    this.#statuses = reordered(this.#statuses)
    this.#records.sort((a, b) => a.position - b.position)
  }

  /** Those that waited are all beyond those that came in order. */
  #packRecords(): Uint8Array {
    for (const record of this.#records) this.#written.add(record)
    return this.#written.take()
  }

  #count({ node, status, tokens }: NodeRecord): void {
    const word = status === "Completed" ? 0 : STATUS_WORDS.indexOf(status)
    this.#counts[node * STATUS_WORDS.length + word]! += 1
    if (tokens === undefined) return
    const { prompt, completion, total } = this.#tokens ?? { prompt: 0, completion: 0, total: 0 }
    this.#tokens = {
      prompt: prompt + tokens.prompt,
      completion: completion + tokens.completion,
      total: total + tokens.total
    }
  }

  #nodeStatus(): Record<string, number> {
    const nodeStatus: Record<string, number> = Object.create(null) as Record<string, number>
    for (const [i, name] of this.#nodeNames.entries()) {
      for (const [word, status] of STATUS_WORDS.entries()) {
        const count = this.#counts[i * STATUS_WORDS.length + word]!
        if (count > 0) nodeStatus[`${name}.${status.toLowerCase()}`] = count
      }
    }
    return nodeStatus
  }
}

/** A part that brings no line home. */
export const emptyPart = (taskId: number): ChunkPart => ({
  taskId,
  positions: new Uint32Array(0),
  statuses: new Uint8Array(0),
  outputs: new Uint8Array(0),
  outputEnds: new Uint32Array(0),
  records: new Uint8Array(0),
  failures: [],
  lost: [],
  canceled: [],
  nodeStatus: {},
  tokens: { prompt: 0, completion: 0, total: 0 },
  laneMs: 0,
  isWaiting: false,
  isLast: false
})

const STATUS_WORDS: readonly NodeRecord["status"][] = ["Completed", "Failed", "Bypassed", "Canceled"]

/** `Buffer.from` hands out views into a shared pool; a transfer needs a buffer of its own. */
const ownBytes = (bytes: Buffer): Uint8Array => Uint8Array.prototype.slice.call(bytes)

/** The buffers of a part that may move to the other thread. */
export function transferablesOf(part: ChunkPart): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  for (const bytes of [part.outputs, part.records, part.aggregation]) {
    if (bytes !== undefined && bytes.byteLength > 0) buffers.push(bytes.buffer as ArrayBuffer)
  }
  return buffers
}
