// Checked by `tsc`: every parameter of promptflow's BatchEngine in our spelling, and every field of its result. A key
// that is left out of the engine, or out of this list, does not compile.

import { expectTypeOf, test } from "vitest"
import {
  type AggregationNodeReply,
  BatchEngine,
  type BatchEngineOptions,
  type BatchEngineRunOptions,
  BatchResult,
  type BatchResultFields,
  type BatchResultParts,
  type ColumnMapping,
  type Compat,
  type ConnectionsOption,
  type DataSource,
  type ErrorRecord,
  type ErrorSummary,
  type ExecutorDefinition,
  type ExecutorProxy,
  type HostFunction,
  type LineResult,
  type RunStatus,
  type RunStore,
  type SystemMetrics
} from "../src/index.ts"

/** Both have the same keys: neither may have one that the other lacks. */
type SameKeys<Actual, Expected> = [
  Exclude<keyof Actual, keyof Expected>,
  Exclude<keyof Expected, keyof Actual>
] extends [never, never]
  ? true
  : {
      readonly onlyActual: Exclude<keyof Actual, keyof Expected>
      readonly onlyExpected: Exclude<keyof Expected, keyof Actual>
    }

interface ConstructorOptions {
  connections: ConnectionsOption
  storage: RunStore
  batchTimeoutSec: number
  lineTimeoutSec: number
  workerCount: number
  initKwargs: Readonly<Record<string, unknown>>
  /** Ours. */
  compat: readonly Compat[]
  executors: readonly ExecutorDefinition[]
}

interface RunOptions {
  inputDirs: Readonly<Record<string, DataSource>>
  inputsMapping: ColumnMapping
  outputDir: string | URL
  runId: string
  maxLinesCount: number
  raiseOnLineFailure: boolean
  resumeFromRunStorage: RunStore
  resumeFromRunOutputDir: string | URL
  executorProxy: ExecutorProxy
}

interface ResultFields {
  status: RunStatus
  total_lines: number
  completed_lines: number
  failed_lines: number
  node_status: Readonly<Record<string, number>>
  start_time: Date
  end_time: Date
  metrics: Readonly<Record<string, unknown>>
  system_metrics: SystemMetrics
  error_summary: ErrorSummary
}

interface ResultParts {
  startTime: Date
  endTime: Date
  lineResults: readonly LineResult[]
  aggrResult: {
    readonly metrics: Readonly<Record<string, unknown>>
    readonly nodes: readonly AggregationNodeReply[]
  }
  status: RunStatus
  exception: ErrorRecord
}

test("the constructor takes a flow, a working directory and promptflow's options", () => {
  expectTypeOf<ConstructorParameters<typeof BatchEngine>[0]>().toEqualTypeOf<string | URL | HostFunction>()
  expectTypeOf<ConstructorParameters<typeof BatchEngine>[1]>().toEqualTypeOf<string | URL | undefined>()
  expectTypeOf<ConstructorParameters<typeof BatchEngine>[2]>().toEqualTypeOf<BatchEngineOptions | undefined>()
  expectTypeOf<SameKeys<BatchEngineOptions, ConstructorOptions>>().toEqualTypeOf<true>()
  expectTypeOf<Required<BatchEngineOptions>>().toEqualTypeOf<Readonly<ConstructorOptions>>()
})

test("run takes promptflow's parameters, and needs those that promptflow needs", () => {
  expectTypeOf<Parameters<BatchEngine["run"]>>().toEqualTypeOf<[options: BatchEngineRunOptions]>()
  expectTypeOf<SameKeys<BatchEngineRunOptions, RunOptions>>().toEqualTypeOf<true>()
  expectTypeOf<Required<BatchEngineRunOptions>>().toEqualTypeOf<Readonly<RunOptions>>()
  expectTypeOf<Pick<RunOptions, "inputDirs" | "inputsMapping" | "outputDir">>().toExtend<BatchEngineRunOptions>()
  expectTypeOf<Omit<RunOptions, "inputDirs">>().not.toExtend<BatchEngineRunOptions>()
  expectTypeOf<Omit<RunOptions, "inputsMapping">>().not.toExtend<BatchEngineRunOptions>()
  expectTypeOf<Omit<RunOptions, "outputDir">>().not.toExtend<BatchEngineRunOptions>()
  expectTypeOf<ReturnType<BatchEngine["run"]>>().resolves.toEqualTypeOf<BatchResult>()
})

test("cancel and registerExecutor are there", () => {
  expectTypeOf<BatchEngine["cancel"]>().toEqualTypeOf<() => Promise<void>>()
  expectTypeOf(BatchEngine.registerExecutor).parameter(0).toEqualTypeOf<string>()
  expectTypeOf<ExecutorDefinition>().toExtend<Parameters<typeof BatchEngine.registerExecutor>[1]>()
})

test("the result has promptflow's ten fields, and is made of its parts", () => {
  expectTypeOf<SameKeys<BatchResultFields, ResultFields>>().toEqualTypeOf<true>()
  expectTypeOf<BatchResultFields>().toEqualTypeOf<Readonly<ResultFields>>()
  expectTypeOf<SameKeys<BatchResult, ResultFields & { toJSON: unknown }>>().toEqualTypeOf<true>()
  expectTypeOf<Pick<BatchResult, keyof ResultFields>>().toEqualTypeOf<Readonly<ResultFields>>()
  expectTypeOf<SameKeys<BatchResultParts, ResultParts>>().toEqualTypeOf<true>()
  expectTypeOf<Required<BatchResultParts>>().toEqualTypeOf<Readonly<ResultParts>>()
  expectTypeOf(BatchResult.create).toEqualTypeOf<(parts: BatchResultParts) => BatchResult>()
})
