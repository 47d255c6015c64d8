// The engine behind promises: what `createRuntime` gives a host. Owns the one ManagedRuntime, the live runs and the
// store it was given.
//
// M1. No global state, no current directory, no signal handler: everything hangs on the runtime object.
// M2. `close` refuses new work, cancels what is live, waits for its end, and leaves no open handle of ours.

import { isAbsolute, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { BatchResult } from "./batch/batch-result.ts"
import type { BatchSpec } from "./batch/batch-spec.ts"
import { checkBatchFlow } from "./batch/check-batch-flow.ts"
import { checkExecutors, chooseExecutor, lineLanguagesOf, nodeTypesOf } from "./batch/choose-executor.ts"
import { CompletePlans } from "./batch/complete-plans.ts"
import { afterClose, mergeFolder } from "./batch/merge-folder.ts"
import { nodeTest } from "./batch/node-test.ts"
import {
  checkKinds,
  RESUME_FROM_KINDS,
  RESUME_KINDS,
  RUN_KINDS,
  RUNTIME_KINDS,
  TEST_KINDS
} from "./batch/option-kinds.ts"
import { previewRun, type RunPreview } from "./batch/preview-run.ts"
import { resumedSpec, resumeFromSpec } from "./batch/resumed-spec.ts"
import { runBatch } from "./batch/run-batch.ts"
import { RunHandle } from "./batch/run-handle.ts"
import { checkRunName, defaultRunName } from "./batch/run-name.ts"
import {
  compatOf,
  durabilityOf,
  failureOptionsOf,
  limitsOf,
  overridesIn,
  type ResumeFromOptions,
  type ResumeOptions,
  type RunOptions,
  rerunNodesOf,
  sourcesOf
} from "./batch/run-options.ts"
import { type FlowTestResult, testFlow } from "./batch/test-flow.ts"
import { upstreamSources } from "./batch/upstream-sources.ts"
import { type FlowSettings, WarmFlows } from "./batch/warm-flows.ts"
import { InvalidOption, NotSupportedYet, RunCanceled, RuntimeClosed } from "./contracts/errors.ts"
import {
  type ChunkProxy,
  type ConnectionProvider,
  type ConnectionsOption,
  connectionProvider,
  type ExecutorDefinition,
  type FlowOverrides,
  type FlowPlan,
  type LineInputs,
  type RunChanges,
  type RunOrder,
  type RunStore,
  type RunSummary
} from "./contracts/index.ts"
import { checkFlow, constructorArguments, type FlowCheck, loadFlow, namesCode } from "./flow/index.ts"
import { executorFailed } from "./line/line-actor.ts"

export interface RuntimeOptions {
  /** The languages this runtime runs, each once. */
  readonly executors: readonly ExecutorDefinition[]
  /** Where runs are kept. The runtime closes it. */
  readonly store: RunStore
  /** The connections of flows: a provider, or promptflow's execution form of each by its name. Default: none. */
  readonly connections?: ConnectionsOption
}

export interface FlowTestOptions extends FlowOverrides {
  readonly flow: string | URL
  /** Flow input name → value; inputs left out take their defaults. */
  readonly inputs?: LineInputs
  /**
   * Runs this node alone. `inputs` are then its own by name, or `inputs.name` and `node.output` for what it refers to. Its
   * output is that of the result's only node.
   */
  readonly node?: string
  /** Arguments for the constructor of a flex flow's class. */
  readonly init?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
  /** Milliseconds the line may take. */
  readonly lineTimeoutMs?: number
  /** Lines of this flow that may be tested at once without waiting for each other. Default 1. */
  readonly workers?: number
  /** Told what is odd about the flow's executor, by the test that opens it. */
  readonly onWarning?: (message: string) => void
}

/** What a run is to be, once its handle is there. */
type SpecOf = (handle: RunHandle) => UnorderedSpec | Promise<UnorderedSpec>
type UnorderedSpec = Omit<BatchSpec, "orders">

const WARM_MS = 30_000

/** A runtime. Make one with `createRuntime`; `close` it, or declare it with `await using`. */
export class Runtime implements AsyncDisposable {
  readonly #options: RuntimeOptions
  readonly #effects = ManagedRuntime.make(Layer.empty)
  readonly #live = new Set<RunHandle>()
  readonly #warm = new WarmFlows(WARM_MS)
  readonly #connections: ConnectionProvider
  readonly #shared = new Map<string, unknown>()
  readonly #plans: CompletePlans
  #closing: Promise<void> | undefined

  /** @internal Use `createRuntime`. */
  constructor(options: RuntimeOptions) {
    this.#options = options
    this.#connections = connectionProvider(options.connections)
    this.#plans = new CompletePlans(options.executors, this.#connections)
  }

  /**
   * Starts a batch run. Mistakes in the flow, the data or the mapping reject `result()`; nothing is recorded then.
   *
   * @throws {InvalidOption} for an option that is not what it takes
   * @throws {RuntimeClosed}
   */
  run(options: RunOptions): RunHandle {
    this.#refuseWhenClosed("run()")
    checkKinds(options, RUN_KINDS, ["flow"])
    const limits = limitsOf(options)
    const durability = durabilityOf(options.durability)
    const failures = failureOptionsOf(options)
    const { run: upstream } = options
    const compat = compatOf(options.compat)
    const sources = options.data === undefined && upstream !== undefined ? {} : sourcesOf(options.data)
    const flow = flowPathOf(options.flow)
    const name = checkRunName(options.name ?? defaultRunName(folderOf(flow), preciseNow(), variantWord(options)))
    const { store } = this.#options
    return this.#stoppable(name, options.signal, async (handle, cancel) => {
      const plan = checkBatchFlow(await this.describeFlow(flow, options, cancel))
      const before = upstream === undefined ? {} : await upstreamSources(store, upstream)
      return {
        ...limits,
        name,
        plan,
        mapping: options.columnMapping ?? {},
        overrides: overridesIn(options),
        compat,
        sources: { ...sources, ...before },
        upstream,
        baseDir: process.cwd(),
        outputDir: this.#outputDir(options.outputDir, name),
        executor: chooseExecutor(plan, this.#options.executors),
        store,
        rerunNodes: rerunNodesOf(options.rerunNodes, plan),
        durability,
        ...failures,
        raiseOnLineFailure: options.raiseOnLineFailure ?? false,
        initKwargs: checkInit(plan, options.init),
        connections: this.#connections,
        shared: this.#shared,
        displayName: options.displayName ?? name,
        description: options.description,
        tags: options.tags ?? {},
        cancel,
        onEvent: (event) => handle.emit(event),
        onLines: handle.onLines
      }
    })
  }

  /**
   * What `run` with these options would begin with: the data opened, the mapping tried on its first row, and the first
   * line's inputs. Runs nothing, records nothing; tools are not loaded.
   *
   * @throws {InvalidFlow | InvalidData | MappingMissing | InvalidOption} as the run would
   */
  async preview(options: RunOptions, onWarning: (message: string) => void = () => {}): Promise<RunPreview> {
    this.#refuseWhenClosed("preview()")
    checkKinds(options, RUN_KINDS, ["flow"])
    const { maxLines } = limitsOf(options)
    const { data, run: upstream, columnMapping: mapping = {}, signal = new AbortController().signal } = options
    const plan = checkBatchFlow(await this.describeFlow(flowPathOf(options.flow), options, signal))
    const before = upstream === undefined ? {} : await upstreamSources(this.#options.store, upstream)
    return previewRun({
      plan,
      mapping,
      sources: { ...(data === undefined && upstream !== undefined ? {} : sourcesOf(data)), ...before },
      baseDir: process.cwd(),
      ...(maxLines === undefined ? {} : { maxLines }),
      isPandas: compatOf(options.compat).includes("pandas-data"),
      onWarning
    })
  }

  /**
   * Goes on with a run that was interrupted, canceled, or failed as a whole: in place, under its name, in its files. Lines
   * that have a result are not run again. The host's lines are those that `output.jsonl` surely lacked.
   *
   * `result()` rejects with `RunNotFound`, `NothingToResume` or `RunLocked` when there is nothing to go on with, or another
   * process does so already; with `GroundChanged` when the flow, its files, the data or the engine are not what the run was
   * begun on. The run is then as it was.
   *
   * @throws {InvalidOption} for an option that is not what it takes
   * @throws {RuntimeClosed}
   */
  resume(name: string, options: ResumeOptions = {}): RunHandle {
    this.#refuseWhenClosed("resume()")
    checkKinds(options, RESUME_KINDS)
    limitsOf(options)
    durabilityOf(options.durability)
    failureOptionsOf(options)
    const { store, executors } = this.#options
    return this.#stoppable(name, options.signal, async (handle, cancel) => ({
      ...(await resumedSpec(
        name,
        options,
        store,
        executors,
        (plan) => this.#plans.complete(plan, cancel),
        (message) => handle.emit({ type: "Warning", message })
      )),
      connections: this.#connections,
      shared: this.#shared,
      cancel,
      onEvent: (event) => handle.emit(event),
      onLines: handle.onLines
    }))
  }

  /**
   * Starts a new run that takes over the completed lines of an earlier, completed one and runs the others: with its flow as
   * it is now, its data and its mapping. Which lines are taken over is decided by their positions alone.
   *
   * @throws {InvalidOption} for an option that is not what it takes
   * @throws {RuntimeClosed}
   */
  resumeFrom(earlier: string, options: ResumeFromOptions = {}): RunHandle {
    this.#refuseWhenClosed("resumeFrom()")
    checkKinds(options, RESUME_FROM_KINDS)
    limitsOf(options)
    durabilityOf(options.durability)
    failureOptionsOf(options)
    const { store, executors } = this.#options
    const name = checkRunName(options.name ?? defaultRunName(earlier.replace(OWN_STAMP, ""), preciseNow()))
    return this.#stoppable(name, options.signal, async (handle, cancel) => ({
      ...(await resumeFromSpec(earlier, name, options, store, executors, (plan) => this.#plans.complete(plan, cancel))),
      outputDir: this.#outputDir(options.outputDir, name),
      connections: this.#connections,
      shared: this.#shared,
      cancel,
      onEvent: (event) => handle.emit(event),
      onLines: handle.onLines
    }))
  }

  /** @internal The same for `BatchEngine`, which resolves its own options. */
  runSpec(
    name: string,
    controller: AbortController,
    specOf: (handle: RunHandle) => Promise<Omit<BatchSpec, "connections" | "shared" | "orders">>
  ): RunHandle {
    this.#refuseWhenClosed("run()")
    return this.#started(name, controller, async (handle) => ({
      ...(await specOf(handle)),
      connections: this.#connections,
      shared: this.#shared
    }))
  }

  /**
   * Runs one line of a flow and records nothing. The first call opens the flow's executor (about 50 ms for JavaScript,
   * 100 ms for Python); it stays open for 30 s after the last.
   *
   * @returns the line, completed or failed, with its nodes
   * @throws {InvalidFlow | ExecutorMissing | ExecutorFailed} when no line could be run at all
   * @throws the signal's reason, when it is aborted
   */
  async test(options: FlowTestOptions): Promise<FlowTestResult> {
    this.#refuseWhenClosed("test()")
    checkKinds(options, TEST_KINDS, ["flow"])
    options.signal?.throwIfAborted()
    const flow = await this.describeFlow(options.flow, options, options.signal)
    const { node, inputs: given = {} } = options
    const { plan, inputs } = node === undefined ? { plan: flow, inputs: given } : nodeTest(flow, node, given)
    const limits = limitsOf(options)
    const settings = { ...limits, init: checkInit(plan, options.init), inputs: rowInputs(plan, inputs) }
    return this.#warm.use(
      plan,
      settings,
      () => this.#openForTest(plan, settings, options.onWarning),
      (flow) =>
        testFlow(flow, inputs, this.#options.store, { signal: options.signal, lineTimeoutMs: limits.lineTimeoutMs })
    )
  }

  /**
   * Opens the flow's executor and loads its tools, so that the first `test` starts at once and a tool that does not load
   * shows now. What tools do at import is done.
   *
   * @throws {InvalidFlow | ExecutorMissing | ExecutorFailed}
   */
  async prepare(options: Omit<FlowTestOptions, "inputs">): Promise<void> {
    this.#refuseWhenClosed("prepare()")
    checkKinds(options, TEST_KINDS, ["flow"])
    const plan = await this.describeFlow(options.flow, options, options.signal)
    const init = checkInit(plan, options.init)
    const settings = { ...limitsOf(options), init, inputs: rowInputs(plan, {}) }
    await this.#warm.use(
      plan,
      settings,
      () => this.#openForTest(plan, settings, options.onWarning),
      async () => {}
    )
  }

  /** Reads and checks a flow. @throws {InvalidFlow} with every mistake and its place */
  loadFlow(flow: string | URL, overrides: FlowOverrides = {}): FlowPlan {
    return loadFlow(flow, this.#flowOptions(overrides))
  }

  /**
   * Like `loadFlow`; for a flex flow it also asks the code behind the entry for what the file leaves out.
   *
   * @throws {InvalidFlow | ExecutorFailed}
   */
  async describeFlow(flow: string | URL, overrides: FlowOverrides = {}, signal?: AbortSignal): Promise<FlowPlan> {
    return this.#plans.complete(this.loadFlow(flow, overrides), signal)
  }

  /** @internal For `BatchEngine`, which loads flows itself. */
  completePlan(plan: FlowPlan, signal: AbortSignal): Promise<FlowPlan> {
    return this.#plans.complete(plan, signal)
  }

  /** Like `loadFlow`, but gives the mistakes and the warnings back. */
  checkFlow(flow: string | URL, overrides: FlowOverrides = {}): FlowCheck {
    return checkFlow(flow, this.#flowOptions(overrides))
  }

  /** Newest first. */
  listRuns(): Promise<readonly RunSummary[]> {
    return this.#options.store.listRuns()
  }

  /** @throws {RunNotFound} */
  getRun(name: string): Promise<RunSummary> {
    return this.#options.store.getRun(name)
  }

  /** @throws {RunNotFound} */
  updateRun(name: string, changes: RunChanges): Promise<RunSummary> {
    return this.#options.store.updateRun(name, changes)
  }

  /** Removes the run's journal. @throws {RunNotFound | RunLocked} */
  deleteRun(name: string): Promise<void> {
    return this.#options.store.deleteRun(name)
  }

  /**
   * Tells a run that goes on in this or another process: to pause, to go on, to stop, to do more or less at once, or what
   * to do with one line. Resolves when the run has taken the order.
   *
   * @throws {RunNotFound | RunNotLive}
   */
  giveOrder(name: string, order: RunOrder): Promise<void> {
    return this.#options.store.giveOrder(name, order)
  }

  get store(): RunStore {
    return this.#options.store
  }

  /** Refuses new work, cancels live runs (each within its grace time), closes the store. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#live].map((run) => run.cancel()))
    this.#plans.close()
    await this.#warm.close()
    await Promise.all([...this.#shared.values()].map(disposed))
    await this.#effects.dispose()
    await this.#options.store.close()
  }

  /** Starts a run that ends when the host's signal is aborted, or the handle is told to. */
  #stoppable(
    name: string,
    signal: AbortSignal | undefined,
    specOf: (handle: RunHandle, cancel: AbortSignal) => UnorderedSpec | Promise<UnorderedSpec>
  ): RunHandle {
    const controller = new AbortController()
    const onAbort = () => controller.abort(signal?.reason)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener("abort", onAbort, { once: true })
    const run = this.#started(name, controller, (handle) => specOf(handle, controller.signal))
    const letGo = () => signal?.removeEventListener("abort", onAbort)
    run.result().then(letGo, letGo)
    return run
  }

  #started(name: string, controller: AbortController, specOf: SpecOf): RunHandle {
    const handle = new RunHandle(name, controller, async (run) => {
      let spec: UnorderedSpec
      try {
        spec = await specOf(run)
      } catch (error) {
        throw controller.signal.aborted ? new RunCanceled({ run: name }) : error
      }
      return this.#runBatch({ ...spec, orders: run.orders })
    })
    this.#live.add(handle)
    const forget = () => this.#live.delete(handle)
    handle.result().then(forget, forget)
    return handle
  }

  async #runBatch(spec: BatchSpec): Promise<BatchResult> {
    const exit = await this.#effects.runPromiseExit(runBatch(spec))
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) throw new RuntimeClosed({ action: `run '${spec.name}'` })
    throw Cause.squash(exit.cause)
  }

  async #openForTest(
    flow: FlowPlan,
    limits: FlowSettings,
    onWarning: FlowTestOptions["onWarning"] = () => {}
  ): Promise<ChunkProxy> {
    const { definition, hosts } = chooseExecutor(flow, this.#options.executors)
    const { plan, remove } = await mergeFolder(flow)
    try {
      const proxy = await definition.open({
        runId: "test",
        plan,
        mapping: Object.fromEntries(limits.inputs.map((name) => [name, `\${data.${name}}`])),
        sources: ["data"],
        workers: limits.workers ?? 1,
        linesPerLane: limits.concurrency,
        lineTimeoutMs: limits.lineTimeoutMs,
        maxOutputBytes: limits.maxOutputBytes,
        hosts,
        initKwargs: constructorArguments(plan, limits.init),
        connections: this.#connections,
        shared: this.#shared,
        onWarning
      })
      if ("runLine" in proxy) {
        await proxy.close()
        throw new NotSupportedYet({
          feature: `testing a flow of the language '${plan.language}'`,
          place: plan.flowFile
        })
      }
      return plan === flow ? proxy : afterClose(proxy, remove)
    } catch (error) {
      await remove()
      throw error instanceof NotSupportedYet ? error : executorFailed(error)
    }
  }

  #flowOptions(overrides: FlowOverrides) {
    const { executors } = this.#options
    return {
      nodeTypes: nodeTypesOf(executors),
      lineLanguages: lineLanguagesOf(executors),
      ...overridesIn(overrides)
    }
  }

  #outputDir(given: RunOptions["outputDir"], name: string): string | undefined {
    if (given === null) return undefined
    if (given !== undefined) return pathOf(given)
    const { runsDir } = this.#options.store
    return runsDir === undefined ? undefined : join(runsDir, name, "flow_outputs")
  }

  #refuseWhenClosed(action: string): void {
    if (this.#closing !== undefined) throw new RuntimeClosed({ action })
  }
}

/**
 * Makes a runtime.
 *
 * @throws {TypeError} when an executor is listed twice, or a connection is not in promptflow's form
 * @throws {InvalidOption} when an option is missing, or is not what it takes
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  checkKinds(options, RUNTIME_KINDS, ["executors", "store"])
  checkExecutors(options.executors)
  return new Runtime(options)
}

const pathOf = (path: string | URL): string => {
  if (path instanceof URL) return fileURLToPath(path)
  return isAbsolute(path) ? path : resolve(path)
}

/** An absolute path, or an entry as it is. */
const flowPathOf = (flow: string | URL): string => (namesCode(flow) ? flow : pathOf(flow))

/** The folder that a run is named after. */
function folderOf(flow: string): string {
  const isCode: boolean = namesCode(flow)
  if (isCode) return process.cwd()
  if (/\.prompty$/i.test(flow)) return flow.slice(0, -".prompty".length)
  return /\.ya?ml$/i.test(flow) ? join(flow, "..") : flow
}

/** The inputs of a tested line: all but those that the caller leaves to the code's own defaults. */
const rowInputs = ({ inputs }: FlowPlan, given: LineInputs): readonly string[] =>
  inputs
    .filter(({ name, hasDefault, default: value }) => !hasDefault || value !== undefined || Object.hasOwn(given, name))
    .map(({ name }) => name)

/** @throws {InvalidOption} for arguments that nothing takes */
export function checkInit(
  plan: FlowPlan,
  given: Readonly<Record<string, unknown>> = {}
): Readonly<Record<string, unknown>> {
  const names = Object.keys(given)
  if (plan.kind !== "dag" || names.length === 0) return given
  throw new InvalidOption({
    option: "init",
    got: names,
    accepts: "nothing for a DAG: they are for a flex flow's class"
  })
}

const preciseNow = (): number => performance.timeOrigin + performance.now()

/** What a default run name adds to the flow's. */
const OWN_STAMP = /_variant_\w+_\d{8}_\d{6}_\d{6}$/

/** The variant's part of a default run name. */
function variantWord({ variant }: RunOptions): string | undefined {
  return variant === undefined ? undefined : /^\$\{[^.]+\.(.+)\}$/.exec(variant)?.[1]
}

async function disposed(value: unknown): Promise<void> {
  await (value as Partial<AsyncDisposable> | null | undefined)?.[Symbol.asyncDispose]?.()
}
