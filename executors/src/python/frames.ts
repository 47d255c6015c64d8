// Frames between a lane and its Python process. Knows their layout, not what is done about them (calls.ts).
//
// A frame is its length (4 bytes, little-endian) and a payload.
// * To Python: one letter for the kind, then JSON. Calls have their count on a line of its own before it.
// * From Python: a count, that many entries of 20 bytes, then the entries' bytes one after the other. An entry is
//   number, kind, flags, length of the value, length of what rides along (prints, metrics) as JSON.
//
// P1. A value's JSON is cut out as text and never parsed here.

export const ReplyKind = {
  value: 0,
  textOfValue: 1,
  failed: 2,
  canceled: 3,
  ready: 4,
  prepared: 5,
  notLoaded: 6,
  checked: 7,
  /** A question of user code; its number is the question's own. */
  asked: 8
} as const

/** The letters that head a payload. */
export type FrameKind = "hello" | "prepare" | "describe" | "sync" | "async" | "cancel" | "release" | "check" | "answer"
const letters: Readonly<Record<FrameKind, string>> = {
  hello: "h",
  prepare: "p",
  describe: "d",
  sync: "s",
  async: "a",
  cancel: "x",
  release: "r",
  check: "c",
  answer: "w"
}

export interface Reply {
  readonly number: number
  readonly kind: number
  /** The object stayed in the process, under the call's number. */
  readonly isKept: boolean
  readonly text: string
  /** JSON of prints and metrics; empty when there were none. */
  readonly extra: string
}

const ENTRY_BYTES = 20
const LENGTH_BYTES = 4

/** A frame's bytes, ready to be written. */
export function encodeFrame(kind: FrameKind, body: string): Buffer {
  const payload = letters[kind] + body
  const size = Buffer.byteLength(payload)
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + size)
  frame.writeUInt32LE(size, 0)
  frame.write(payload, LENGTH_BYTES, "utf8")
  return frame
}

/** Calls a function for every reply in a payload, in the order in which they were given. */
export function readReplies(payload: Buffer, onReply: (reply: Reply) => void): void {
  const count = payload.readUInt32LE(0)
  let at = LENGTH_BYTES + count * ENTRY_BYTES
  for (let index = 0; index < count; index++) {
    const entry = LENGTH_BYTES + index * ENTRY_BYTES
    const size = payload.readUInt32LE(entry + 12)
    const extraSize = payload.readUInt32LE(entry + 16)
    const text = payload.toString("utf8", at, at + size)
    const extra = extraSize === 0 ? "" : payload.toString("latin1", at + size, at + size + extraSize)
    at += size + extraSize
    onReply({
      number: payload.readUInt32LE(entry) + payload.readUInt32LE(entry + 4) * 2 ** 32,
      kind: payload[entry + 8]!,
      isKept: (payload[entry + 9]! & 1) === 1,
      text,
      extra
    })
  }
}

/** Puts frames together from the pieces that a pipe hands over. */
export class FrameReader {
  #pieces: Buffer[] = []
  #size = 0
  readonly #onPayload: (payload: Buffer) => void

  constructor(onPayload: (payload: Buffer) => void) {
    this.#onPayload = onPayload
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#size += piece.length
    let wanted = this.#wanted()
    if (this.#size < wanted) return
    let bytes = this.#joined()
    while (bytes.length >= wanted) {
      this.#onPayload(bytes.subarray(LENGTH_BYTES, wanted))
      bytes = bytes.subarray(wanted)
      wanted = bytes.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : LENGTH_BYTES + bytes.readUInt32LE(0)
    }
    this.#pieces = bytes.length === 0 ? [] : [bytes]
    this.#size = bytes.length
  }

  /** How many bytes the next frame has, as far as its head is here. */
  #wanted(): number {
    if (this.#size < LENGTH_BYTES) return Number.POSITIVE_INFINITY
    if (this.#pieces[0]!.length < LENGTH_BYTES) this.#pieces = [this.#joined()]
    return LENGTH_BYTES + this.#pieces[0]!.readUInt32LE(0)
  }

  #joined(): Buffer {
    return this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces, this.#size)
  }
}
