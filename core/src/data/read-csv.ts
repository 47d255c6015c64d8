// CSV and TSV files → rows, streaming. Every value is a text, an empty cell is "".
//
// A row with more fields than the header is refused. promptflow shifts all values to the left when every row has one
// field too many, which is never what the author of the file meant.

import { createReadStream, statSync } from "node:fs"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { InvalidData } from "../contracts/errors.ts"
import { type EncodedRow, readEncoded } from "./read-objects.ts"
import type { RowFeed } from "./row-feed.ts"

export interface CsvFile {
  readonly path: string
  /** How messages name it. */
  readonly label: string
  readonly delimiter: "," | "\t"
}

export function readCsv(file: CsvFile): RowFeed {
  let bytesRead = 0
  let header: readonly string[] | undefined
  const records = recordsOf(file, (bytes) => {
    bytesRead += bytes
  })
  const encode = ({ record, info }: CsvRecord): EncodedRow | undefined => {
    if (header === undefined) {
      header = headerOf(record)
      return undefined
    }
    const place = `${file.label}:${info.lines}`
    if (record.length === 1 && header.length > 1 && /^[ \t]*$/.test(record[0] ?? "")) return undefined
    if (record.length > header.length) throw tooManyFields(record, header, place)
    return { text: `{${header.map((name, i) => `${name}${JSON.stringify(record[i] ?? "")}`).join(",")}}`, place }
  }
  return readEncoded(records, encode, { sizeBytes: statSync(file.path).size, bytesTaken: () => bytesRead })
}

interface CsvRecord {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

async function* recordsOf(file: CsvFile, onRead: (bytes: number) => void): AsyncGenerator<CsvRecord> {
  const { parse } = await import("csv-parse")
  const parser = parse({
    delimiter: file.delimiter,
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    record_delimiter: ["\r\n", "\n", "\r"]
  })
  const source = Readable.from(textOf(file, onRead), { objectMode: false })
  // Its failure comes out of the parser, too.
  const flow = pipeline(source, parser).catch(() => undefined)
  try {
    for await (const record of parser) yield record as CsvRecord
  } catch (error) {
    throw csvMistake(error, file)
  } finally {
    parser.destroy()
    await flow
  }
}

async function* textOf(file: CsvFile, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  for await (const block of createReadStream(file.path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    onRead(block.length)
    check(() => decoder.decode(block, { stream: true }))
    yield block
  }
  check(() => decoder.decode())

  function check(decode: () => string): void {
    try {
      decode()
    } catch {
      throw new InvalidData({ reason: "the file is not UTF-8 text", place: file.label, code: "InvalidUserData" })
    }
  }
}

/** The column names, ready to be put before a value: `"name":`. */
function headerOf(record: readonly string[]): readonly string[] {
  const taken = new Set(record)
  const seen = new Map<string, number>()
  return record.map((cell, i) => {
    let name = cell === "" ? `Unnamed: ${i}` : cell
    const before = seen.get(name) ?? 0
    if (before > 0) {
      let number = before
      while (taken.has(`${name}.${number}`)) number += 1
      seen.set(name, number + 1)
      name = `${name}.${number}`
    }
    taken.add(name)
    seen.set(name, 1)
    return `${JSON.stringify(name)}:`
  })
}

function tooManyFields(record: readonly string[], header: readonly string[], place: string): Error {
  return new InvalidData({
    reason: `the row has ${record.length} fields, but the header names ${header.length} columns`,
    place,
    code: "InvalidUserData",
    hint: "Quote values that have the delimiter in them, or name the further columns in the header."
  })
}

function csvMistake(error: unknown, file: CsvFile): unknown {
  const { code, lines } = error as { readonly code?: unknown; readonly lines?: unknown }
  if (typeof code !== "string" || !code.startsWith("CSV_")) return error
  const reason = code === "CSV_QUOTE_NOT_CLOSED" ? "a quote is not closed" : (error as Error).message
  return new InvalidData({
    reason,
    place: typeof lines === "number" ? `${file.label}:${lines}` : file.label,
    code: "InvalidUserData"
  })
}
