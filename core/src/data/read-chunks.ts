// Room 1: data sources → rows as JSONL bytes, cut into chunks and numbered. It parses no row of a JSONL file but the first.
//
// R1. Every row comes out once, in order, whatever the sizes asked for; positions have no gap.
// R2. One source: a row is that source's row, as it stands. More: a row is `{"<source>": row, …}`.
// R3. Line numbers are positions, unless the first row has a `line_number`: then the data's own, in ascending order.
// R4. Nothing is read ahead: `take` is the back-pressure.

import type { RowChunk } from "../contracts/chunk.ts"
import type { DataSource } from "../contracts/run.ts"
import type { Row } from "../contracts/value.ts"
import { joinSources, noRows } from "./join-sources.ts"
import { hasLineNumber, type LoadedRows, loadRows, sortedRows } from "./number-rows.ts"
import { openSource } from "./open-source.ts"
import { parseRow } from "./parse-row.ts"
import { type FeedChunk, type RowFeed, withFirstChunk } from "./row-feed.ts"
import { rowText } from "./row-text.ts"

export interface OpenRowsOptions {
  /** Source name, as the column mapping has it, → where its rows are. */
  readonly sources: Readonly<Record<string, DataSource>>
  /** Relative paths start here. */
  readonly baseDir: string
  /** Takes the first so many rows of each source, with a warning when there are more. */
  readonly maxLines?: number
  /** The longest line of a JSONL file, 64 MiB unless given. */
  readonly maxRowBytes?: number
  /** As in `SourceOptions`. */
  readonly isPandas?: boolean
  readonly onWarning: (message: string) => void
}

export interface RowReader {
  readonly sourceNames: readonly string[]
  /** The first row of the data, for `checkMapping`; `undefined` when it is no row. */
  readonly firstRow: Row | undefined
  /**
   * The next rows: at most `maxRows`, and no more after the one that reaches `maxBytes`; at least one row, maybe fewer
   * than asked for. `undefined` at the end. One call at a time.
   *
   * @throws {InvalidData} where the data cannot be read as rows; the reader is at its end then
   */
  take(maxRows: number, maxBytes: number): RowChunk | undefined | Promise<RowChunk | undefined>
  /** How many rows there are in all: known for rows in memory, and at the end. */
  readonly totalRows: number | undefined
  /** Part of the files' bytes that was taken, 0 to 1; `undefined` where the data has no size. */
  readonly readFraction: number | undefined
  /** About how many rows are left: exact where `totalRows` is known, else from the bytes left. */
  readonly remainingRows: number | undefined
  /** Lets go of files and iterables. Idempotent. */
  close(): Promise<void>
}

const MAX_ROW_BYTES = 64 << 20

/**
 * Opens the data of a run.
 *
 * @throws {InvalidData} for a path that is not there, sources that do not fit together, or no rows at all
 * @throws {NotSupportedYet} for a `.parquet` file
 */
export async function openRows(options: OpenRowsOptions): Promise<RowReader> {
  const { sources, maxLines = Number.POSITIVE_INFINITY, maxRowBytes = MAX_ROW_BYTES, isPandas = false } = options
  const { onWarning, baseDir } = options
  const names = Object.keys(sources)
  const feeds: RowFeed[] = []
  try {
    for (const name of names) {
      const feed = await openSource(name, sources[name] as DataSource, { baseDir, maxRowBytes, isPandas, onWarning })
      feeds.push(
        limited(feed, maxLines, () => onWarning(`${name}: only the first ${maxLines} rows are taken, there are more`))
      )
    }
    const [only] = feeds
    if (names.length === 1 && only !== undefined)
      return await openOne(
        names,
        only,
        names.map((name) => shownAs(name, sources[name]))
      )
    const loaded = new Map<string, LoadedRows>()
    for (const [i, feed] of feeds.entries()) loaded.set(names[i] as string, await loadRows(feed))
    return await openOne(names, joinSources(loaded))
  } finally {
    if (names.length !== 1) await Promise.all(feeds.map((feed) => feed.close()))
  }
}

async function openOne(names: readonly string[], feed: RowFeed, shown: readonly string[] = names): Promise<RowReader> {
  try {
    const first = await feed.take(1, 1)
    if (first === undefined) throw noRows(shown)
    const firstRow = parseFirst(first)
    const whole = withFirstChunk(first, feed)
    if (names.length > 1 || firstRow === undefined || !hasLineNumber(firstRow))
      return new ChunkReader(names, firstRow, whole)
    const rows = await loadRows(whole)
    await feed.close()
    return new ChunkReader(names, firstRow, sortedRows(rows))
  } catch (error) {
    await feed.close()
    throw error
  }
}

/** `'data'`, with its path where it has one. */
const shownAs = (name: string, source: DataSource | undefined): string =>
  typeof source === "string" || source instanceof URL ? `'${name}' (${source})` : `'${name}'`

function parseFirst(chunk: FeedChunk): Row | undefined {
  try {
    return parseRow(rowText(chunk, 0))
  } catch {
    return undefined
  }
}

/** The first rows of a feed; `onMore` is called once if there is one more. */
function limited(feed: RowFeed, maxRows: number, onMore: () => void): RowFeed {
  if (maxRows === Number.POSITIVE_INFINITY) return feed
  let left = maxRows
  return {
    async take(rows, bytes) {
      if (left > 0) {
        const chunk = await feed.take(Math.min(rows, left), bytes)
        left = chunk === undefined ? -1 : left - chunk.count
        return chunk
      }
      if (left === 0 && (await feed.take(1, 1)) !== undefined) onMore()
      left = -1
      return undefined
    },
    get rowCount() {
      return feed.rowCount === undefined ? undefined : Math.min(feed.rowCount, maxRows)
    },
    get bytesTaken() {
      return feed.bytesTaken
    },
    get sizeBytes() {
      return feed.sizeBytes
    },
    close: () => feed.close()
  }
}

class ChunkReader implements RowReader {
  readonly sourceNames: readonly string[]
  readonly firstRow: Row | undefined
  readonly #feed: RowFeed
  #position = 0
  #isAtEnd = false

  constructor(sourceNames: readonly string[], firstRow: Row | undefined, feed: RowFeed) {
    this.sourceNames = sourceNames
    this.firstRow = firstRow
    this.#feed = feed
  }

  take(maxRows: number, maxBytes: number): RowChunk | undefined | Promise<RowChunk | undefined> {
    if (this.#isAtEnd) return undefined
    try {
      const taken = this.#feed.take(Math.max(1, maxRows), maxBytes)
      if (!(taken instanceof Promise)) return this.#number(taken)
      return taken.then(
        (chunk) => this.#number(chunk),
        (error) => this.#fail(error)
      )
    } catch (error) {
      return this.#fail(error)
    }
  }

  get totalRows(): number | undefined {
    return this.#isAtEnd ? this.#position : this.#feed.rowCount
  }

  get readFraction(): number | undefined {
    const { sizeBytes, bytesTaken } = this.#feed
    if (sizeBytes === undefined) return undefined
    return this.#isAtEnd || sizeBytes === 0 ? 1 : Math.min(1, bytesTaken / sizeBytes)
  }

  get remainingRows(): number | undefined {
    const total = this.totalRows
    if (total !== undefined) return total - this.#position
    const { sizeBytes, bytesTaken } = this.#feed
    if (sizeBytes === undefined || bytesTaken === 0 || this.#position === 0) return undefined
    return Math.max(0, Math.ceil(((sizeBytes - bytesTaken) * this.#position) / bytesTaken))
  }

  async close(): Promise<void> {
    this.#isAtEnd = true
    await this.#feed.close()
  }

  #number(chunk: FeedChunk | undefined): RowChunk | undefined {
    if (chunk === undefined) {
      this.#isAtEnd = true
      return undefined
    }
    const { bytes, spans, count, lineNumbers, origin } = chunk
    const firstPosition = this.#position
    this.#position += count
    return {
      bytes,
      spans,
      count,
      firstPosition,
      ...(lineNumbers === undefined ? {} : { lineNumbers }),
      ...(origin === undefined ? {} : { origin })
    }
  }

  #fail(error: unknown): never {
    this.#isAtEnd = true
    throw error
  }
}
