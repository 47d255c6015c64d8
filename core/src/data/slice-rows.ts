// A part of a chunk's rows as a chunk of its own, with bytes of its own. For what is to be run again, or still to be run.

import type { RowChunk } from "../contracts/chunk.ts"
import type { PositionSet } from "./position-set.ts"

/** Rows `from` to `to` (exclusive) of a chunk. */
export function sliceRows(chunk: RowChunk, from: number, to: number): RowChunk {
  const { bytes, spans, firstPosition, lineNumbers, origin } = chunk
  const start = spans[2 * from]!
  return {
    bytes: bytes.slice(start, spans[2 * to - 1]!),
    spans: spans.slice(2 * from, 2 * to).map((at) => at - start),
    count: to - from,
    firstPosition: firstPosition + from,
    ...(lineNumbers === undefined ? {} : { lineNumbers: lineNumbers.slice(from, to) }),
    ...(origin === undefined ? {} : { origin: { file: origin.file, line: lineAt(bytes, origin.line, start) } })
  }
}

/** The rows of a chunk that are not among `done`, as chunks of rows that follow each other. */
export function rowsLeft(chunk: RowChunk, done: PositionSet): RowChunk[] {
  const left: RowChunk[] = []
  const isDone = (row: number) => done.has(chunk.firstPosition + row)
  for (let from = 0, to: number; from < chunk.count; from = to) {
    to = from + 1
    if (isDone(from)) continue
    while (to < chunk.count && !isDone(to)) to++
    left.push(to - from === chunk.count ? chunk : sliceRows(chunk, from, to))
  }
  return left
}

function lineAt(bytes: Uint8Array, firstLine: number, at: number): number {
  let line = firstLine
  for (let i = bytes.indexOf(10); i >= 0 && i < at; i = bytes.indexOf(10, i + 1)) line++
  return line
}
