// Rows as they come from one place, before they are counted and numbered (read-chunks.ts), and the tools to make them.

import type { RowChunk } from "../contracts/chunk.ts"

/** Some rows of a feed, as in `RowChunk` (C1, C2). */
export interface FeedChunk {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly spans: Uint32Array<ArrayBuffer>
  readonly count: number
  readonly lineNumbers?: Uint32Array<ArrayBuffer>
  readonly origin?: RowChunk["origin"]
  /** Where row `index` of this chunk stands: `file:line`, or `row 7` of what has no lines. */
  placeOf(index: number): string
}

/**
 * A source of rows.
 *
 * F1. `take` gives 1 to `maxRows` rows, or `undefined` at the end, and from then on always `undefined`.
 * F2. It stops after the row with which `maxBytes` is reached. So a chunk holds at least one row, whatever its size.
 * F3. Nothing is read before `take`, nor further than what one block or one row needs.
 */
export interface RowFeed {
  take(maxRows: number, maxBytes: number): FeedChunk | undefined | Promise<FeedChunk | undefined>
  /** How many rows there are, where that is known before the end. */
  readonly rowCount: number | undefined
  /** Bytes taken and bytes in all, where the source has a size. */
  readonly bytesTaken: number
  readonly sizeBytes: number | undefined
  close(): Promise<void>
}

/** Packs rows that come as texts into a chunk. */
export class RowPacker {
  readonly #maxRows: number
  readonly #maxBytes: number
  #buffer: Buffer<ArrayBuffer>
  #spans: Uint32Array<ArrayBuffer>
  #length = 0
  #count = 0

  constructor(maxRows: number, maxBytes: number) {
    this.#maxRows = Math.max(1, maxRows)
    this.#maxBytes = maxBytes
    this.#buffer = Buffer.allocUnsafeSlow(16_384)
    this.#spans = new Uint32Array(2 * Math.min(this.#maxRows, 1024))
  }

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count >= this.#maxRows || this.#length >= this.#maxBytes
  }

  /** Adds a row; a text of JSON has no line ends in it. */
  add(text: string): void {
    const most = this.#length + 3 * text.length + 1
    if (most > this.#buffer.length) this.#grow(most)
    const start = this.#length
    const end = start + this.#buffer.write(text, start, "utf8")
    this.#buffer[end] = 10
    this.#length = end + 1
    if (2 * this.#count === this.#spans.length) this.#spans = resized(this.#spans, 2 * this.#spans.length)
    this.#spans[2 * this.#count] = start
    this.#spans[2 * this.#count + 1] = end
    this.#count += 1
  }

  /** The rows so far, or `undefined` when there are none. The packer is spent. */
  finish(placeOf: (index: number) => string): FeedChunk | undefined {
    if (this.#count === 0) return undefined
    return {
      bytes: new Uint8Array(this.#buffer.buffer.slice(0, this.#length)),
      spans: this.#spans.slice(0, 2 * this.#count),
      count: this.#count,
      placeOf
    }
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#buffer.length))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/** A longer copy. */
export function resized(spans: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(spans)
  return larger
}

/** The feed with a chunk put back in front: how to look at the first row without losing it. */
export function withFirstChunk(first: FeedChunk, feed: RowFeed): RowFeed {
  let pending: FeedChunk | undefined = first
  return {
    take(maxRows, maxBytes) {
      const chunk = pending
      pending = undefined
      return chunk ?? feed.take(maxRows, maxBytes)
    },
    get rowCount() {
      return feed.rowCount
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

/** Feeds one after another: the files of a folder. A feed is closed as soon as it is at its end. */
export function concatFeeds(feeds: readonly RowFeed[]): RowFeed {
  if (feeds.length === 1) return feeds[0] as RowFeed
  let at = 0
  const sum = (part: (feed: RowFeed) => number | undefined) =>
    feeds.reduce<number | undefined>((total, feed) => {
      const more = part(feed)
      return total === undefined || more === undefined ? undefined : total + more
    }, 0)
  return {
    async take(maxRows, maxBytes) {
      for (; at < feeds.length; at += 1) {
        const chunk = await feeds[at]?.take(maxRows, maxBytes)
        if (chunk !== undefined) return chunk
        await feeds[at]?.close()
      }
      return undefined
    },
    get rowCount() {
      return sum((feed) => feed.rowCount)
    },
    get bytesTaken() {
      return sum((feed) => feed.bytesTaken) ?? 0
    },
    get sizeBytes() {
      return sum((feed) => feed.sizeBytes)
    },
    async close() {
      await Promise.all(feeds.map((feed) => feed.close()))
    }
  }
}
