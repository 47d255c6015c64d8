import fc from "fast-check"
import { expect, test } from "vitest"
import type { RowChunk } from "../contracts/index.ts"
import { PositionSet } from "./position-set.ts"
import { rowText } from "./row-text.ts"
import { rowsLeft, sliceRows } from "./slice-rows.ts"

/** Rows `r0`, `r1` … with a blank line after each third one, as a file has them from its fifth line on. */
function aChunk(count: number, firstPosition = 0): RowChunk {
  const spans: number[] = []
  let text = ""
  for (let row = 0; row < count; row++) {
    spans.push(text.length, text.length + `r${row}`.length)
    text += `r${row}\n${row % 3 === 2 ? "\n" : ""}`
  }
  return {
    bytes: new Uint8Array(Buffer.from(text)),
    spans: Uint32Array.from(spans),
    count,
    firstPosition,
    lineNumbers: Uint32Array.from({ length: count }, (_, row) => 100 + row),
    origin: { file: "data.jsonl", line: 5 }
  }
}

test("a slice has the rows it names, with their positions, numbers and the line they stand on", () => {
  const slice = sliceRows(aChunk(8, 20), 4, 6)

  expect([rowText(slice, 0), rowText(slice, 1)]).toEqual(["r4", "r5"])
  expect(slice).toMatchObject({ count: 2, firstPosition: 24, origin: { file: "data.jsonl", line: 10 } })
  expect([...(slice.lineNumbers ?? [])]).toEqual([104, 105])
  expect(slice.bytes.byteLength).toBe(slice.bytes.buffer.byteLength)
})

test("what is left of a chunk is every row that is not done, in order, each once", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), fc.nat({ max: 9 }), (done, firstPosition) => {
      const set = new PositionSet()
      set.addAll([Uint32Array.from(done.flatMap((isDone, row) => (isDone ? [firstPosition + row] : [])))])

      const left = rowsLeft(aChunk(done.length, firstPosition), set)

      const rows = left.flatMap((chunk) =>
        Array.from({ length: chunk.count }, (_, row) => [chunk.firstPosition + row, rowText(chunk, row)])
      )
      expect(rows).toEqual(done.flatMap((isDone, row) => (isDone ? [] : [[firstPosition + row, `r${row}`]])))
    })
  )
})
