// The public Promise API of the engine. `@throughline/core/effect` is the same engine as effects.

export { BatchEngine, type BatchEngineOptions, type BatchEngineRunOptions } from "./batch/batch-engine.ts"
export { BatchResult, type BatchResultFields, type BatchResultParts, lineErrors } from "./batch/batch-result.ts"
export { type KeptLine, keptLines } from "./batch/kept-lines.ts"
export { memoryStore, type RecordsCodec } from "./batch/memory-store.ts"
export { RunHandle } from "./batch/run-handle.ts"
export { checkRunName } from "./batch/run-name.ts"
export type { ResumeOptions, RunOptions } from "./batch/run-options.ts"
export type { FlowTestResult, TestedNode } from "./batch/test-flow.ts"
export * from "./contracts/errors.ts"
export * from "./contracts/index.ts"
export type { FlowCheck } from "./flow/index.ts"
export { createRuntime, type FlowTestOptions, Runtime, type RuntimeOptions } from "./runtime.ts"
