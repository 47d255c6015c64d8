// How line records are written and read: for a store that keeps them elsewhere (`memoryStore(recordsCodec)`).

import type { LineRecord, RunStore } from "@throughline/core/contracts"
import { msgpackNow } from "./lmdb/msgpack.ts"

export const recordsCodec: Pick<RunStore, "encodeRecords" | "decodeRecords"> = {
  encodeRecords: (records) => msgpackNow().packRecords(records),
  decodeRecords: (records) => msgpackNow().unpack(records) as readonly LineRecord[]
}
