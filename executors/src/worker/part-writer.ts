// Collects finished lines and packs them for the way home: output bytes, records, aggregation rows, counts.
//
// K1. Each line is added once and leaves in exactly one part.
// K2. The bytes of a part are its own: their buffers are transferred.

import {
  type ChunkPart,
  LINE_FAILED,
  type LineFailure,
  type LineRecord,
  NO_TOKENS,
  type NodeRecord,
  type RowChunk,
  type TokenCounts
} from "@throughline/core/contracts"
import { ByteWriter } from "./byte-writer.ts"
import { RecordWriter } from "./record-writer.ts"

/** Writers of tasks that are over: their buffers have grown to the size that this flow's lines need. */
const SPARE: Array<{ readonly records: RecordWriter; readonly output: ByteWriter }> = []

export class PartWriter {
  #lost: number[] = []
  #lostReason = ""
  #canceled: number[] = []
  readonly #nodeNames: readonly string[]
  readonly #hasAggregation: boolean
  /** Finished lines that wait to leave: so many of the four below. */
  #finished = 0
  readonly #positions: Uint32Array
  readonly #lineNumbers: Uint32Array
  readonly #statuses: Uint8Array
  readonly #outputEnds: Uint32Array
  /** Records of lines that came in order are written at once; the others wait to be put in order. */
  readonly #written: RecordWriter
  #records: LineRecord[] = []
  /** The position that would be next in order. */
  #next: number
  #failures: LineFailure[] = []
  /** Where a line's `output.jsonl` text is written before the line is added. */
  readonly output: ByteWriter
  #aggregation: string[] = []
  #isInOrder = true
  #hasOwnNumbers = false
  /** By node and status. */
  readonly #counts: Uint32Array
  #tokens: TokenCounts | undefined

  constructor(nodeNames: readonly string[], hasAggregation: boolean, { firstPosition, count }: RowChunk) {
    this.#next = firstPosition
    this.#nodeNames = nodeNames
    this.#hasAggregation = hasAggregation
    this.#positions = new Uint32Array(count)
    this.#lineNumbers = new Uint32Array(count)
    this.#statuses = new Uint8Array(count)
    this.#outputEnds = new Uint32Array(count)
    this.#counts = new Uint32Array(nodeNames.length * STATUS_WORDS.length)
    const { records, output } = SPARE.pop() ?? { records: new RecordWriter(), output: new ByteWriter() }
    this.#written = records
    this.output = output
  }

  /** Lines that wait to leave, the lost and the canceled among them. */
  get size(): number {
    return this.#finished + this.#lost.length + this.#canceled.length
  }

  /**
   * Adds a line. Its output is what `output` holds beyond that of the lines before it.
   *
   * @param aggregation the line's aggregation row with its line end; empty unless the line completed and the flow aggregates
   */
  add(status: number, record: LineRecord, aggregation: string): void {
    const { position, lineNumber, nodes, error } = record
    const i = this.#finished++
    this.#positions[i] = position
    this.#lineNumbers[i] = lineNumber
    this.#statuses[i] = status
    this.#outputEnds[i] = this.output.at
    if (position !== lineNumber) this.#hasOwnNumbers = true
    if (i > 0 && this.#positions[i - 1]! > position) this.#isInOrder = false
    if (position === this.#next) {
      this.#next++
      this.#written.add(record)
    } else this.#records.push(record)
    if (this.#hasAggregation) this.#aggregation.push(aggregation)
    if (status === LINE_FAILED && error !== undefined) this.#failures.push({ position, lineNumber, error })
    for (let node = 0; node < nodes.length; node++) this.#count(nodes[node]!)
  }

  addLost(position: number, reason: string): void {
    this.#lost.push(position)
    this.#lostReason = reason
  }

  addCanceled(position: number): void {
    this.#canceled.push(position)
  }

  /** Packs what was added and starts anew; after the last part of its task the writer is spent. */
  take(taskId: number, laneMs: number, isWaiting: boolean, isLast: boolean): ChunkPart {
    if (!this.#isInOrder) this.#sort()
    const finished = this.#finished
    const part: ChunkPart = {
      taskId,
      positions: this.#positions.slice(0, finished),
      ...(this.#hasOwnNumbers ? { lineNumbers: this.#lineNumbers.slice(0, finished) } : {}),
      statuses: this.#statuses.slice(0, finished),
      outputs: this.output.copy(),
      outputEnds: this.#outputEnds.slice(0, finished),
      records: this.#packRecords(),
      ...(this.#hasAggregation ? { aggregation: ownBytes(Buffer.from(this.#aggregation.join(""))) } : {}),
      failures: this.#failures,
      lost: this.#lost,
      ...(this.#lost.length === 0 ? {} : { lostReason: this.#lostReason }),
      canceled: this.#canceled,
      nodeStatus: this.#nodeStatus(),
      tokens: this.#tokens ?? NO_TOKENS,
      laneMs,
      isWaiting,
      isLast
    }
    this.output.at = 0
    if (isLast) SPARE.push({ records: this.#written, output: this.output })
    this.#finished = 0
    this.#isInOrder = true
    this.#hasOwnNumbers = false
    this.#records = []
    this.#failures = []
    this.#aggregation = []
    this.#lost = []
    this.#canceled = []
    this.#counts.fill(0)
    this.#tokens = undefined
    return part
  }

  /** Lines that wait finish in any order; a part lists them by position. */
  #sort(): void {
    const positions = this.#positions.slice(0, this.#finished)
    const order = [...positions.keys()].sort((a, b) => positions[a]! - positions[b]!)
    const reorder = (values: Uint32Array | Uint8Array) => values.set(order.map((i) => values[i]!))
    const ends = this.#outputEnds.slice(0, this.#finished)
    const outputs = this.output.copy()
    let length = 0
    for (const [to, from] of order.entries()) {
      const output = outputs.subarray(from === 0 ? 0 : ends[from - 1]!, ends[from]!)
      this.output.bytes.set(output, length)
      length += output.length
      this.#outputEnds[to] = length
    }
    if (this.#hasAggregation) this.#aggregation = order.map((i) => this.#aggregation[i]!)
    reorder(this.#positions)
    reorder(this.#lineNumbers)
    reorder(this.#statuses)
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
    const { prompt, completion, total } = this.#tokens ?? NO_TOKENS
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
