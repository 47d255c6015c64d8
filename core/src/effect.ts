// The engine as Effect sees it, for hosts that are Effect programs themselves. `index.ts` is the same with promises.

export type { BatchSpec } from "./batch/batch-spec.ts"
export type { EngineError } from "./batch/engine-call.ts"
export { runBatch } from "./batch/run-batch.ts"
