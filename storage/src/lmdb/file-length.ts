// Whether `data.mdb` is as long as its last commit says. LMDB maps the file into memory, and a page that is not there
// ends the whole process with a signal when it is read. Knows where LMDB's meta pages say what; changes nothing else.
//
// Z1. A file is refused as damaged when no meta page can be read, or when more of it is missing than LMDB leaves out.
// Z2. What LMDB may leave out (pages at the end that the last commit freed) is made up with zeros, with its write lock
//     held: such a page is an error to LMDB where it should hold data, and no signal.

import { closeSync, openSync, readSync, statSync, truncateSync } from "node:fs"
import { JournalDamaged } from "../errors.ts"

const MAGIC = 0xbeefc0de
const META_AT = 24
const META_BYTES = 152
/** More pages than one commit of ours frees. */
const PAGES_LEFT_OUT = 1024

/** @throws {JournalDamaged} */
export function checkFileLength(file: string): { readonly isShort: boolean } {
  // Before its length: another process may be writing.
  const last = lastMeta(file)
  const { size } = statSync(file)
  if (size === 0) return { isShort: false }
  if (last === undefined) throw new JournalDamaged({ file, reason: "its first pages are not those of a journal" })
  const missing = last.pages * last.pageBytes - size
  if (missing > PAGES_LEFT_OUT * last.pageBytes) {
    throw new JournalDamaged({ file, reason: `it has ${size} of the ${size + missing} bytes of its last commit` })
  }
  return { isShort: missing > 0 }
}

/** To be called with LMDB's write lock held, so that nobody writes beyond the end meanwhile. */
export function makeUpLength(file: string): void {
  const last = lastMeta(file)
  if (last !== undefined && statSync(file).size < last.pages * last.pageBytes) {
    truncateSync(file, last.pages * last.pageBytes)
  }
}

interface Meta {
  readonly pageBytes: number
  /** How many pages the file had, with free ones. */
  readonly pages: number
  readonly transaction: bigint
}

function lastMeta(file: string): Meta | undefined {
  const descriptor = openSync(file, "r")
  try {
    const first = readMeta(descriptor, 0)
    // Where the first page cannot be read, neither can its size.
    const second = first === undefined ? undefined : readMeta(descriptor, first.pageBytes)
    if (first === undefined || second === undefined) return first
    return second.transaction > first.transaction ? second : first
  } finally {
    closeSync(descriptor)
  }
}

function readMeta(descriptor: number, at: number): Meta | undefined {
  const meta = Buffer.alloc(META_BYTES)
  if (readSync(descriptor, meta, 0, META_BYTES, at + META_AT) < META_BYTES) return undefined
  if (meta.readUInt32LE(0) !== MAGIC) return undefined
  const pageBytes = meta.readUInt32LE(24)
  const pages = Number(meta.readBigUInt64LE(120)) + 1
  return { pageBytes, pages, transaction: meta.readBigUInt64LE(128) }
}
