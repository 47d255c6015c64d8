// Everything a batch needs to know, resolved: options were checked and defaults chosen at the door.

import type {
  ColumnMapping,
  Compat,
  ConnectionProvider,
  DataSource,
  Durability,
  ExecutorProxy,
  FailureRule,
  FlowOverrides,
  FlowPlan,
  LineResult,
  RunEvent,
  RunLimits,
  RunManifest,
  RunStore
} from "../contracts/index.ts"
import type { ChosenExecutor } from "./choose-executor.ts"
import type { EarlierRun } from "./copy-lines.ts"
import type { LineErrorLimit } from "./line-error-limit.ts"
import type { RunOrders } from "./orders.ts"

export interface BatchSpec extends RunLimits {
  readonly name: string
  /** The manifest of a run that is taken up again, as it is from now on; absent for a new one. */
  readonly resumed?: RunManifest
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
  readonly overrides: FlowOverrides
  readonly sources: Readonly<Record<string, DataSource>>
  /** The earlier run that `sources` has the outputs of. */
  readonly upstream?: string | undefined
  /** Its completed lines are taken over and not run again. */
  readonly resumeFrom?: EarlierRun
  /** What is done as promptflow does it, where we would not. */
  readonly compat: readonly Compat[]
  /** Relative data paths start here. */
  readonly baseDir: string
  /** Where `output.jsonl` goes; `undefined` writes none. */
  readonly outputDir: string | undefined
  /** An executor to open and close, or one that is open and stays so. */
  readonly executor: ChosenExecutor | { readonly proxy: ExecutorProxy }
  readonly store: RunStore
  /** Nodes that are called again when their line is, although their result was kept. */
  readonly rerunNodes: readonly string[] | "all"
  readonly durability: Durability
  readonly failurePolicy: readonly FailureRule[]
  /** Most retries of lines in the whole run. */
  readonly retryBudget: number | undefined
  /** The run ends as failed when so many lines have failed, or so large a part of them. */
  readonly failOnLineErrors: LineErrorLimit | undefined
  readonly raiseOnLineFailure: boolean
  readonly initKwargs: Readonly<Record<string, unknown>>
  readonly connections: ConnectionProvider
  /** What executors keep between the runs of the runtime. */
  readonly shared: Map<string, unknown>
  readonly displayName: string
  readonly description: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** Aborted to stop the run; with an `Interruption` as reason it is left to be taken up again. */
  readonly cancel: AbortSignal
  readonly orders: RunOrders
  readonly onEvent: (event: RunEvent) => void
  readonly onLines: ((lines: Iterable<LineResult>) => Promise<void>) | undefined
}

/** What a run is of itself, without what its runtime and its handle add. */
export type OwnSpec = Omit<BatchSpec, "connections" | "shared" | "orders" | "cancel" | "onEvent" | "onLines">
