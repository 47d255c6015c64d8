// Rows that carry line numbers of their own (a `line_number` column), and the loading of whole sources that it takes.
//
// N1. Within a source either no row has a number or every row has one, and no two have the same.
// N2. Numbers are whole, from 0 to 2^32 - 1. A text of digits counts as its number: that is how CSV has it.

import { InvalidData } from "../contracts/errors.ts"
import type { Row } from "../contracts/value.ts"
import { parseRow } from "./parse-row.ts"
import { type FeedChunk, type RowFeed, RowPacker } from "./row-feed.ts"
import { rowText } from "./row-text.ts"

/** All rows of a source, as JSON texts. */
export interface LoadedRows {
  readonly texts: readonly string[]
  readonly places: readonly string[]
  /** Row by row; `undefined` when the source has no numbers. */
  readonly lineNumbers: readonly number[] | undefined
}

const LINE_NUMBER = "line_number"
const LOAD_ROWS = 4096
const LOAD_BYTES = 1 << 20

export const hasLineNumber = (row: Row): boolean => Object.hasOwn(row, LINE_NUMBER)

/**
 * Takes everything the feed has.
 *
 * @throws {InvalidData} where a row breaks N1 or N2, or is no object
 */
export async function loadRows(feed: RowFeed): Promise<LoadedRows> {
  const texts: string[] = []
  const places: string[] = []
  const numbers: (number | undefined)[] = []
  for (
    let chunk = await feed.take(LOAD_ROWS, LOAD_BYTES);
    chunk !== undefined;
    chunk = await feed.take(LOAD_ROWS, LOAD_BYTES)
  ) {
    for (let i = 0; i < chunk.count; i++) {
      const place = chunk.placeOf(i)
      const text = textOf(chunk, i, place)
      texts.push(text)
      places.push(place)
      numbers.push(numberOf(text, place))
    }
  }
  return { texts, places, lineNumbers: checkNumbers(numbers, places) }
}

function textOf(chunk: FeedChunk, index: number, place: string): string {
  try {
    return rowText(chunk, index)
  } catch (error) {
    throw invalid((error as Error).message, place)
  }
}

function numberOf(text: string, place: string): number | undefined {
  let row: Row
  try {
    row = parseRow(text)
  } catch (error) {
    throw invalid((error as Error).message, place)
  }
  if (!hasLineNumber(row)) return undefined
  const value = row[LINE_NUMBER]
  const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value
  if (typeof number === "number" && number >>> 0 === number) return number
  throw invalid(`line_number is ${JSON.stringify(value)}, but it must be a whole number from 0 to 4294967295`, place)
}

function checkNumbers(
  numbers: readonly (number | undefined)[],
  places: readonly string[]
): readonly number[] | undefined {
  const numbered = numbers.findIndex((number) => number !== undefined)
  if (numbered < 0) return undefined
  const seen = new Map<number, number>()
  numbers.forEach((number, i) => {
    if (number === undefined) {
      throw invalid(
        `the row has no line_number, but another one has (${places[numbered]}): give it to all rows or to none`,
        places[i]
      )
    }
    const before = seen.get(number)
    if (before !== undefined)
      throw invalid(`line_number ${number} is there twice; first in ${places[before]}`, places[i])
    seen.set(number, i)
  })
  return numbers as readonly number[]
}

const invalid = (reason: string, place: string | undefined) =>
  new InvalidData({ reason, place, code: "InvalidUserData" })

/** One source's rows, by line number. */
export function sortedRows(rows: LoadedRows): RowFeed {
  const { texts, places, lineNumbers } = rows
  if (lineNumbers === undefined || isPlain(lineNumbers)) return feedOfTexts(texts, places, undefined)
  const order = lineNumbers.map((_, i) => i).sort((a, b) => (lineNumbers[a] as number) - (lineNumbers[b] as number))
  return feedOfTexts(
    order.map((i) => texts[i] as string),
    order.map((i) => places[i] as string),
    order.map((i) => lineNumbers[i] as number)
  )
}

/** Numbers that are the positions need not be carried. */
export const isPlain = (numbers: readonly number[]) => numbers.every((number, position) => number === position)

/** Rows that are JSON texts already. */
export function feedOfTexts(
  texts: readonly string[],
  places: readonly string[],
  lineNumbers: readonly number[] | undefined
): RowFeed {
  let at = 0
  return {
    take(maxRows, maxBytes) {
      const packer = new RowPacker(maxRows, maxBytes)
      const first = at
      for (; at < texts.length && !packer.isFull; at += 1) packer.add(texts[at] as string)
      const chunk = packer.finish((index) => places[first + index] ?? `row ${first + index}`)
      if (chunk === undefined || lineNumbers === undefined) return chunk
      return { ...chunk, lineNumbers: Uint32Array.from(lineNumbers.slice(first, at)) }
    },
    rowCount: texts.length,
    bytesTaken: 0,
    sizeBytes: undefined,
    close() {
      at = texts.length
      return Promise.resolve()
    }
  }
}
