// promptflow's `BatchEngine`, with its parameters in our spelling. A thin face over the runtime: it resolves its options
// and keeps the one table that promptflow has, the registered executors.
//
// Z1. `registered` is read only by an engine that was made without an `executors` list; `createRuntime` never reads it.

import { dirname, resolve } from "node:path"
import { ExecutorMissing, InvalidOption } from "../contracts/errors.ts"
import type {
  ColumnMapping,
  Compat,
  ConnectionsOption,
  DataSource,
  ExecutorDefinition,
  ExecutorProxy,
  HostFunction,
  LineProxy,
  RunStore
} from "../contracts/index.ts"
import { connectionProvider, defineExecutor } from "../contracts/index.ts"
import { functionPlan, loadFlow } from "../flow/index.ts"
import { executorFailed } from "../line/line-actor.ts"
import { Runtime } from "../runtime.ts"
import type { BatchResult } from "./batch-result.ts"
import { checkBatchFlow } from "./check-batch-flow.ts"
import { checkExecutors, chooseExecutor, lineLanguagesOf, nodeTypesOf } from "./choose-executor.ts"
import type { EarlierRun } from "./copy-lines.ts"
import { absolutePath, flowPath } from "./host-path.ts"
import { checkEngineFlow, checkKinds, ENGINE_KINDS, ENGINE_RUN_KINDS } from "./option-kinds.ts"
import type { RunHandle } from "./run-handle.ts"
import { checkRunName } from "./run-name.ts"
import { checkInit, compatOf, limitsOf } from "./run-options.ts"

export interface BatchEngineOptions {
  /** Connections by name, in promptflow's execution form; ours: or a provider. */
  readonly connections?: ConnectionsOption
  /** Where runs are kept: anything that passes the run-store suite. It stays the caller's to close. */
  readonly storage?: RunStore
  /** Seconds the whole batch may take. No limit by default. */
  readonly batchTimeoutSec?: number
  /** Seconds one line may take. Default 600. */
  readonly lineTimeoutSec?: number
  /** Exactly this many workers. Default: up to 4, as cores and lines allow. */
  readonly workerCount?: number
  /** Arguments for the constructor of a flex flow's class; a registered executor gets them as they are. */
  readonly initKwargs?: Readonly<Record<string, unknown>>
  /** Ours: what is done as promptflow does it, where we would not. */
  readonly compat?: readonly Compat[]
  /** Ours: the languages to run, instead of the registered ones. */
  readonly executors?: readonly ExecutorDefinition[]
}

export interface BatchEngineRunOptions {
  /** Mapping prefix → data: `{ data: "rows.jsonl", "run.outputs": … }`. Relative paths start at the working directory. */
  readonly inputDirs: Readonly<Record<string, DataSource>>
  /** Flow input → literal or `${source.column}`. */
  readonly inputsMapping: ColumnMapping
  /** `output.jsonl` is written into it. */
  readonly outputDir: string | URL
  /** Default: a random UUID. */
  readonly runId?: string
  /** Takes only the first so many rows of each source. */
  readonly maxLinesCount?: number
  /** Rejects with `LinesFailed` after all lines when one failed. Default false. */
  readonly raiseOnLineFailure?: boolean
  /** A run store that holds an earlier run of this flow: its completed lines are taken over and not run again. */
  readonly resumeFromRunStorage?: RunStore
  /** The output folder of the earlier run: which one it is. Looked up in `storage` where no other store is given. */
  readonly resumeFromRunOutputDir?: string | URL
  /** A ready executor, used instead of the registered one and never closed by the engine. */
  readonly executorProxy?: ExecutorProxy
}

/** promptflow's default for one line of a batch. */
const LINE_TIMEOUT_SEC = 600

/** What `registerExecutor` takes: an executor's definition, or a class that makes a line proxy. */
export type RegisteredExecutor =
  | ExecutorDefinition
  | { create(context: Parameters<ExecutorDefinition["open"]>[0]): Promise<LineProxy> }

const registered = new Map<string, ExecutorDefinition>()

export class BatchEngine {
  readonly #flow: string | HostFunction
  readonly #workingDir: string | undefined
  readonly #options: BatchEngineOptions
  readonly #live = new Set<RunHandle>()

  /**
   * @param flow a flow folder, its file, an entry (`module:name` of Python, `./file.ts:name` of JavaScript), or a function,
   *   a class or an object with a method `call`, which then runs in this thread
   * @param workingDir where tools run; default: the flow's folder, for a function the current one
   * @throws {TypeError} for a connection that is not in promptflow's form
   * @throws {InvalidOption} for an option that is not what it takes
   */
  constructor(flow: string | URL | HostFunction, workingDir?: string | URL, options: BatchEngineOptions = {}) {
    checkEngineFlow("flow", flow)
    checkKinds(options, ENGINE_KINDS)
    const isPath = typeof flow === "string" || flow instanceof URL
    this.#flow = isPath ? flowPath(flow) : flow
    this.#workingDir = workingDir === undefined ? undefined : absolutePath(workingDir)
    this.#options = options
    this.#limits({})
    connectionProvider(options.connections)
    if (options.executors !== undefined) checkExecutors(options.executors)
  }

  /**
   * Registers an executor for a language in the one table of the process. The same language again replaces it.
   *
   * @throws {TypeError} when it is neither a definition nor has a static `create`
   */
  static registerExecutor(language: string, executor: RegisteredExecutor): void {
    if (typeof executor === "object" && executor !== null && "open" in executor) {
      registered.set(language, defineExecutor({ ...executor, language }))
    } else if (typeof executor?.create === "function") {
      registered.set(language, defineExecutor({ language, open: (context) => executor.create(context) }))
    } else {
      throw new TypeError(
        `registerExecutor("${language}"): give a definition (defineExecutor) or a class with create()`
      )
    }
  }

  /**
   * Runs the batch to its end. Lines that fail are in the result.
   *
   * @throws {InvalidFlow | InvalidData | MappingMissing | ExecutorMissing | ExecutorFailed | WriteFailed | LinesFailed}
   */
  async run(options: BatchEngineRunOptions): Promise<BatchResult> {
    checkKinds(options, ENGINE_RUN_KINDS, ["inputDirs", "inputsMapping", "outputDir"])
    const { storage, initKwargs = {} } = this.#options
    if (storage === undefined) {
      throw new InvalidOption({ option: "storage", got: undefined, accepts: 'a run store, e.g. lmdb("./runs")' })
    }
    const executors = this.executors
    const { executorProxy } = options
    const { plan: loaded, executor } = this.#load(executors, executorProxy)
    const takesLines = !("definition" in executor) || executor.definition.supports.lines
    // What takes whole lines gets the arguments as they are.
    const init = takesLines ? initKwargs : checkInit(loaded, initKwargs)

    const name = checkRunName(options.runId ?? crypto.randomUUID(), "runId")
    const controller = new AbortController()
    const { connections = {} } = this.#options
    const runtime = new Runtime({ executors, store: borrowed(storage), connections })
    const run = runtime.runSpec(name, controller, async () => ({
      ...this.#limits(options),
      name,
      plan: takesLines ? loaded : await runtime.completePlan(loaded, controller.signal),
      mapping: options.inputsMapping,
      overrides: {},
      compat: compatOf(this.#options.compat),
      sources: options.inputDirs,
      ...(await this.#earlierRun(options, storage)),
      baseDir: loaded.workingDir,
      outputDir: absolutePath(options.outputDir, loaded.workingDir),
      executor,
      store: storage,
      rerunNodes: [],
      durability: "process",
      failurePolicy: [],
      retryBudget: undefined,
      failOnLineErrors: undefined,
      raiseOnLineFailure: options.raiseOnLineFailure ?? false,
      initKwargs: init,
      displayName: name,
      description: undefined,
      tags: {}
    }))
    this.#live.add(run)
    try {
      return await run.result()
    } finally {
      this.#live.delete(run)
      await runtime.close()
    }
  }

  #load(executors: readonly ExecutorDefinition[], ready: ExecutorProxy | undefined) {
    const flow = this.#flow
    if (typeof flow !== "string") return this.#openFunction(flow, executors)
    const plan = checkBatchFlow(
      loadFlow(flow, {
        // A ready executor knows what it runs, whatever is registered.
        nodeTypes: nodeTypesOf(executors),
        lineLanguages: ready === undefined ? lineLanguagesOf(executors) : "any",
        ...(this.#workingDir === undefined ? {} : { workingDir: this.#workingDir })
      })
    )
    return { plan, executor: ready === undefined ? chooseExecutor(plan, executors) : { proxy: ready } }
  }

  #openFunction(flow: HostFunction, executors: readonly ExecutorDefinition[]) {
    const open = executors.find(({ openFunction }) => openFunction !== undefined)?.openFunction
    if (open === undefined) {
      const registered = executors.map(({ language }) => language)
      throw new ExecutorMissing({ wanted: "functions as flows", registered, place: undefined })
    }
    try {
      const { name, description, proxy } = open(flow, this.#options.initKwargs ?? {})
      return { plan: functionPlan(name, resolve(this.#workingDir ?? "."), description), executor: { proxy } }
    } catch (error) {
      throw executorFailed(error)
    }
  }

  /** Stops what this engine is running: results have the status `Canceled` and the lines finished so far. */
  async cancel(): Promise<void> {
    await Promise.all([...this.#live].map((run) => run.cancel()))
  }

  /** The languages this engine runs: its own list, or what was registered. */
  protected get executors(): readonly ExecutorDefinition[] {
    return this.#options.executors ?? [...registered.values()]
  }

  /** The run whose completed lines are taken over: that of the folder, else the newest of the flow. */
  async #earlierRun(options: BatchEngineRunOptions, storage: RunStore): Promise<{ readonly resumeFrom?: EarlierRun }> {
    const { resumeFromRunStorage, resumeFromRunOutputDir } = options
    if (resumeFromRunStorage === undefined && resumeFromRunOutputDir === undefined) return {}
    const store = resumeFromRunStorage ?? storage
    const folder =
      resumeFromRunOutputDir === undefined
        ? undefined
        : absolutePath(resumeFromRunOutputDir, this.#workingDir ?? (typeof this.#flow === "string" ? this.#flow : "."))
    const runs = await store.listRuns()
    const isFlow = (flowFile: string) => flowFile === this.#flow || dirname(flowFile) === this.#flow
    const found = runs.find(({ manifest }) =>
      folder === undefined ? isFlow(manifest.flowFile) : manifest.outputDir === folder
    )
    if (found !== undefined) return { resumeFrom: { store, name: found.manifest.name } }
    throw new InvalidOption(
      folder === undefined
        ? { option: "resumeFromRunStorage", got: "a store without a run of this flow", accepts: "a store with one" }
        : { option: "resumeFromRunOutputDir", got: folder, accepts: "the output folder of a run that the store has" }
    )
  }

  #limits({ maxLinesCount }: Pick<BatchEngineRunOptions, "maxLinesCount">) {
    const { workerCount, batchTimeoutSec, lineTimeoutSec = LINE_TIMEOUT_SEC } = this.#options
    const given = { workerCount, batchTimeoutSec, lineTimeoutSec, maxLinesCount }
    try {
      return limitsOf({
        workers: workerCount,
        batchTimeoutMs: inMs(batchTimeoutSec),
        lineTimeoutMs: inMs(lineTimeoutSec),
        maxLines: maxLinesCount
      })
    } catch (error) {
      const name = error instanceof InvalidOption ? OWN_NAMES[error.option] : undefined
      if (name === undefined) throw error
      const accepts = name.endsWith("Sec") ? "seconds, 0.001 or more" : (error as InvalidOption).accepts
      throw new InvalidOption({ option: name, got: given[name], accepts })
    }
  }
}

const inMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.round(seconds * 1000)

/** Our runtime's word for an option → the one that the caller of this class used. */
const OWN_NAMES: Readonly<
  Record<string, "workerCount" | "batchTimeoutSec" | "lineTimeoutSec" | "maxLinesCount" | undefined>
> = {
  workers: "workerCount",
  batchTimeoutMs: "batchTimeoutSec",
  lineTimeoutMs: "lineTimeoutSec",
  maxLines: "maxLinesCount"
}

/** The caller's store: the runtime must not close it. */
const borrowed = (store: RunStore): RunStore =>
  new Proxy(store, {
    get: (target, key) => {
      if (key === "close") return async () => {}
      const value: unknown = Reflect.get(target, key)
      return typeof value === "function" ? value.bind(target) : value
    }
  })
