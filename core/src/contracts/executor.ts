// The contract between the engine and the languages: who runs a node, who runs whole lines, and who carries chunks.
// Everything here is plain data, promises and signals; an author of an executor never meets Effect.

import type { ChunkPart, ChunkTask } from "./chunk.ts"
import type { ConnectionProvider } from "./connection.ts"
import type { ErrorRecord } from "./error-record.ts"
import type { ColumnMapping, EntryDescription, FlowPlan, NodePlan } from "./flow-plan.ts"
import type { LineStatus, NodeLogs, TokenCounts } from "./line.ts"
import type { ModelClient } from "./model.ts"
import type { ForeignValue, LineInputs } from "./value.ts"

/**
 * A language, as a value in the `executors` list of `createRuntime`. It runs nodes, or whole lines.
 *
 * * **Nodes**: `hosts` names, for each node type it runs, the module that runs such nodes beside the walk.
 * * **Lines**: `supports.lines` is true and `open` gives a `LineProxy`; flows whose `language` is this one go to it whole.
 */
export interface ExecutorDefinition {
  /** Unique in a runtime: `javascript`, `python`, `java` … */
  readonly language: string
  readonly supports: ExecutorSupports
  /** Node type → the module that runs it, loaded in every lane. Where two executors run a type, the first listed does. */
  readonly hosts: Readonly<Record<string, ToolHostModule>>
  /**
   * Starts the executor for one run. For node executors it opens the lanes: the engine calls `open` of the first listed
   * executor that the flow needs, and hands it the hosts of all of them.
   */
  readonly open: (context: ExecutorContext) => Promise<ExecutorProxy>
  /**
   * Loads the code behind a flex flow's entry, away from the host's thread, and tells its signature. Absent: the flow's
   * file is all that is known. Rejects with a `ToolLoadFailure`.
   */
  readonly describeEntry?: (plan: FlowPlan, context: DescribeContext) => Promise<EntryDescription>
  /**
   * Makes a flow of a host's own function, class or object with a method `call`; it runs in the host's thread. Absent:
   * functions are no flows. Throws a `ToolLoadFailure`.
   */
  readonly openFunction?: (flow: HostFunction, initKwargs: Readonly<Record<string, unknown>>) => OpenFunction
}

export type HostFunction = ((...args: never[]) => unknown) | object

export interface OpenFunction {
  readonly name: string
  readonly description: EntryDescription
  readonly proxy: LineProxy
}

export interface DescribeContext {
  /** For environment variables that stand for a field of a connection. */
  readonly connections: ConnectionProvider
  readonly signal: AbortSignal
}

export interface ExecutorSupports {
  /** Takes whole lines of flows in its language. */
  readonly lines: boolean
  readonly aggregation: boolean
}

export interface ToolHostModule {
  /** URL of a module whose default export is an `OpenToolHost`: `file:`, or `throughline:<name>` for ours. */
  readonly module: string
  /** Handed to `OpenToolHost`; must survive a structured clone. */
  readonly options: unknown
}

export interface ExecutorContext {
  readonly runId: string
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
  /** Source → absolute path, where it has one: paths of images in its rows start there. Absent: no source has. */
  readonly data?: Readonly<Record<string, string>>
  /** Where images of the lines' outputs are written. Absent: they stay in the outputs. */
  readonly outputDir?: string
  /** Names of the data sources, in the order given. One: a row is that source's row. More: a row is `{source: row}`. */
  readonly sources: readonly string[]
  /** How many lanes to open; a line executor may take it as how many lines to run at once. */
  readonly workers: number
  /** Most lines in flight in one lane, where lines wait. */
  readonly linesPerLane: number
  /** `undefined`: no limit. */
  readonly lineTimeoutMs: number | undefined
  /** Most bytes of one line's output. */
  readonly maxOutputBytes: number
  /** Indexes of the nodes whose results are sent home while their line goes on, once it takes long; absent: none. */
  readonly journaled?: readonly number[]
  /** Node type → the host that runs it, for every node type of the plan. */
  readonly hosts: Readonly<Record<string, ToolHostModule>>
  readonly initKwargs: Readonly<Record<string, unknown>>
  /** The runtime's connections. Absent: there are none. */
  readonly connections?: ConnectionProvider
  /**
   * What executors keep for all runs of the runtime, each under a key of its own; what has an asynchronous disposer is
   * disposed of when the runtime is closed. Absent: for this run only.
   */
  readonly shared?: Map<string, unknown>
  /** Aborted when the run is stopped while the executor is still opening: it may give up then. */
  readonly signal?: AbortSignal
  /** Remarks that stop nothing, for whoever watches the run. */
  readonly onWarning: (message: string) => void
}

/** An opened executor. Either shape; the engine tells them apart by the method. */
export type ExecutorProxy = ChunkProxy | LineProxy

/** Carries chunks to lanes and brings the lines home. Ours are of this kind; it owns threads and processes. */
export interface ChunkProxy {
  readonly lanes: number
  /** True when lines are known to wait rather than compute: then as many as may be are sent from the start. */
  readonly mayWait?: boolean
  /**
   * Runs a chunk on the lane that has most room. `onPart` is called for every `ChunkPart`, in any order of lines.
   * Resolves when every line of the task is in a part; rejects with `LaneLost` when the lane died before that (the lines
   * that were in a part stay finished). `task` stays whole: its lines may have to be run again.
   */
  runChunk(task: ChunkTask, onPart: (part: ChunkPart) => void): Promise<void>
  /** Runs the flow's aggregation nodes once. */
  runAggregation(task: AggregationTask): Promise<AggregationReply>
  /** Asks all lanes to stop their lines; those still in flight come home as `Canceled`. Safe to call twice. */
  cancel(): void
  /** Asks for the lines of one chunk to stop, and no others. Absent: a chunk cannot be stopped alone. */
  cancelChunk?(taskId: number): void
  /** Asks for one line to stop; it comes home as canceled. Absent: a line cannot be stopped alone. */
  cancelLine?(position: number): void
  /** From now on at most so many lines are in flight in one lane, where lines wait. */
  tune?(linesPerLane: number): void
  /** Ends threads and processes, by force those that are not done within `graceMs`. Idempotent. */
  close(graceMs?: number): Promise<void>
}

/** Runs one whole line at a time, where a language brings its own engine (promptflow's executor services). */
export interface LineProxy {
  /** A failed line is a `LineReply` with status `Failed`; a rejection fails the whole run. */
  runLine(task: LineTask, signal: AbortSignal): Promise<LineReply>
  /** Absent: the flow's aggregation nodes are not run. */
  runAggregation?(task: AggregationTask): Promise<AggregationReply>
  /** Resolves when lines may be sent. Called once, before the first line. */
  ensureHealthy?(): Promise<void>
  close(): Promise<void>
}

export interface LineTask {
  readonly runId: string
  readonly lineNumber: number
  readonly inputs: LineInputs
}

export interface LineReply {
  readonly status: LineStatus
  /** Flow output name → value. Empty for a line that failed. */
  readonly output: Readonly<Record<string, unknown>>
  readonly error?: ErrorRecord
  /** `${node.output}` → value, for the aggregation nodes. */
  readonly aggregationInputs?: Readonly<Record<string, unknown>>
  readonly nodeStatus?: Readonly<Record<string, number>>
  readonly tokens?: TokenCounts
}

export interface AggregationTask {
  readonly runId: string
  /** How many lines completed: the length of every list below. */
  readonly lineCount: number
  /** Aggregation key (`${inputs.x}` or `${node.output…}`) → JSON text of the list over completed lines, by line number. */
  readonly lists: Readonly<Record<string, string>>
}

export interface AggregationReply {
  /** Logged by `log_metric`, last value of a key wins. */
  readonly metrics: Readonly<Record<string, unknown>>
  /** Key → JSON text, of the metrics that say more to Python than a JavaScript number can hold (`1.0`). */
  readonly metricTexts?: Readonly<Record<string, string>>
  /** The aggregation nodes' records, in plan order. */
  readonly nodes: readonly AggregationNodeReply[]
}

export interface AggregationNodeReply {
  readonly node: string
  readonly status: "Completed" | "Failed" | "Bypassed"
  readonly startMs: number
  readonly endMs: number
  readonly output: unknown
  readonly error?: ErrorRecord
  readonly logs?: NodeLogs
  readonly tokens?: TokenCounts
}

// --- inside a lane ------------------------------------------------------------------------------------------------

/** Default export of a tool host's module: opens the host once per lane. */
export type OpenToolHost = (context: ToolHostContext) => Promise<ToolHost>

export interface ToolHostContext {
  /** Most bytes of one line's output: a result that is one may be refused where it is made. */
  readonly maxOutputBytes?: number
  readonly plan: FlowPlan
  /** Arguments for the constructor of a flex flow's class. */
  readonly initKwargs: Readonly<Record<string, unknown>>
  readonly options: unknown
  /** Indexes of the plan's nodes that this host runs. */
  readonly nodes: readonly number[]
  /** Calls that wait for a free place at once, at most; a hint for batching. */
  readonly linesPerLane: number
  /** The runtime's connections. */
  readonly connections: ConnectionProvider
  /** The lane's client for language models. */
  readonly models: ModelClient
  /** Remarks that stop nothing, for whoever watches the run. */
  readonly onWarning: (message: string) => void
}

/** Runs the nodes of one language in one lane. */
export interface ToolHost {
  /** Loads the node's tool. Rejects with a `ToolLoadFailure` that names file and line. Called once per node and lane. */
  prepare(node: NodePlan, index: number): Promise<PreparedTool>
  /** Called when a line is over: the host may forget the objects it kept for it. */
  releaseLine?(position: number): void
  /**
   * When the call that the line has here began to run, in milliseconds since the epoch: its time limit counts from there.
   * `Infinity` while it only waits for calls of other lines to end; `undefined` when the line has no call here.
   */
  runningSinceMs?(position: number): number | undefined
  /**
   * Whether the call that `runningSinceMs` says is running surely is. False: the process does not answer, and it may be any
   * of the calls it has; their lines are then run again, each alone. Absent: it surely is.
   */
  tellsWhoRuns?(): Promise<boolean>
  /** Called when the lane has nothing more to add for now: a batching host sends what it has. */
  flush?(): void
  /**
   * True while the files that its tools were loaded from are as they were then: a run of the same flow may use it as it
   * is. Absent: every run opens a host of its own.
   */
  isCurrent?(): boolean
  close(): Promise<void>
}

export interface PreparedTool {
  /** The tool's parameters in order, where the language can tell. A bypassed input is left out if it has a default. */
  readonly parameters?: readonly ToolParameter[]
  /**
   * Literal inputs after conversion to the tool's parameter types; `undefined` leaves the plan's literals as they are.
   */
  readonly literals?: Readonly<Record<string, unknown>>
  /** True when `call` takes `ForeignValue`s as they are; otherwise the walk hands over plain JavaScript values. */
  readonly takesForeign: boolean
  /**
   * True when a call waits without keeping its thread or process busy (an async tool): many may be in flight. May turn
   * true later, where only the first call shows it.
   */
  readonly mayWait: boolean
  /**
   * Which of these results of its own are no more than their JSON text: whoever gets the text in their place sees no
   * difference. Absent: none that has a handle is.
   */
  arePlain?(results: readonly ForeignValue[]): Promise<readonly boolean[]>
  /** Runs the node once. A throw or rejection with `ToolFailure` carries a full record; any other becomes one. */
  call(inputs: Record<string, unknown>, call: NodeCall): unknown
}

export interface ToolParameter {
  readonly name: string
  readonly hasDefault: boolean
}

/** What a host learns about one call, and where it reports what the value does not say. */
export interface NodeCall {
  readonly position: number
  readonly lineNumber: number
  /** Index into the plan's nodes. */
  readonly node: number
  /** Aborted when the line is cancelled or out of time. Made when first read: most calls never look. */
  readonly signal: AbortSignal
  /** `log_metric`; does nothing outside aggregation nodes. */
  readonly logMetric: (key: string, value: unknown) => void
  logs: NodeLogs | undefined
  tokens: TokenCounts | undefined
}

/** A tool could not be loaded. Plain, so that it crosses a thread as its `record`. */
export class ToolLoadFailure extends Error {
  readonly record: ErrorRecord
  constructor(record: ErrorRecord) {
    super(record.message)
    this.name = "ToolLoadFailure"
    this.record = record
  }
}

/** A node call failed in user code. */
export class ToolFailure extends Error {
  readonly record: ErrorRecord
  constructor(record: ErrorRecord) {
    super(record.message)
    this.name = "ToolFailure"
    this.record = record
  }
}

/** The host's process died under a call. The line is unknown, not failed: it is tried again. */
export class HostLost extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "HostLost"
  }
}

/** The lane died (or had to be ended) before every line of a task was home. */
export class LaneLost extends Error {
  /** The line that was being run when it died, where that is known. */
  readonly suspect: number | undefined
  constructor(message: string, suspect?: number, options?: ErrorOptions) {
    super(message, options)
    this.name = "LaneLost"
    this.suspect = suspect
  }
}

/**
 * Checks an executor's definition and hands it back.
 *
 * @throws {TypeError} naming the field, what it got and what it accepts
 */
export function defineExecutor(definition: {
  readonly language: string
  readonly supports?: Partial<ExecutorSupports>
  readonly hosts?: Readonly<Record<string, ToolHostModule>>
  readonly open: ExecutorDefinition["open"]
  readonly describeEntry?: ExecutorDefinition["describeEntry"]
  readonly openFunction?: ExecutorDefinition["openFunction"]
}): ExecutorDefinition {
  const { language, supports = {}, hosts = {}, open, describeEntry, openFunction } = definition
  if (typeof language !== "string" || !/^[a-z][a-z0-9_+-]*$/i.test(language)) {
    throw new TypeError(`defineExecutor: language must be a word such as "java", got ${JSON.stringify(language)}`)
  }
  if (typeof open !== "function") {
    throw new TypeError(`defineExecutor("${language}"): open must be a function that returns a promise of a proxy`)
  }
  for (const [type, host] of Object.entries(hosts)) {
    if (typeof host?.module !== "string" || !/^(file|throughline):/.test(host.module)) {
      throw new TypeError(
        `defineExecutor("${language}"): hosts.${type}.module must be a file: URL, got ${JSON.stringify(host?.module)}`
      )
    }
  }
  return {
    language,
    supports: {
      lines: supports.lines ?? Object.keys(hosts).length === 0,
      aggregation: supports.aggregation ?? true
    },
    hosts,
    open,
    ...(describeEntry === undefined ? {} : { describeEntry }),
    ...(openFunction === undefined ? {} : { openFunction })
  }
}
