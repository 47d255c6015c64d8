// The package for hosts: the engine, its languages, its store, and a runtime that has them all in place. Importing it
// opens nothing and writes nothing.

export * from "@throughline/core"
export {
  type JavaScriptOptions,
  javascript,
  type LaneOptions,
  openLanes,
  type PythonOptions,
  python
} from "@throughline/executors"
export { type LmdbOptions, lmdb } from "@throughline/storage"
// Over core's: the same with our defaults.
export { BatchEngine } from "./batch-engine.ts"
export { type LocalConnectionsOptions, localConnections } from "./connection/local-connections.ts"
export { findHome } from "./home.ts"
export { memory } from "./memory.ts"
export { type OpenRuntimeOptions, openRuntime } from "./open-runtime.ts"
export { inputsWithNumber, readLines, type StoredLine } from "./run-folder/read-lines.ts"
export { writeRunFolder } from "./run-folder/write-run-folder.ts"
