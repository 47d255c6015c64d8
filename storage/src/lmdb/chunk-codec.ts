// A stored chunk as two values, and back. Pure; it knows nothing of keys, runs or LMDB.
//
// Header and body are values of their own, not one: lmdb copies a whole value (below 16 MB) for any read of it, so a
// scan of headers would otherwise cost as much as a scan of everything.
//
// H1. decode ∘ encode is identity, whatever the positions, numbers and statuses are.
// H2. The body is the sections one after the other; where each ends is in the header alone.

import type { ChunkHeader, StoredChunk } from "@throughline/core/contracts"
import type { Msgpack } from "./msgpack.ts"

/** What stands in the header, in this order. Arrays of numbers are little-endian uint32. */
type PackedHeader = readonly [
  positions: readonly [first: number, count: number] | Uint8Array,
  lineNumbers: Uint8Array | null,
  statuses: Uint8Array | null,
  nodeStatus: Readonly<Record<string, number>>,
  tokens: readonly [prompt: number, completion: number, total: number],
  recordBytes: number,
  rowBytes: number,
  /** -1 where there is no such section. */
  aggregationBytes: number
]

export interface ChunkSections {
  readonly recordBytes: number
  readonly rowBytes: number
  readonly aggregationBytes: number
}

export interface EncodedChunk {
  readonly firstPosition: number
  readonly header: Uint8Array
  readonly body: Uint8Array
}

/** Broken chunks are the caller's mistake: they are refused before anything of their commit is written. */
export function encodeChunk({ header, records, rows, aggregation }: StoredChunk, { pack }: Msgpack): EncodedChunk {
  assertSound(header)
  const { positions, lineNumbers, statuses, nodeStatus, tokens } = header
  const firstPosition = positions[0]!
  const packed: PackedHeader = [
    isContiguous(positions) ? [firstPosition, positions.length] : uint32Bytes(positions),
    lineNumbers === undefined ? null : uint32Bytes(lineNumbers),
    statuses ?? null,
    nodeStatus,
    [tokens.prompt, tokens.completion, tokens.total],
    records.byteLength,
    rows.byteLength,
    aggregation === undefined ? -1 : aggregation.byteLength
  ]
  const sections = aggregation === undefined ? [records, rows] : [records, rows, aggregation]
  return { firstPosition, header: pack(packed), body: Buffer.concat(sections) }
}

export function decodeHeader(bytes: Uint8Array, { unpack }: Msgpack): ChunkHeader & ChunkSections {
  const [where, lineNumbers, statuses, nodeStatus, tokens, recordBytes, rowBytes, aggregationBytes] = unpack(
    bytes
  ) as PackedHeader
  const [prompt, completion, total] = tokens
  return {
    positions: where instanceof Uint8Array ? uint32Array(where) : range(where[0], where[1]),
    ...(lineNumbers === null ? {} : { lineNumbers: uint32Array(lineNumbers) }),
    ...(statuses === null ? {} : { statuses: Uint8Array.from(statuses) }),
    nodeStatus,
    tokens: { prompt, completion, total },
    recordBytes,
    rowBytes,
    aggregationBytes
  }
}

/** @returns a chunk whose sections are views into `body` */
export function decodeChunk(decoded: ChunkHeader & ChunkSections, body: Uint8Array): StoredChunk {
  const { recordBytes, rowBytes, aggregationBytes, ...header } = decoded
  const rowsEnd = recordBytes + rowBytes
  return {
    header,
    records: body.subarray(0, recordBytes),
    rows: body.subarray(recordBytes, rowsEnd),
    ...(aggregationBytes < 0 ? {} : { aggregation: body.subarray(rowsEnd, rowsEnd + aggregationBytes) })
  }
}

function assertSound({ positions, lineNumbers, statuses }: ChunkHeader): void {
  const count = positions.length
  if (count === 0) throw new Error("a stored chunk has at least one line")
  for (let i = 1; i < count; i++) {
    if (positions[i]! <= positions[i - 1]!) throw new Error(`positions of a chunk ascend, ${positions[i]} does not`)
  }
  if (lineNumbers !== undefined && lineNumbers.length !== count) throw new Error("one line number a position")
  if (statuses !== undefined && statuses.length !== count) throw new Error("one status a position")
}

const isContiguous = (positions: Uint32Array) => positions.at(-1)! - positions[0]! === positions.length - 1

function range(first: number, count: number): Uint32Array {
  const positions = new Uint32Array(count)
  for (let i = 0; i < count; i++) positions[i] = first + i
  return positions
}

function uint32Bytes(numbers: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 4)
  for (let i = 0; i < numbers.length; i++) bytes.writeUInt32LE(numbers[i]!, i * 4)
  return bytes
}

function uint32Array(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const numbers = new Uint32Array(bytes.byteLength / 4)
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getUint32(i * 4, true)
  return numbers
}
