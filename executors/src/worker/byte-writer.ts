// A buffer that grows, and the one fast way into it: short ASCII texts are written byte by byte, because a call into
// Node's encoder costs more than they do.

/** Longer texts go to the encoder. */
const SHORT_TEXT = 64
const START_BYTES = 1 << 14
const QUOTE = 34
const ZERO = 48
const BACKSLASH = 92

export class ByteWriter {
  bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(START_BYTES)
  view = new DataView(this.bytes.buffer)
  /** Where the next byte goes. Set it back to take back what was written. */
  at = 0

  /** Makes room for so many bytes more. */
  reserve(count: number): void {
    const needed = this.at + count
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, needed))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }

  /** Writes a text as UTF-8. */
  text(text: string): void {
    this.reserve(3 * text.length)
    if (!this.ascii(text)) this.at += this.bytes.write(text, this.at, "utf8")
  }

  /** Writes a short text of ASCII. False, and nothing written, for any other. Needs room for its length. */
  ascii(text: string): boolean {
    const { bytes, at } = this
    const { length } = text
    if (length > SHORT_TEXT) return false
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      bytes[at + i] = code
    }
    this.at = at + length
    return true
  }

  /**
   * Writes a whole number from 0 to 2^32 - 1 in decimal. As a text it would stay in memory until the next full garbage
   * collection: V8 keeps the texts of numbers among the old objects.
   */
  digits(value: number): void {
    let length = 1
    for (let above = 10; above <= value; above *= 10) length++
    this.reserve(length)
    let left = value
    for (let at = this.at + length - 1; at >= this.at; at--) {
      const rest = Math.floor(left / 10)
      this.bytes[at] = ZERO + left - 10 * rest
      left = rest
    }
    this.at += length
  }

  /** Writes a short text as a JSON string. False, and nothing written, where that takes more than quotes. */
  quoted(text: string): boolean {
    const { length } = text
    if (length > SHORT_TEXT) return false
    this.reserve(length + 2)
    const { bytes, at } = this
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code < 0x20 || code > 0x7f || code === QUOTE || code === BACKSLASH) return false
      bytes[at + 1 + i] = code
    }
    bytes[at] = QUOTE
    bytes[at + 1 + length] = QUOTE
    this.at = at + length + 2
    return true
  }

  /** What was written from `start` on, in a buffer of its own. */
  copy(start = 0): Uint8Array<ArrayBuffer> {
    return Uint8Array.prototype.slice.call(this.bytes, start, this.at) as Uint8Array<ArrayBuffer>
  }
}

/** True for what `ByteWriter.digits` takes. */
export const isUint32 = (value: unknown): value is number =>
  typeof value === "number" && value >>> 0 === value && !Object.is(value, -0)
