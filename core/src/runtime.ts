// The engine behind promises: what `createRuntime` gives a host. Owns the one ManagedRuntime, the live runs and the
// store it was given.
//
// M1. No global state, no current directory, no signal handler: everything hangs on the runtime object.
// M2. `close` refuses new work, cancels what is live, waits for its end, and leaves no open handle of ours.

import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { BatchResult } from "./batch/batch-result.ts"
import type { BatchSpec, OwnSpec } from "./batch/batch-spec.ts"
import { checkBatchFlow } from "./batch/check-batch-flow.ts"
import { checkExecutors, chooseExecutor, lineLanguagesOf, nodeTypesOf } from "./batch/choose-executor.ts"
import { CompletePlans } from "./batch/complete-plans.ts"
import { type FlowTestOptions, FlowTests } from "./batch/flow-tests.ts"
import { absolutePath, flowPath } from "./batch/host-path.ts"
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
import { checkRunName, nameAfter, nameForRun } from "./batch/run-name.ts"
import {
  checkInit,
  checkWay,
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
import type { FlowTestResult } from "./batch/test-flow.ts"
import { upstreamSources } from "./batch/upstream-sources.ts"
import { RunCanceled, RuntimeClosed } from "./contracts/errors.ts"
import {
  type ConnectionProvider,
  type ConnectionsOption,
  connectionProvider,
  type ExecutorDefinition,
  type FlowOverrides,
  type FlowPlan,
  type RunChanges,
  type RunOrder,
  type RunStore,
  type RunSummary
} from "./contracts/index.ts"
import { checkFlow, type FlowCheck, loadFlow } from "./flow/index.ts"

export interface RuntimeOptions {
  /** The languages this runtime runs, each once. */
  readonly executors: readonly ExecutorDefinition[]
  /** Where runs are kept. The runtime closes it. */
  readonly store: RunStore
  /** The connections of flows: a provider, or promptflow's execution form of each by its name. Default: none. */
  readonly connections?: ConnectionsOption
}

/** What a run is to be, once its handle is there. */
type SpecOf = (handle: RunHandle, cancel: AbortSignal) => Promise<OwnSpec>

/** A runtime. Make one with `createRuntime`; `close` it, or declare it with `await using`. */
export class Runtime implements AsyncDisposable {
  readonly #options: RuntimeOptions
  readonly #effects = ManagedRuntime.make(Layer.empty)
  readonly #live = new Set<RunHandle>()
  readonly #connections: ConnectionProvider
  readonly #shared = new Map<string, unknown>()
  readonly #tests: FlowTests
  readonly #plans: CompletePlans
  #closing: Promise<void> | undefined

  /** @internal Use `createRuntime`. */
  constructor(options: RuntimeOptions) {
    this.#options = options
    this.#connections = connectionProvider(options.connections)
    this.#plans = new CompletePlans(options.executors, this.#connections)
    this.#tests = new FlowTests({ ...options, connections: this.#connections, shared: this.#shared })
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
    const flow = flowPath(options.flow)
    const name = checkRunName(options.name ?? nameForRun(flow, options.variant))
    const { store } = this.#options
    return this.#stoppable(name, options.signal, async (_, cancel) => {
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
        displayName: options.displayName ?? name,
        description: options.description,
        tags: options.tags ?? {}
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
    const plan = checkBatchFlow(await this.describeFlow(flowPath(options.flow), options, signal))
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
    checkWay(options)
    const { store, executors } = this.#options
    return this.#stoppable(name, options.signal, async (handle, cancel) => ({
      ...(await resumedSpec(
        name,
        options,
        store,
        executors,
        (plan) => this.#plans.complete(plan, cancel),
        (message) => handle.emit({ type: "Warning", message })
      ))
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
    checkWay(options)
    const { store, executors } = this.#options
    const name = checkRunName(options.name ?? nameAfter(earlier))
    return this.#stoppable(name, options.signal, async (_, cancel) => ({
      ...(await resumeFromSpec(earlier, name, options, store, executors, (plan) => this.#plans.complete(plan, cancel))),
      outputDir: this.#outputDir(options.outputDir, name)
    }))
  }

  /** @internal The same for `BatchEngine`, which resolves its own options. */
  runSpec(name: string, controller: AbortController, specOf: SpecOf): RunHandle {
    this.#refuseWhenClosed("run()")
    return this.#started(name, controller, specOf)
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
    return this.#tests.test(await this.describeFlow(options.flow, options, options.signal), options)
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
    await this.#tests.prepare(await this.describeFlow(options.flow, options, options.signal), options)
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
    await this.#tests.close()
    await Promise.all([...this.#shared.values()].map(disposed))
    await this.#effects.dispose()
    await this.#options.store.close()
  }

  /** Starts a run that ends when the host's signal is aborted, or the handle is told to. */
  #stoppable(name: string, signal: AbortSignal | undefined, specOf: SpecOf): RunHandle {
    const controller = new AbortController()
    const onAbort = () => controller.abort(signal?.reason)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener("abort", onAbort, { once: true })
    const run = this.#started(name, controller, specOf)
    const letGo = () => signal?.removeEventListener("abort", onAbort)
    run.result().then(letGo, letGo)
    return run
  }

  #started(name: string, controller: AbortController, specOf: SpecOf): RunHandle {
    const handle = new RunHandle(name, controller, async (run) => {
      const { signal } = controller
      const own = await specOf(run, signal).catch((error: unknown) => {
        throw signal.aborted ? new RunCanceled({ run: name }) : error
      })
      return this.#runBatch({
        ...own,
        connections: this.#connections,
        shared: this.#shared,
        cancel: signal,
        orders: run.orders,
        onEvent: (event) => run.emit(event),
        onLines: run.onLines
      })
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
    if (given !== undefined) return absolutePath(given)
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

async function disposed(value: unknown): Promise<void> {
  await (value as Partial<AsyncDisposable> | null | undefined)?.[Symbol.asyncDispose]?.()
}
