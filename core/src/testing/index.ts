// What plugin authors test with: suites of promises, and fakes and builders of ours.

export {
  type AboutStoredChunk,
  aLineRecord,
  aManifest,
  anEnding,
  aPlan,
  aStoredChunk
} from "./builders.ts"
export * from "./fake-executor.ts"
export * from "./line-builders.ts"
export { memoryStore, type RecordsCodec } from "../batch/memory-store.ts"
export { type RunStoreUnderTest, runStoreSuite } from "./run-store.suite.ts"
export * from "./temp-folder.ts"
