// The one place that loads msgpackr: with the journal as a rule, or at once when someone decodes before that.

import { createRequire } from "node:module"

type Msgpackr = typeof import("msgpackr")

export interface Msgpack {
  /** Plain maps, so that any reader of msgpack can read what we keep. */
  pack(value: unknown): Buffer
  /** With each key once per call (msgpackr's record extension): smaller and faster for many objects of one shape. */
  packRecords(value: unknown): Buffer
  /** Reads what either of them wrote. */
  unpack(bytes: Uint8Array): unknown
}

let loaded: Msgpack | undefined

export async function loadMsgpack(): Promise<Msgpack> {
  loaded ??= toMsgpack(await import("msgpackr"))
  return loaded
}

export function msgpackNow(): Msgpack {
  loaded ??= toMsgpack(createRequire(import.meta.url)("msgpackr") as Msgpackr)
  return loaded
}

function toMsgpack({ Packr }: Msgpackr): Msgpack {
  const plain = new Packr({ useRecords: false, useBigIntExtension: true })
  const records = new Packr({ useRecords: true, useBigIntExtension: true })
  return {
    pack: (value) => plain.pack(value),
    packRecords: (value) => records.pack(value),
    unpack: (bytes) => plain.unpack(bytes)
  }
}
