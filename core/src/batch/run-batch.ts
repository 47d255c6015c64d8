// The corridor: the one file that names all eight rooms, in the order a line passes them. What happens in a room is that
// room's business; here stand the order, the owners, and the ways a batch ends: done, stopped, failed.
//
//   1 read → 2 admit → 3 act → 4 carry → (5 map, 6 run: in the lane) → 7 keep → 8 fold
//
// V1. Whatever was opened is closed, in reverse order, however the batch ends.
// V2. What was kept stays kept: a failure records an ending, it takes nothing back.
// V3. Nothing outlives the returned effect: every fiber is in its scope.

import { availableParallelism } from "node:os"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { LinesFailed, RunCanceled } from "../contracts/errors.ts"
import type {
  ChunkProxy,
  ChunkTask,
  LineFailure,
  ReopenedRun,
  RowChunk,
  RunManifest,
  RunOrder,
  RunWriter
} from "../contracts/index.ts"
import { type RowReader, rowsLeft } from "../data/index.ts"
import { FailedAttempts } from "../line/failed-attempts.ts"
import { FailurePolicy } from "../line/failure-policy.ts"
import { type DeliveredPart, makeLineActors } from "../line/line-actor.ts"
import { Admission } from "./admit.ts"
import { BatchResult } from "./batch-result.ts"
import type { BatchSpec } from "./batch-spec.ts"
import { copyCompletedLines } from "./copy-lines.ts"
import { type EarlierLines, readEarlierLines } from "./earlier-lines.ts"
import { aggregate, checkLines, endingOf, failedEnding, type StopReason } from "./end-run.ts"
import { type EngineError, engineCall } from "./engine-call.ts"
import { Fold } from "./fold-result.ts"
import { groundOf } from "./ground.ts"
import { makeKeep } from "./keep.ts"
import { isReached } from "./line-error-limit.ts"
import { ENGINE, manifestOf } from "./manifest.ts"
import { linesPerLane, openExecutor } from "./open-executor.ts"
import { Interruption } from "./orders.ts"
import { type OutputFile, openOutputFile } from "./output-file.ts"
import { acquired, closing } from "./owned.ts"
import { openMappedRows } from "./preview-run.ts"
import { Progress } from "./progress.ts"
import { watchDisk } from "./watch-disk.ts"

/**
 * Runs one batch to its end. Lines that fail do not fail the effect.
 *
 * Fails with `InvalidData`, `MappingMissing` or `RunExists` before anything is recorded; with `ExecutorFailed`,
 * `WriteFailed` or `LinesFailed` (when asked for) after the run was recorded as `Failed`.
 */
export const runBatch = Effect.fn("Batch.run")(function* (spec: BatchSpec) {
  const { store, name } = spec
  const startMs = yield* Clock.currentTimeMillis
  const rows = yield* openData(spec).pipe(
    Effect.raceFirst(
      stopSignal(spec).pipe(
        Effect.andThen(Effect.sleep(spec.graceMs)),
        Effect.andThen(() => new RunCanceled({ run: name }))
      )
    )
  )
  const lanes = laneCount(spec, rows)
  const { writer, cursor, spentSec, manifest } = yield* openRun(spec, rows, lanes, startMs)
  const begunMs = startMs - 1000 * spentSec
  spec.onEvent({ type: "RunStarted", name, outputDir: spec.outputDir })

  yield* Effect.gen(function* () {
    const output = yield* Effect.acquireRelease(
      engineCall(() => openOutputFile(spec.outputDir, cursor.outputBytes)),
      (open) => closing(spec, "output.jsonl", () => open.close())
    )
    const onWarning = (message: string) => spec.onEvent({ type: "Warning", message })
    yield* Effect.forkScoped(watchDisk({ folders: [store.runsDir, spec.outputDir], onWarning }))
    const { resumed, resumeFrom } = spec
    if (resumeFrom !== undefined && resumed === undefined) {
      yield* engineCall(() => copyCompletedLines(resumeFrom, manifest, store, writer))
    }
    const hasEarlier = resumed !== undefined || resumeFrom !== undefined
    const earlier = hasEarlier ? yield* engineCall(() => readEarlierLines(store, manifest, cursor, output)) : undefined
    const proxy = yield* Effect.raceFirst(openExecutor(spec, rows.sourceNames, lanes), stopSignal(spec))
    const stopped = typeof proxy === "string" ? proxy : yield* runLines(spec, rows, proxy, writer, output, earlier)
    if (stopped === undefined) yield* checkLines(spec)
    // An aggregation node may go on for ever; whoever cancels then loses the aggregation, not the lines.
    const aggregation =
      stopped === undefined && typeof proxy !== "string"
        ? yield* Effect.raceFirst(aggregate(spec, proxy), canceled(spec))
        : (stopped ?? "canceled")
    if (aggregation === "canceled" && spec.cancel.reason instanceof Interruption) {
      yield* engineCall(() => writer.release())
      return
    }
    const ending = yield* endingOf(begunMs, aggregation, spec.batchTimeoutMs)
    yield* engineCall(() => writer.finish(ending))
  }).pipe(
    Effect.scoped,
    Effect.tapCause((cause) =>
      failedEnding(begunMs, Cause.squash(cause)).pipe(
        Effect.flatMap((ending) => Effect.promise(() => writer.finish(ending))),
        Effect.ignoreCause,
        Effect.ensuring(Effect.sync(() => spec.onEvent({ type: "RunEnded", status: "Failed" })))
      )
    )
  )
  const result = yield* engineCall(() => BatchResult.fromStore(store, name))
  spec.onEvent({ type: "RunEnded", status: result.status })
  return result
}, Effect.scoped)

/** Creates the run, or takes it up again. */
function openRun(
  spec: BatchSpec,
  rows: RowReader,
  lanes: number,
  startMs: number
): Effect.Effect<Omit<ReopenedRun, "startTime"> & { readonly manifest: RunManifest }, EngineError, Scope.Scope> {
  const { store, name, resumed } = spec
  const open = async () => {
    if (resumed !== undefined) return { ...(await store.reopenRun(name, resumed)), manifest: resumed }
    const ground = await groundOf({ ...spec, engine: ENGINE })
    const manifest = manifestOf(spec, rows.sourceNames, lanes, startMs, ground)
    const writer = await store.createRun(manifest, new Date(startMs).toISOString())
    return { writer, cursor: { position: 0, outputBytes: 0 }, spentSec: 0, manifest }
  }
  return Effect.acquireRelease(engineCall(open), ({ writer }) => Effect.promise(() => writer.release()))
}

/** All lines of the data, through all rooms. Ends when the last of them is folded, or with the reason it was stopped. */
const runLines = Effect.fnUntraced(function* (
  spec: BatchSpec,
  rows: RowReader,
  proxy: ChunkProxy,
  writer: RunWriter,
  output: OutputFile,
  earlier: EarlierLines | undefined
) {
  const failed = yield* Deferred.make<never, EngineError>()
  /** What a fiber of the run ends with ends the run, a bug of ours too; being interrupted is no failure. */
  const fail = (cause: Cause.Cause<EngineError>): Effect.Effect<void> =>
    Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.asVoid(Deferred.failCause(failed, cause))
  const admission = new Admission({
    lanes: proxy.lanes,
    linesPerLane: linesPerLane(spec, proxy.lanes),
    mayWait: proxy.mayWait ?? false
  })
  const progress = new Progress(rows, (now) => spec.onEvent({ type: "Progress", progress: now }), earlier)

  // Rooms 7 and 8: a line is done when it is kept, and shown when those before it are.
  const fold = new Fold({
    output,
    from: earlier?.cursor,
    onLines: spec.onLines,
    onFolded: (lines, bytes) => admission.folded(lines, bytes)
  })
  for (const { part } of earlier?.parts ?? []) admission.keptBefore(part.positions.length, part.outputs.byteLength)
  const keep = yield* makeKeep({ writer, fold, isIdle: () => admission.linesInFlight === 0 })
  const keeping = yield* keep.loop.pipe(Effect.tapCause(fail), Effect.forkScoped)

  // What is done about lines that fail: by the class of their error, and when they are too many.
  const policy = new FailurePolicy(spec.failurePolicy, spec.retryBudget)
  const attempts = new FailedAttempts(
    spec.store,
    spec.plan.nodes.map((node) => node.name)
  )
  const uncounted = new Set<number>()
  const decide = (failure: LineFailure, attempt: number) => {
    const verdict = policy.decide(failure.error, attempt)
    if (verdict.type === "fail") endByLines([failure])
    if (verdict.type === "keep" && !verdict.isCounted) uncounted.add(failure.position)
    return verdict
  }
  const counted: LineFailure[] = []
  const countFailures = (failures: readonly LineFailure[]): void => {
    if (spec.failOnLineErrors === undefined) return
    for (const failure of failures) if (!uncounted.delete(failure.position)) counted.push(failure)
    if (isReached(spec.failOnLineErrors, counted.length + (earlier?.failed ?? 0), rows.totalRows)) endByLines(counted)
  }
  const endByLines = ([first, ...others]: readonly LineFailure[]): void => {
    if (first === undefined) return
    const lineNumbers = [first, ...others].map(({ lineNumber }) => lineNumber)
    const error = new LinesFailed({ lineNumbers, total: progress.now().total, first: first.error })
    Deferred.doneUnsafe(failed, Effect.fail(error))
  }

  // Rooms 3 and 4: chunks go to the lanes, parts come home.
  let taskId = 0
  const actors = makeLineActors({
    proxy,
    lineTimeoutMs: spec.lineTimeoutMs,
    encodeRecords: (records) => spec.store.encodeRecords(records),
    ...(spec.failurePolicy.length === 0 ? {} : { policy: { decide, attempts } }),
    nextTaskId: () => taskId++,
    ...(earlier === undefined ? {} : { known: earlier.known }),
    deliver: (delivered: DeliveredPart) => {
      const { part } = delivered
      admission.cameHome(part, part.positions.length)
      progress.cameHome(part)
      for (const { lineNumber, error } of part.failures) spec.onEvent({ type: "LineFailed", lineNumber, error })
      countFailures(part.failures)
      keep.deliver(delivered)
    }
  })
  const chunks = yield* FiberSet.make<void, EngineError>()
  const act = Effect.fnUntraced(function* (chunk: RowChunk) {
    const whole: ChunkTask = { ...chunk, id: taskId++, attempt: 1, isAlone: false }
    progress.admitted(chunk.count)
    admission.admitted(whole)
    const [task = whole, ...others] = actors.withoutCanceled(whole)
    const acting =
      others.length === 0
        ? actors.act(task)
        : Effect.forEach([task, ...others], actors.act, { concurrency: "unbounded" }).pipe(
            Effect.map((open) => open.reduce((sum, each) => sum + each, 0))
          )
    yield* FiberSet.run(chunks, Effect.map(acting, (open) => admission.chunkEnded(open)).pipe(Effect.tapCause(fail)))
  })

  // Rooms 1 and 2: rows are read when there is room for them.
  const admitting = Effect.gen(function* () {
    if (earlier !== undefined) yield* Effect.uninterruptible(engineCall(() => fold.add(earlier.parts)))
    for (let position = 0; ; ) {
      yield* admission.room
      const isDone = earlier?.done.has(position) ?? false
      const size = isDone ? SKIPPED_AT_ONCE : admission.nextSize(rows.remainingRows)
      const chunk = yield* nextChunk(rows, size.lines, size.bytes)
      if (chunk === undefined) return
      position += chunk.count
      if (earlier === undefined) yield* act(chunk)
      else
        for (const left of rowsLeft(chunk, earlier.done)) {
          yield* admission.room
          yield* act(left)
        }
    }
  })

  const allLines = Effect.gen(function* () {
    // Data that breaks in the middle ends the reading, not the lines that are on their way.
    const done = Effect.exit(admitting).pipe(
      Effect.tap(() => FiberSet.awaitEmpty(chunks)),
      Effect.flatten
    )
    const stopped = yield* Effect.raceFirst(Effect.as(done, undefined), stopSignal(spec))
    if (stopped !== undefined) yield* stop(stopped)
    return stopped
  })

  /** Orders that come while lines run. */
  const take = (order: RunOrder): void => {
    if (order.type === "pause" || order.type === "continue") {
      const isPaused = order.type === "pause"
      admission.pause(isPaused)
      // Whether others see it is worth no failure.
      void writer.setPaused(isPaused).catch(() => {})
      spec.onEvent({ type: isPaused ? "Paused" : "Continued" })
    } else if (order.type === "tune") {
      const lines = Math.max(1, Math.ceil(order.concurrency / proxy.lanes))
      admission.tune(lines)
      proxy.tune?.(lines)
    } else if (order.type === "cancelLine" || order.type === "requeueLine") {
      const isTaken = actors.stopLine(order.lineNumber, order.type === "cancelLine" ? "cancel" : "requeue")
      if (!isTaken)
        spec.onEvent({ type: "Warning", message: `line ${order.lineNumber} is done, or cannot be stopped alone` })
    }
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => spec.orders.takeBy(take)),
    (leave) => Effect.sync(leave)
  )
  writer.onOrder(spec.orders.give)

  /** Soft first: lines are asked to stop, and what does not answer in time loses its lane. */
  const stop = Effect.fnUntraced(function* (reason: StopReason) {
    actors.stop()
    proxy.cancel()
    const { reason: cause } = spec.cancel
    const graceMs = (cause instanceof Interruption ? cause.graceMs : undefined) ?? spec.graceMs
    const isQuiet = yield* Effect.timeoutOption(FiberSet.awaitEmpty(chunks), graceMs)
    if (isQuiet._tag === "None") {
      spec.onEvent({
        type: "Warning",
        message: `lines did not stop within ${graceMs} ms (${reason}): ended by force`
      })
      yield* Effect.promise(() => proxy.close(0))
      yield* FiberSet.clear(chunks)
    }
  })

  /** What was delivered is kept and folded, whatever ended the lines. */
  const settle = Effect.gen(function* () {
    keep.end()
    yield* Fiber.join(keeping)
    yield* engineCall(() => fold.finish())
  })
  const stopped = yield* Effect.raceFirst(allLines, Deferred.await(failed)).pipe(
    Effect.tapCause(() => Effect.ignoreCause(settle))
  )
  yield* settle
  spec.onEvent({ type: "Progress", progress: progress.now() })
  if (stopped === undefined) countFailures([])
  const tooMany = yield* Deferred.poll(failed)
  if (tooMany._tag === "Some") yield* tooMany.value
  return stopped
}, Effect.scoped)

/** Opens the data and tries the mapping on its first row, so that a mistake is told before a run exists. */
function openData(spec: BatchSpec): Effect.Effect<RowReader, EngineError, Scope.Scope> {
  const { sources, baseDir, maxLines, mapping, plan } = spec
  const open = () =>
    openMappedRows({
      plan,
      mapping,
      sources,
      baseDir,
      ...(maxLines === undefined ? {} : { maxLines }),
      isPandas: spec.compat.includes("pandas-data"),
      onWarning: (message) => spec.onEvent({ type: "Warning", message })
    })
  return acquired(
    () => engineCall(open),
    (rows) => closing(spec, "the data", () => rows.close())
  )
}

/** Rows of lines that are done: they are read past, and go nowhere. */
const SKIPPED_AT_ONCE = { lines: 65_536, bytes: 4 << 20 }

/** promptflow's default of four workers, fewer where cores or lines are fewer. */
function laneCount({ workers }: BatchSpec, { totalRows, remainingRows }: RowReader): number {
  if (workers !== undefined) return workers
  const rows = totalRows ?? remainingRows ?? Number.POSITIVE_INFINITY
  return Math.max(1, Math.min(4, availableParallelism(), rows))
}

function nextChunk(rows: RowReader, lines: number, bytes: number): Effect.Effect<RowChunk | undefined, EngineError> {
  return engineCall(async () => rows.take(lines, bytes))
}

/** Ends with the reason when the caller cancels or the batch's time is up; never otherwise. */
function stopSignal(spec: BatchSpec): Effect.Effect<StopReason> {
  const { batchTimeoutMs } = spec
  if (batchTimeoutMs === undefined) return canceled(spec)
  return Effect.raceFirst(canceled(spec), Effect.as(Effect.sleep(batchTimeoutMs), "batch time-out" as const))
}

const canceled = ({ cancel }: BatchSpec): Effect.Effect<StopReason> =>
  Effect.callback((resume) => {
    const onAbort = () => resume(Effect.succeed("canceled"))
    if (cancel.aborted) return onAbort()
    cancel.addEventListener("abort", onAbort, { once: true })
    return Effect.sync(() => cancel.removeEventListener("abort", onAbort))
  })
