// What plugin authors test with: suites of promises, and fakes and builders of ours.

export { memoryStore, type RecordsCodec } from "../batch/memory-store.ts"
export {
  type AboutStoredChunk,
  aLineRecord,
  aManifest,
  anEnding,
  aPlan,
  aStoredChunk
} from "./builders.ts"
export { type ExecutorUnderTest, executorSuite, type ToolText } from "./executor.suite.ts"
export * from "./fake-executor.ts"
export { aFlowFolder } from "./fake-flow.ts"
export * from "./line-builders.ts"
export { type Fault, ModelServer, type ModelServerOptions, type SeenRequest } from "./model-server.ts"
export { noServices } from "./no-services.ts"
export { type RunStoreUnderTest, runStoreSuite } from "./run-store.suite.ts"
export * from "./temp-folder.ts"
