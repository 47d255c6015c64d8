// @throughline/storage: the journal of runs on LMDB. Importing it loads neither the native module nor msgpackr.

export { type ConnectionHead, ConnectionStore, type ConnectionStoreOptions } from "./connections/connection-store.ts"
export { SecretUnreadable } from "./connections/secret-box.ts"
export { JournalDamaged, JournalOnNetwork, JournalTooNew, StoreInUse } from "./errors.ts"
export type { Clock } from "./lmdb/clock.ts"
export { type LmdbOptions, lmdb } from "./lmdb/journal.ts"
export { checkStore, compactStore, type StoreInfo, type StoreProblem, storeInfo } from "./lmdb/maintenance.ts"
export { recordsCodec } from "./records-codec.ts"
