// A run store that is gone with the process: for a host that wants results and no journal.

import { memoryStore, type RunStore } from "@throughline/core"
import { recordsCodec } from "@throughline/storage"

export const memory = (): RunStore => memoryStore(recordsCodec)
