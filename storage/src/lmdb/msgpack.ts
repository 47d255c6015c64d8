// The one place that loads msgpackr: with the journal as a rule, or at once when someone decodes before that.
//
// G1. A key `__proto__` is a key like any other. msgpackr gives it another name where it makes objects, so bytes with that
//     word are read as maps, and written without the record extension, which knows only objects.

import { createRequire } from "node:module"
import { setOwn } from "@throughline/core/contracts"

const PROTO = Buffer.from("__proto__")

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
  const maps = new Packr({ useRecords: false, useBigIntExtension: true, mapsAsObjects: false })
  return {
    pack: (value) => plain.pack(value),
    packRecords: (value) => {
      const bytes = records.pack(value)
      return bytes.includes(PROTO) ? plain.pack(value) : bytes
    },
    unpack: (bytes) => {
      const { buffer, byteOffset, byteLength } = bytes
      const hasProto = Buffer.from(buffer, byteOffset, byteLength).includes(PROTO)
      return hasProto ? withObjects(maps.unpack(bytes)) : plain.unpack(bytes)
    }
  }
}

function withObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withObjects)
  if (value instanceof Map) {
    const object: Record<string, unknown> = {}
    for (const [key, member] of value) setOwn(object, String(key), withObjects(member))
    return object
  }
  const isRecord = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return isRecord ? withObjects(new Map(Object.entries(value))) : value
}
