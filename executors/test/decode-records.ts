// What a store does with the records of a part: one msgpack array.

import type { LineRecord } from "@throughline/core/contracts"
import { Unpackr } from "msgpackr"

const unpackr = new Unpackr({ useRecords: false })

export const decodeRecords = (records: Uint8Array): readonly LineRecord[] => unpackr.unpack(records)
