// A stored chunk as values of the journal, and back. Pure; it knows nothing of runs or LMDB.
//
// Header and sections are values of their own, not one: lmdb copies a whole value (below 16 MB) for any read of it, so
// a scan of headers would cost as much as a scan of everything; and joining sections on the way in costs more than
// writing them.
//
// H1. decode ∘ encode is identity, whatever the positions, numbers and statuses are.
// H2. Sections are the caller's bytes, not a copy. An empty section has no value: its size is in the header.

import type { ChunkHeader, StoredChunk } from "@throughline/core/contracts"
import type { Msgpack } from "./msgpack.ts"

/** Last part of a section's key. */
export const RECORDS = 0
export const ROWS = 1
export const AGGREGATION = 2

/** What stands in the header, in this order. Arrays of numbers are little-endian uint32. */
type PackedHeader = readonly [
  positions: readonly [first: number, count: number] | Uint8Array,
  lineNumbers: Uint8Array | null,
  statuses: Uint8Array | null,
  nodeStatus: Readonly<Record<string, number>>,
  tokens: readonly [prompt: number, completion: number, total: number],
  /** By section; -1 where there is none. */
  sectionBytes: readonly [records: number, rows: number, aggregation: number]
]

export interface EncodedChunk {
  readonly firstPosition: number
  readonly header: Uint8Array
  /** Without the empty ones. */
  readonly sections: ReadonlyArray<{ readonly kind: number; readonly bytes: Uint8Array }>
}

export interface DecodedHeader {
  readonly header: ChunkHeader
  readonly sectionBytes: PackedHeader[5]
}

/** Broken chunks are the caller's mistake: they are refused before anything of their commit is written. */
export function encodeChunk({ header, records, rows, aggregation }: StoredChunk, { pack }: Msgpack): EncodedChunk {
  assertSound(header)
  const { positions, lineNumbers, statuses, nodeStatus, tokens } = header
  const firstPosition = positions[0]!
  const sections = [records, rows, ...(aggregation === undefined ? [] : [aggregation])]
  const packed: PackedHeader = [
    isContiguous(positions) ? [firstPosition, positions.length] : uint32Bytes(positions),
    lineNumbers === undefined ? null : uint32Bytes(lineNumbers),
    statuses ?? null,
    nodeStatus,
    [tokens.prompt, tokens.completion, tokens.total],
    [records.byteLength, rows.byteLength, aggregation?.byteLength ?? -1]
  ]
  return {
    firstPosition,
    header: pack(packed),
    sections: sections.map((bytes, kind) => ({ kind, bytes })).filter(({ bytes }) => bytes.byteLength > 0)
  }
}

export function decodeHeader(bytes: Uint8Array, { unpack }: Msgpack): DecodedHeader {
  const [where, lineNumbers, statuses, nodeStatus, tokens, sectionBytes] = unpack(bytes) as PackedHeader
  const [prompt, completion, total] = tokens
  const header = {
    positions: where instanceof Uint8Array ? uint32Array(where) : range(where[0], where[1]),
    ...(lineNumbers === null ? {} : { lineNumbers: uint32Array(lineNumbers) }),
    ...(statuses === null ? {} : { statuses: Uint8Array.from(statuses) }),
    nodeStatus,
    tokens: { prompt, completion, total }
  }
  return { header, sectionBytes }
}

/**
 * @param read gives a section that is not empty
 * @returns `undefined` when a section is gone or is not as long as the header says
 */
export function decodeChunk(
  { header, sectionBytes }: DecodedHeader,
  read: (kind: number) => Uint8Array | undefined
): StoredChunk | undefined {
  const section = (kind: number) => {
    const size = sectionBytes[kind]!
    if (size <= 0) return new Uint8Array()
    const bytes = read(kind)
    return bytes?.byteLength === size ? bytes : undefined
  }
  const records = section(RECORDS)
  const rows = section(ROWS)
  const aggregation = section(AGGREGATION)
  if (records === undefined || rows === undefined || aggregation === undefined) return undefined
  return { header, records, rows, ...(sectionBytes[AGGREGATION] < 0 ? {} : { aggregation }) }
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
