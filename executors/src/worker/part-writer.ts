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
import { Packr } from "msgpackr"

const packr = new Packr({ useRecords: true })
const NO_BYTES = new Uint8Array(0)
const NO_TOKENS: TokenCounts = { prompt: 0, completion: 0, total: 0 }

export interface FinishedLine {
  readonly status: number
  readonly record: LineRecord
  /** The `output.jsonl` text with its line end; empty unless the line completed. */
  readonly output: string
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
  #records: LineRecord[] = []
  #failures: LineFailure[] = []
  #outputs = Buffer.allocUnsafe(1 << 14)
  #outputLength = 0
  #outputEnds: number[] = []
  #aggregation: string[] = []
  #hasOwnNumbers = false

  constructor(nodeNames: readonly string[], hasAggregation: boolean) {
    this.#nodeNames = nodeNames
    this.#hasAggregation = hasAggregation
  }

  /** Lines that wait to leave, the lost and the canceled among them. */
  get size(): number {
    return this.#positions.length + this.#lost.length + this.#canceled.length
  }

  get bytes(): number {
    return this.#outputLength
  }

  add({ status, record, output, aggregation, error }: FinishedLine): void {
    const { position, lineNumber } = record
    this.#positions.push(position)
    this.#lineNumbers.push(lineNumber)
    if (position !== lineNumber) this.#hasOwnNumbers = true
    this.#statuses.push(status)
    this.#records.push(record)
    if (output.length > 0) this.#write(output)
    this.#outputEnds.push(this.#outputLength)
    if (this.#hasAggregation) this.#aggregation.push(aggregation)
    if (status === LINE_FAILED && error !== undefined) this.#failures.push({ position, lineNumber, error })
  }

  addLost(position: number): void {
    this.#lost.push(position)
  }

  addCanceled(position: number): void {
    this.#canceled.push(position)
  }

  /** Packs what was added and starts anew. */
  take(taskId: number, laneMs: number, isWaiting: boolean, isLast: boolean): ChunkPart {
    this.#sort()
    const counts = countNodes(this.#records, this.#nodeNames)
    const part: ChunkPart = {
      taskId,
      positions: Uint32Array.from(this.#positions),
      ...(this.#hasOwnNumbers ? { lineNumbers: Uint32Array.from(this.#lineNumbers) } : {}),
      statuses: Uint8Array.from(this.#statuses),
      outputs:
        this.#outputLength === 0 ? NO_BYTES : Uint8Array.prototype.slice.call(this.#outputs, 0, this.#outputLength),
      outputEnds: Uint32Array.from(this.#outputEnds),
      records: packRecords(this.#records),
      ...(this.#hasAggregation ? { aggregation: ownBytes(Buffer.from(this.#aggregation.join(""), "utf8")) } : {}),
      failures: this.#failures,
      lost: this.#lost,
      canceled: this.#canceled,
      nodeStatus: counts.nodeStatus,
      tokens: counts.tokens,
      laneMs,
      isWaiting,
      isLast
    }
    this.#positions = []
    this.#lineNumbers = []
    this.#statuses = []
    this.#records = []
    this.#failures = []
    this.#outputLength = 0
    this.#outputEnds = []
    this.#aggregation = []
    this.#hasOwnNumbers = false
    this.#lost = []
    this.#canceled = []
    return part
  }

  /** Lines that wait finish in any order; a part lists them by position. */
  #sort(): void {
    const positions = this.#positions
    if (positions.every((position, i) => i === 0 || positions[i - 1]! < position)) return
    const order = positions.map((_, i) => i).sort((a, b) => positions[a]! - positions[b]!)
    const reordered = <A>(values: readonly A[]): A[] => order.map((i) => values[i]!)
    const ends = this.#outputEnds
    const outputs = Buffer.allocUnsafe(this.#outputs.length)
    let length = 0
    this.#outputEnds = order.map((i) => {
      length += this.#outputs.copy(outputs, length, i === 0 ? 0 : ends[i - 1]!, ends[i]!)
      return length
    })
    this.#outputs = outputs
    this.#aggregation = this.#hasAggregation ? reordered(this.#aggregation) : []
    this.#positions = reordered(positions)
    this.#lineNumbers = reordered(this.#lineNumbers)
    this.#statuses = reordered(this.#statuses)
    this.#records = reordered(this.#records)
  }

  #write(text: string): void {
    const most = text.length * 3
    if (this.#outputs.length - this.#outputLength < most) {
      const larger = Buffer.allocUnsafe(Math.max(this.#outputs.length * 2, this.#outputLength + most))
      this.#outputs.copy(larger, 0, 0, this.#outputLength)
      this.#outputs = larger
    }
    this.#outputLength += this.#outputs.write(text, this.#outputLength, "utf8")
  }
}

/** The buffers of a part that may move to the other thread. */
export function transferablesOf(part: ChunkPart): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  for (const bytes of [part.outputs, part.records, part.aggregation]) {
    if (bytes !== undefined && bytes.byteLength > 0) buffers.push(bytes.buffer as ArrayBuffer)
  }
  return buffers
}

function packRecords(records: readonly LineRecord[]): Uint8Array {
  try {
    return ownBytes(packr.pack(records))
  } catch {
    return ownBytes(packr.pack(records.map(textified)))
  }
}

/** `packr` and `Buffer.from` hand out views into shared pools; a transfer needs a buffer of its own. */
const ownBytes = (bytes: Buffer): Uint8Array =>
  bytes.byteLength === 0 ? NO_BYTES : Uint8Array.prototype.slice.call(bytes)

/** The record with every node value that cannot be stored replaced by its text form, as promptflow records it. */
function textified(record: LineRecord): LineRecord {
  return { ...record, nodes: record.nodes.map(textifiedNode) }
}

function textifiedNode(node: NodeRecord): NodeRecord {
  if (node.value === undefined) return node
  try {
    JSON.stringify(node.value)
    packr.pack(node.value)
    return node
  } catch {
    return { ...node, value: textOf(node.value) }
  }
}

/** Never throws: a value that has no text either must not take its whole chunk with it. */
function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

function countNodes(records: readonly LineRecord[], names: readonly string[]) {
  const counts = new Map<number, number>()
  let { prompt, completion, total } = NO_TOKENS
  for (const record of records) {
    for (const { node, status, tokens } of record.nodes) {
      const key = node * 4 + STATUS_CODE[status]
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (tokens !== undefined) {
        prompt += tokens.prompt
        completion += tokens.completion
        total += tokens.total
      }
    }
  }
  const nodeStatus: Record<string, number> = Object.create(null) as Record<string, number>
  for (const [key, count] of counts) nodeStatus[`${names[key >> 2]}.${STATUS_WORD[key & 3]}`] = count
  return { nodeStatus, tokens: { prompt, completion, total } }
}

const STATUS_CODE = { Completed: 0, Failed: 1, Bypassed: 2, Canceled: 3 } as const
const STATUS_WORD = ["completed", "failed", "bypassed", "canceled"] as const
