import type { StoredChunk } from "@throughline/core/contracts"
import fc from "fast-check"
import { beforeAll, expect, test } from "vitest"
import { decodeChunk, decodeHeader, encodeChunk } from "./chunk-codec.ts"
import { loadMsgpack, type Msgpack } from "./msgpack.ts"

let msgpack: Msgpack
beforeAll(async () => {
  msgpack = await loadMsgpack()
})

const uint32 = fc.nat({ max: 0xffff_ffff })
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const ascending = fc
  .oneof(
    fc.uniqueArray(uint32, { minLength: 1, maxLength: 20 }),
    fc.tuple(fc.nat({ max: 0xffff_ff00 }), fc.integer({ min: 1, max: 200 })).map(([first, n]) => range(first, n))
  )
  .map((positions) => Uint32Array.from(positions).sort())
const bytes = fc.uint8Array({ maxLength: 100 })

const chunk: fc.Arbitrary<StoredChunk> = ascending.chain((positions) => {
  const n = { minLength: positions.length, maxLength: positions.length }
  const optional = <A>(value: fc.Arbitrary<A>) => fc.option(value, { nil: undefined })
  return fc
    .record({
      lineNumbers: optional(fc.uint32Array(n)),
      statuses: optional(fc.uint8Array(n)),
      nodeStatus: fc.dictionary(
        fc.string({ maxLength: 8 }).map((name) => `${name}.completed`),
        count,
        { maxKeys: 5, noNullPrototype: true }
      ),
      tokens: fc.record({ prompt: count, completion: count, total: count }, { noNullPrototype: true }),
      records: bytes,
      rows: bytes,
      aggregation: optional(bytes)
    })
    .map(({ lineNumbers, statuses, nodeStatus, tokens, records, rows, aggregation }) => ({
      header: {
        positions,
        ...(lineNumbers === undefined ? {} : { lineNumbers }),
        ...(statuses === undefined ? {} : { statuses }),
        nodeStatus,
        tokens
      },
      records,
      rows,
      ...(aggregation === undefined ? {} : { aggregation })
    }))
})

test("decode ∘ encode is identity (H1)", () => {
  fc.assert(
    fc.property(chunk, (given) => {
      const { firstPosition, header, sections } = encodeChunk(given, msgpack)
      const decoded = decodeChunk(
        decodeHeader(header, msgpack),
        (kind) => sections.find((each) => each.kind === kind)?.bytes
      )

      expect(decoded).toEqual(given)
      expect(firstPosition).toBe(given.header.positions[0])
    })
  )
})

test("a header of contiguous, completed lines does not grow with them", () => {
  const sizeOf = (n: number) =>
    encodeChunk(
      {
        header: { positions: range(1000, n), nodeStatus: {}, tokens: { prompt: 0, completion: 0, total: 0 } },
        records: new Uint8Array(),
        rows: new Uint8Array()
      },
      msgpack
    ).header.byteLength

  expect(sizeOf(100)).toBe(sizeOf(10))
})

test.each([
  [[], undefined],
  [[3, 3], undefined],
  [[4, 3], undefined],
  [[3, 4], [1]]
])("a chunk with positions %j and statuses %j is refused", (positions, statuses) => {
  const header = {
    positions: Uint32Array.from(positions),
    ...(statuses === undefined ? {} : { statuses: Uint8Array.from(statuses) }),
    nodeStatus: {},
    tokens: { prompt: 0, completion: 0, total: 0 }
  }

  expect(() => encodeChunk({ header, records: new Uint8Array(), rows: new Uint8Array() }, msgpack)).toThrow()
})

function range(first: number, n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => first + i)
}
