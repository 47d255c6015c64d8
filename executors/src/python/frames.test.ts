import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { encodeFrame, FrameReader, type Reply, readReplies } from "./frames.ts"

/** A payload as Python writes it. */
function aPayload(replies: readonly Reply[]): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32LE(replies.length)
  const entries = replies.map(({ number, kind, isKept, text, extra }) => {
    const entry = Buffer.alloc(20)
    entry.writeBigUInt64LE(BigInt(number))
    entry.writeUInt8(kind, 8)
    entry.writeUInt8(isKept ? 1 : 0, 9)
    entry.writeUInt32LE(Buffer.byteLength(text), 12)
    entry.writeUInt32LE(extra.length, 16)
    return entry
  })
  return Buffer.concat([
    count,
    ...entries,
    ...replies.flatMap(({ text, extra }) => [Buffer.from(text), Buffer.from(extra)])
  ])
}

const framed = (payload: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(payload.length)
  return Buffer.concat([head, payload])
}

const reply = fc.record({
  number: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  kind: fc.nat({ max: 6 }),
  isKept: fc.boolean(),
  text: fc.string({ unit: "grapheme" }),
  extra: fc.string({ unit: "grapheme-ascii" })
})

describe("frames", () => {
  test("replies are read as they were written (P1)", () =>
    fc.assert(
      fc.property(fc.array(reply), (replies) => {
        const read: Reply[] = []
        readReplies(aPayload(replies), (each) => read.push(each))
        expect(read).toEqual(replies)
      })
    ))

  test("payloads come out whole, however the pipe cuts them", () =>
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 })),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (payloads, cuts) => {
          const bytes = Buffer.concat(payloads.map((payload) => framed(Buffer.from(payload))))
          const read: Buffer[] = []
          const reader = new FrameReader((payload) => read.push(Buffer.from(payload)))

          let at = 0
          for (let turn = 0; at < bytes.length; turn++) {
            const size = cuts.length === 0 ? bytes.length : cuts[turn % cuts.length]!
            reader.push(bytes.subarray(at, at + size))
            at += size
          }

          expect(read).toEqual(payloads.map((payload) => Buffer.from(payload)))
        }
      )
    ))

  test("a frame says its length in bytes and its kind in one letter", () => {
    const frame = encodeFrame("sync", "1\né")

    expect(frame.readUInt32LE(0)).toBe(frame.length - 4)
    expect(frame.toString("utf8", 4)).toBe("s1\né")
  })
})
