// Room 4, carry: the lanes of one run, and of the next one of the same flow. Piscina owns the threads, one long task
// each; chunks go to the lane with most room, and a lane that died is opened again. Decides nothing about lines: what was
// lost is the line actor's to try again.
//
// O1. All lanes are ready (flow compiled, tools loaded) before `openLanes` resolves; one that cannot be, rejects it.
// O2. A chunk that is to run alone gets a lane to itself, and nothing else joins it there.
// O3. `close` leaves no thread, process, port or timer; lanes that may serve the next run are closed by the runtime
//     (spare-lanes.ts).
// O4. `close` ends no thread that still loads the lane's module (loading-threads.ts says why).

import { getCompileCacheDir } from "node:module"
import { dirname } from "node:path"
import {
  type AggregationReply,
  type AggregationTask,
  type ChunkPart,
  type ChunkProxy,
  type ChunkTask,
  type ExecutorContext,
  LaneLost,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { imageFolders } from "@throughline/core/data/thread"
import type { Piscina } from "piscina"
import { HostDesk } from "../desk/host-desk.ts"
import { Lane, type LaneSpec } from "./lane-handle.ts"
import type { LaneOptions } from "./lane-options.ts"
import { LoadingThreads } from "./loading-threads.ts"
import { openPool } from "./open-pool.ts"
import { resolveEnvironment } from "./resolve-environment.ts"
import { SpareLanes } from "./spare-lanes.ts"
import { ownWorkerUrl } from "./worker-url.ts"

/** Lanes that die as often as this, each, before they are ready are not opened again. */
const MAX_BARREN_RESTARTS = 5
const CLOSE_GRACE_MS = 5_000
/** For lanes that still load tools when another could not, or when the run is given up. */
const OPENING_GRACE_MS = 1_000
/** A thread that has not loaded the lane's module by then never will. */
const LOADING_LIMIT_MS = 30_000
const WATCH_MS = 200
const REMEMBERED_WARNINGS = 100

/** A host's compile cache serves its threads too: without it each compiles (and in a checkout strips) every module anew. */
function compileCache(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}

export async function openLanes(context: ExecutorContext, options: LaneOptions = {}): Promise<ChunkProxy> {
  const resolved = await resolveEnvironment(context.plan.environmentVariables, context.connections)
  const environment = { ...process.env, ...compileCache(), ...resolved }
  if (context.signal?.aborted === true) throw new LaneLost("the run was given up before its lanes were opened")
  const spares = SpareLanes.of<Lanes>(context)
  const key = keyOf(context, options, environment)
  const lanes = (await spares?.take(key, context)) ?? (await newLanes(context, options, environment))
  return new LentLanes(lanes, async (graceMs) => {
    if (spares !== undefined && graceMs === undefined && lanes.isSpare) await spares.keep(key, lanes)
    else await lanes.close(graceMs)
  })
}

/** All that decides what is loaded in the lanes, and how they run lines. */
function keyOf(context: ExecutorContext, options: LaneOptions, environment: NodeJS.ProcessEnv): string {
  const { runId, data, outputDir, connections, shared, signal, onWarning, ...rest } = context
  return JSON.stringify([rest, options, environment, imageFolders(context)])
}

async function newLanes(
  context: ExecutorContext,
  options: LaneOptions,
  environment: NodeJS.ProcessEnv
): Promise<Lanes> {
  const lanes = new Lanes(context, options, environment)
  const giveUp = () => void lanes.close(OPENING_GRACE_MS)
  context.signal?.addEventListener("abort", giveUp, { once: true })
  try {
    await lanes.open()
  } catch (error) {
    await lanes.close(OPENING_GRACE_MS)
    throw error
  } finally {
    context.signal?.removeEventListener("abort", giveUp)
  }
  return lanes
}

/** Lanes as one run has them: its end is not always theirs. */
class LentLanes implements ChunkProxy {
  readonly lanes: number
  readonly #lanes: Lanes
  readonly #giveBack: (graceMs: number | undefined) => Promise<void>
  #closing: Promise<void> | undefined

  constructor(lanes: Lanes, giveBack: (graceMs: number | undefined) => Promise<void>) {
    this.lanes = lanes.lanes
    this.#lanes = lanes
    this.#giveBack = giveBack
  }

  get mayWait(): boolean {
    return this.#lanes.mayWait
  }

  runChunk(task: ChunkTask, onPart: (part: ChunkPart) => void): Promise<void> {
    return this.#lanes.runChunk(task, onPart)
  }

  runAggregation(task: AggregationTask): Promise<AggregationReply> {
    return this.#lanes.runAggregation(task)
  }

  cancelChunk(taskId: number): void {
    this.#lanes.cancelChunk(taskId)
  }

  cancelLine(position: number): void {
    this.#lanes.cancelLine(position)
  }

  tune(linesPerLane: number): void {
    this.#lanes.tune(linesPerLane)
  }

  cancel(): void {
    this.#lanes.cancel()
  }

  close(graceMs?: number): Promise<void> {
    this.#closing ??= this.#giveBack(graceMs)
    return this.#closing
  }
}

class Lanes {
  readonly lanes: number
  readonly #pool: Piscina
  readonly #loading: LoadingThreads
  #spec: LaneSpec
  /** Of the run that the lanes serve. */
  #context: ExecutorContext
  readonly #desk: HostDesk
  readonly #open: Lane[] = []
  readonly #alone = new Set<Lane>()
  readonly #warnings = new Set<string>()
  #waiting: Array<() => void> = []
  #watch: NodeJS.Timeout | undefined
  #barrenRestarts = 0
  #closing: Promise<void> | undefined
  #broken: ToolLoadFailure | undefined
  #isCanceled = false
  /** They are not quite as another run of the flow would open them. */
  #isSteered = false

  constructor(context: ExecutorContext, options: LaneOptions, environment: NodeJS.ProcessEnv) {
    const { plan, workers, lineTimeoutMs } = context
    this.#context = context
    this.#desk = new HostDesk(context)
    this.lanes = workers
    this.#spec = {
      plan,
      mapping: context.mapping,
      sources: context.sources,
      data: context.data ?? {},
      outputDir: context.outputDir,
      hosts: context.hosts,
      initKwargs: context.initKwargs,
      linesPerLane: context.linesPerLane,
      lineTimeoutMs,
      maxOutputBytes: context.maxOutputBytes,
      journaled: context.journaled ?? [],
      loadsAggregation: false,
      ...(options.isolation === "process" ? { isolation: { memoryMb: options.workerMemoryMb } } : {})
    }
    const workerUrl = options.workerUrl ?? ownWorkerUrl
    this.#pool = openPool({
      filename: String(workerUrl),
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      atomics: "disabled",
      recordTiming: false,
      env: environment,
      resourceLimits: {
        maxYoungGenerationSizeMb: 16,
        ...(options.workerMemoryMb === undefined ? {} : { maxOldGenerationSizeMb: options.workerMemoryMb })
      }
    })
    // A thread's uncaught error ends its lane, which reports it; the pool's own event would end the host instead.
    this.#pool.on("error", () => {})
    this.#loading = new LoadingThreads(this.#pool)
  }

  async open(): Promise<void> {
    for (let i = 0; i < this.lanes; i++) this.#open.push(this.#newLane(i === 0))
    await Promise.all(this.#open.map((lane) => lane.ready))
    if (this.#closing !== undefined) throw new LaneLost("the lanes were closed while they opened")
    const { lineTimeoutMs } = this.#context
    if (lineTimeoutMs !== undefined) {
      this.#watch = setInterval(() => {
        for (const lane of this.#open) if (!lane.isEnded) lane.checkTimeLimit(lineTimeoutMs)
      }, WATCH_MS)
      this.#watch.unref()
    }
  }

  /** True when nothing went wrong in them that a further run would have to do with. */
  get isSpare(): boolean {
    return (
      !this.#isCanceled && !this.#isSteered && this.#broken === undefined && this.#open.every((lane) => lane.isSpare)
    )
  }

  async renew(context: ExecutorContext): Promise<boolean> {
    this.#context = context
    this.#warnings.clear()
    const renewed = await Promise.all(this.#open.map((lane) => lane.renew(context.outputDir)))
    return renewed.every((isCurrent) => isCurrent)
  }

  get mayWait(): boolean {
    return this.#open.some((lane) => lane.mayWait)
  }

  async runChunk(task: ChunkTask, onPart: (part: ChunkPart) => void): Promise<void> {
    const lane = task.isAlone ? await this.#takeAlone() : undefined
    try {
      if (lane === undefined) await this.#withLane((free) => free.run(task, onPart))
      else await lane.run(task, onPart)
    } finally {
      if (lane !== undefined) this.#alone.delete(lane)
      this.#announceChange()
    }
  }

  runAggregation(task: AggregationTask): Promise<AggregationReply> {
    return this.#withLane((lane) => lane.aggregate(task))
  }

  cancelChunk(taskId: number): void {
    for (const lane of this.#open) if (!lane.isEnded) lane.cancelChunk(taskId)
  }

  cancelLine(position: number): void {
    this.#isSteered = true
    for (const lane of this.#open) if (!lane.isEnded) lane.cancelLine(position)
  }

  tune(linesPerLane: number): void {
    this.#isSteered = true
    this.#spec = { ...this.#spec, linesPerLane }
    for (const lane of this.#open) if (!lane.isEnded) lane.tune(linesPerLane)
  }

  cancel(): void {
    this.#isCanceled = true
    for (const lane of this.#open) if (!lane.isEnded) lane.cancel()
  }

  close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#closing ??= this.#close(graceMs)
    return this.#closing
  }

  async #close(graceMs: number): Promise<void> {
    clearInterval(this.#watch)
    this.#announceChange()
    const ends = Promise.all(this.#open.map((lane) => lane.close()))
    await within(LOADING_LIMIT_MS, this.#loading.done())
    await within(graceMs, ends)
    // Ends the threads that have not answered, and starts no others for them.
    await this.#pool.destroy()
    await ends
  }

  #newLane(isFirst = false): Lane {
    const spec = { ...this.#spec, loadsAggregation: isFirst }
    const onWarning = (message: string) => this.#warn(message)
    const desk = this.#desk.openPort(spec.isolation === undefined)
    const lane = new Lane(this.#pool, spec, desk, onWarning, () => this.#announceChange())
    lane.ready.catch((error: unknown) => {
      // Tools that were loaded before and cannot be loaded again: no line is to blame, and none can be run.
      if (error instanceof ToolLoadFailure) this.#broken = error
      this.#announceChange()
    })
    if (this.#isCanceled) lane.cancel()
    return lane
  }

  /** What several lanes warn of is told once. */
  #warn(message: string): void {
    if (this.#warnings.has(message)) return
    if (this.#warnings.size < REMEMBERED_WARNINGS) this.#warnings.add(message)
    this.#context.onWarning(message)
  }

  /** Uses the lane with fewest open lines, in the same turn in which it was chosen: the next caller sees what it got. */
  async #withLane<A>(use: (lane: Lane) => A | Promise<A>): Promise<A> {
    for (;;) {
      this.#reopenDead()
      const free = this.#open.filter((lane) => lane.isReady && !this.#alone.has(lane))
      if (free.length > 0) return use(free.reduce((best, lane) => (lane.openLines < best.openLines ? lane : best)))
      await this.#change()
    }
  }

  /** Keeps a lane for one chunk: nothing more is sent to it, and what it still has is waited for. */
  async #takeAlone(): Promise<Lane> {
    for (;;) {
      const lane = await this.#withLane((free) => {
        this.#alone.add(free)
        return free
      })
      while (lane.openLines > 0 && !lane.isEnded) await this.#change()
      if (!lane.isEnded) return lane
      this.#alone.delete(lane)
    }
  }

  #reopenDead(): void {
    if (this.#closing !== undefined) throw new LaneLost("the lanes are closed")
    if (this.#broken !== undefined) throw this.#broken
    for (const [i, lane] of this.#open.entries()) {
      if (!lane.isEnded) continue
      if (lane.wasReady) this.#barrenRestarts = 0
      else if (++this.#barrenRestarts > MAX_BARREN_RESTARTS * this.lanes) {
        throw new Error(`worker threads ended ${this.#barrenRestarts} times before they could begin`)
      }
      this.#alone.delete(lane)
      this.#open[i] = this.#newLane()
    }
  }

  /** Resolves when a chunk ended somewhere, or a lane became ready or ended. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #announceChange(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

async function within(limitMs: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([done, tooLate])
  clearTimeout(timer)
}
