// The text of one row, from its bytes. Loads in a thread.

import { isUtf8 } from "node:buffer"
import { lineInputError } from "./line-input-error.ts"

/**
 * The text of the row that stands at `start` to `end` of `bytes`.
 *
 * @throws {LineInputError} `InvalidUserData`, when the bytes are not UTF-8
 */
export function decodeRow(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString("utf8", start, end)
  // Bytes that are no text become this character; it may also be one of the row's own.
  if (text.includes("\ufffd")) requireUtf8(bytes.subarray(start, end))
  return text
}

/**
 * The text of row `index`.
 *
 * @throws {LineInputError} as `decodeRow` does
 */
export function rowText({ bytes, spans }: { bytes: Uint8Array; spans: Uint32Array }, index: number): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return decodeRow(buffer, spans[2 * index]!, spans[2 * index + 1]!)
}

function requireUtf8(row: Buffer): void {
  if (isUtf8(row)) return
  const at = firstMistake(row)
  throw lineInputError(
    "InvalidUserData",
    "The row is not UTF-8 text: byte {byte} at column {column}, after: {excerpt}",
    {
      byte: `0x${row[at]!.toString(16).padStart(2, "0")}`,
      column: String(row.toString("utf8", 0, at).length + 1),
      excerpt: row.toString("utf8", 0, at).slice(-20)
    },
    "Save the file as UTF-8."
  )
}

/** The first byte that belongs to no character. */
function firstMistake(row: Buffer): number {
  let from = 0
  for (;;) {
    const found = row.indexOf(REPLACEMENT, from)
    const at = row.toString("utf8", from).indexOf("\ufffd")
    const bytesBefore = Buffer.byteLength(row.toString("utf8", from).slice(0, at))
    if (found !== from + bytesBefore) return from + bytesBefore
    from = found + REPLACEMENT.length
  }
}

const REPLACEMENT = Buffer.from("\ufffd")
