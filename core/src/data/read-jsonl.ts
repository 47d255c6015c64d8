// A JSONL file as raw bytes: finds where lines begin, parses nothing. The path that most data takes.
//
// J1. Bytes of a row are never changed. Blank lines (spaces only), line ends (`\n`, `\r\n`) and a byte order mark at
//     the start of the file are no part of a row.
// J2. One block is held in memory, and grows only while a single row does not fit into it.

import { closeSync, openSync, readSync, statSync } from "node:fs"
import { InvalidData } from "../contracts/errors.ts"
import { type FeedChunk, type RowFeed, resized } from "./row-feed.ts"

export interface JsonlFile {
  readonly path: string
  /** How messages name it. */
  readonly label: string
  /** A longer row is an error, as it is hardly meant to be one. */
  readonly maxRowBytes: number
  /** At least 16. */
  readonly blockBytes?: number
}

const BLOCK_BYTES = 1 << 20
const NEWLINE = 10
const RETURN = 13
const BRACE = 123

class JsonlFeed implements RowFeed {
  readonly #file: JsonlFile
  #descriptor: number | undefined
  #isClosed = false
  #isAtEnd = false
  #block: Buffer<ArrayBuffer> = Buffer.alloc(0)
  /** The part of the block that holds data, and the first byte of it that no chunk has taken. */
  #data: Buffer<ArrayBuffer> = this.#block
  #at = 0
  #spans = new Uint32Array(2048)
  /** 1-based line of the file at `#at`. */
  #line = 1
  readonly rowCount = undefined
  readonly sizeBytes: number | undefined
  bytesTaken = 0

  constructor(file: JsonlFile, sizeBytes: number | undefined) {
    this.#file = file
    this.sizeBytes = sizeBytes
  }

  take(maxRows: number, maxBytes: number): FeedChunk | undefined {
    if (this.#isClosed) return undefined
    if (this.#descriptor === undefined) this.#open()
    let count = 0
    let lines = 0
    let row = this.#at
    while (count < maxRows || count === 0) {
      const newline = this.#data.indexOf(NEWLINE, row)
      if (newline < 0 && !this.#isAtEnd) {
        if (this.#at === 0 && this.#data.length === this.#block.length && count > 0) break
        this.#moveSpans(count)
        row -= this.#at
        this.#refill(row)
        continue
      }
      const hasRow = this.#addRow(row, newline < 0 ? this.#data.length : newline, count)
      row = newline < 0 ? this.#data.length : newline + 1
      if (newline >= 0) lines += 1
      if (hasRow) count += 1
      if (count === 0) this.#skipTo(row, lines)
      if (count === 0) lines = 0
      if (newline < 0 || (count > 0 && row - this.#at >= maxBytes)) break
    }
    return this.#cut(row, count, lines)
  }

  close(): Promise<void> {
    this.#isClosed = true
    if (this.#descriptor !== undefined && this.#descriptor >= 0) closeSync(this.#descriptor)
    this.#descriptor = -1
    this.#block = Buffer.alloc(0)
    return Promise.resolve()
  }

  #open(): void {
    this.#descriptor = openSync(this.#file.path, "r")
    const { blockBytes = BLOCK_BYTES } = this.#file
    const size = this.sizeBytes ?? blockBytes
    this.#block = Buffer.allocUnsafeSlow(Math.min(blockBytes, Math.max(size + 1, 16)))
    this.#refill(0)
    const [a, b, c] = this.#data
    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
      throw this.#invalid("the file is UTF-16, only UTF-8 is read", 1)
    }
    if (a === 0xef && b === 0xbb && c === 0xbf) this.#at = 3
  }

  /** Moves what no chunk has taken to the front and reads on behind it. `row`: where, after the move, the open row begins. */
  #refill(row: number): void {
    let filled = this.#data.length
    if (this.#at > 0) {
      this.#block.copyWithin(0, this.#at, filled)
      filled -= this.#at
      this.#at = 0
    }
    if (filled === this.#block.length) {
      if (filled - row >= this.#file.maxRowBytes) throw this.#tooLong(filled)
      const larger = Buffer.allocUnsafeSlow(2 * this.#block.length)
      this.#block.copy(larger, 0, 0, filled)
      this.#block = larger
    }
    const read = readSync(this.#descriptor as number, this.#block, filled, this.#block.length - filled, null)
    this.#data = this.#block.subarray(0, filled + read)
    this.#isAtEnd = read === 0
  }

  /** The spans of an open chunk, for when its first byte becomes the first of the block. */
  #moveSpans(count: number): void {
    for (let i = 0; i < 2 * count; i++) this.#spans[i] = (this.#spans[i] as number) - this.#at
  }

  #skipTo(at: number, lines: number): void {
    this.#at = at
    this.#line += lines
  }

  /** False for a blank line. */
  #addRow(start: number, lineEnd: number, count: number): boolean {
    const data = this.#data
    const end = lineEnd > start && data[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd
    if (end - start > this.#file.maxRowBytes) throw this.#tooLong(start)
    // A row begins with a brace; only what does not is looked at further.
    if (data[start] !== BRACE || end === start) {
      let i = start
      while (i < end && isSpace(data[i])) i += 1
      if (i === end) return false
    }
    if (2 * count === this.#spans.length) this.#spans = resized(this.#spans, 2 * this.#spans.length)
    this.#spans[2 * count] = start
    this.#spans[2 * count + 1] = end
    return true
  }

  #cut(end: number, count: number, lines: number): FeedChunk | undefined {
    if (count === 0) return undefined
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(end - this.#at).buffer)
    bytes.set(this.#data.subarray(this.#at, end))
    this.#moveSpans(count)
    const spans = this.#spans.slice(0, 2 * count)
    const firstLine = this.#line
    const { label } = this.#file
    const placeOf = (index: number) => `${label}:${firstLine + countNewlines(bytes.subarray(0, spans[2 * index]))}`
    this.#skipTo(end, lines)
    this.bytesTaken += bytes.length
    return { bytes, spans, count, origin: { file: label, line: firstLine }, placeOf }
  }

  #tooLong(at: number): Error {
    const line = this.#line + countNewlines(this.#data.subarray(this.#at, at))
    return this.#invalid(`the line is longer than ${this.#file.maxRowBytes} bytes`, line)
  }

  #invalid(reason: string, line: number): Error {
    return new InvalidData({ reason, place: `${this.#file.label}:${line}`, code: "InvalidUserData" })
  }
}

/** The file is opened at the first `take`. */
export function readJsonl(file: JsonlFile): RowFeed {
  const stats = statSync(file.path)
  return new JsonlFeed(file, stats.isFile() ? stats.size : undefined)
}

const isSpace = (byte: number | undefined) => byte === 32 || byte === 9 || byte === RETURN

function countNewlines(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let count = 0
  for (let at = buffer.indexOf(NEWLINE); at >= 0; at = buffer.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
