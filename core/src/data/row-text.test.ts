import { isUtf8 } from "node:buffer"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { LineInputError } from "./line-input-error.ts"
import { decodeRow, rowText } from "./row-text.ts"

const failureOf = (row: Buffer): LineInputError => {
  try {
    decodeRow(row, 0, row.length)
  } catch (error) {
    if (error instanceof LineInputError) return error
  }
  throw new Error("the row was read")
}

describe("the text of a row", () => {
  test("is that of its span", () => {
    const bytes = Buffer.from('{"a": "ü"}\n{"a": "€"}')
    expect(rowText({ bytes, spans: Uint32Array.of(0, 11, 12, bytes.length) }, 1)).toBe('{"a": "€"}')
  })

  test("may hold the replacement character itself", () => {
    const row = Buffer.from('{"a": "\ufffd"}')
    expect(decodeRow(row, 0, row.length)).toBe('{"a": "\ufffd"}')
  })

  test("names the first byte that is no text, behind characters that look like one", () => {
    const row = Buffer.concat([Buffer.from('{"\ufffd": "'), Buffer.of(0xfc), Buffer.from('\ufffd"}')])
    expect(failureOf(row).record).toMatchObject({
      message: 'The row is not UTF-8 text: byte 0xfc at column 8, after: {"\ufffd": "',
      hint: "Save the file as UTF-8."
    })
  })

  test("is refused exactly where the bytes are not UTF-8", () => {
    const piece = fc.constantFrom(
      ...["a", "\ufffd", "€", "😀"].map((text) => Buffer.from(text)),
      Buffer.of(0xff),
      Buffer.of(0xe2, 0x82)
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const row = Buffer.concat(pieces)
        if (isUtf8(row)) expect(Buffer.from(decodeRow(row, 0, row.length))).toEqual(row)
        else expect(failureOf(row).message).toContain("is not UTF-8 text: byte 0x")
      })
    )
  })
})
