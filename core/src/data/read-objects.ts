// Rows in memory, and rows from anything that yields them: encoded as JSON once, a chunk at a time.
//
// O1. No more is pulled from an iterable than the chunk in hand takes: `take` is the back-pressure.
// O2. A chunk does not wait for a slow iterable: it goes with what is there, one row at least.

import { InvalidData } from "../contracts/errors.ts"
import { pythonJson } from "./python-text.ts"
import { type FeedChunk, type RowFeed, RowPacker } from "./row-feed.ts"

/** One row on its way into a chunk. */
export interface EncodedRow {
  readonly text: string
  readonly place: string
}

/** A list of rows, which `readObjects` may be told the places of: `rows.json: row 3`. */
export function readObjects(rows: readonly unknown[], describe: (index: number) => string = rowPlace): RowFeed {
  let at = 0
  return {
    take(maxRows, maxBytes) {
      const packer = new RowPacker(maxRows, maxBytes)
      const first = at
      while (at < rows.length && !packer.isFull) {
        packer.add(encodeRow(rows[at], describe(at)))
        at += 1
      }
      return packer.finish((index) => describe(first + index))
    },
    get rowCount() {
      return rows.length
    },
    bytesTaken: 0,
    sizeBytes: undefined,
    close() {
      at = rows.length
      return Promise.resolve()
    }
  }
}

/** Objects that an iterable yields. */
export function readIterable(rows: Iterable<unknown> | AsyncIterable<unknown>): RowFeed {
  let index = 0
  return readEncoded(rows, (row) => {
    const place = rowPlace(index)
    index += 1
    return { text: encodeRow(row, place), place }
  })
}

/**
 * The same for things that become rows by `encode`. Closing ends the iteration: generators run their `finally`.
 *
 * @param size bytes in all and bytes read so far, where the things come from a file
 */
export function readEncoded<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  encode: (item: Item) => EncodedRow | undefined,
  size?: { readonly sizeBytes: number; readonly bytesTaken: () => number }
): RowFeed {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let pulled: Pulled<Item> | undefined
  let isDone = false

  const take = async (maxRows: number, maxBytes: number): Promise<FeedChunk | undefined> => {
    const packer = new RowPacker(maxRows, maxBytes)
    const places: string[] = []
    while (!isDone && !packer.isFull) {
      pulled ??= pull(iterator)
      if (!pulled.isSettled && packer.count > 0 && !(await settlesSoon(pulled))) break
      const result = pulled.result ?? (await pulled.promise)
      pulled = undefined
      if (result.done === true) isDone = true
      else {
        const row = encode(result.value)
        if (row === undefined) continue
        packer.add(row.text)
        places.push(row.place)
      }
    }
    return packer.finish((index) => places[index] ?? rowPlace(index))
  }

  return {
    take,
    rowCount: undefined,
    get bytesTaken() {
      return size?.bytesTaken() ?? 0
    },
    sizeBytes: size?.sizeBytes,
    async close() {
      if (isDone) return
      isDone = true
      const ended = Promise.resolve(iterator.return?.()).catch(() => undefined)
      // A generator that is waiting for something ends when that comes, which may be never.
      if (pulled === undefined || pulled.isSettled) await ended
    }
  }
}

interface Pulled<Item> {
  readonly promise: Promise<IteratorResult<Item>>
  isSettled: boolean
  result: IteratorResult<Item> | undefined
}

function pull<Item>(iterator: Iterator<Item> | AsyncIterator<Item>): Pulled<Item> {
  const next = iterator.next()
  if (!(next instanceof Promise) && !("then" in next))
    return { promise: Promise.resolve(next), isSettled: true, result: next }
  const pulled: Pulled<Item> = { promise: Promise.resolve(next), isSettled: false, result: undefined }
  pulled.promise.then(
    (result) => {
      pulled.isSettled = true
      pulled.result = result
    },
    () => {
      pulled.isSettled = true
    }
  )
  return pulled
}

/** Waits a few microtasks, then one turn of the event loop: what takes longer is worth no waiting. */
async function settlesSoon(pulled: Pulled<unknown>): Promise<boolean> {
  for (let i = 0; i < 5 && !pulled.isSettled; i++) await undefined
  if (!pulled.isSettled) await new Promise((resolve) => setImmediate(resolve))
  return pulled.isSettled
}

/**
 * A row as one line of JSON. What JSON leaves out (`undefined`, functions) is left out, `toJSON` is asked.
 *
 * @throws {InvalidData} for what is no object, and for what JSON cannot hold (bigints, a row inside itself)
 */
export function encodeRow(row: unknown, place: string): string {
  if (typeof row !== "object" || row === null || Array.isArray(row) || row instanceof Map || row instanceof Set) {
    throw new InvalidData({
      reason: `a row must be an object with a value for each column, got ${kindOf(row)}`,
      place,
      code: "InvalidUserData"
    })
  }
  let text: string | undefined
  try {
    text = JSON.stringify(row)
    // JSON writes NaN and the infinities as null.
    if (text?.includes("null") === true) text = pythonJson(row)
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0]
    throw new InvalidData({ reason: `the row cannot be written as JSON: ${reason}`, place, code: "InvalidUserData" })
  }
  if (text?.startsWith("{") === true) return text
  throw new InvalidData({
    reason: `a row must be an object, but its toJSON gave ${text}`,
    place,
    code: "InvalidUserData"
  })
}

const rowPlace = (index: number) => `row ${index}`

function kindOf(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return `a ${value.constructor.name}`
  return typeof value === "string"
    ? `the text ${JSON.stringify(value.slice(0, 40))}`
    : `${typeof value} ${String(value)}`
}
