// Room 3, act: what may happen to a line and what is done about it. A line is `running` from its first attempt,
// `retrying` when its worker died under it, `done` when it came home; here it is a row of a compact table. Where lines
// wait, they wait in their lane: this file never holds a fiber per line, only one per chunk.
//
// L1. A line is delivered once: the first result that comes home counts, a later one is dropped.
// L2. A dead worker charges nobody: its unfinished lines run again, one at a time, each alone in its lane.
// L3. A line whose worker dies while it is alone is the culprit and fails; so does one that overran its time limit.
// L4. After `stop` nothing is started again; what is lost then is left without a result.
// L5. A line that somebody cancels fails; one that is requeued runs again, alone. Both only while it is not done.

import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { ExecutorFailed, toErrorRecord } from "../contracts/errors.ts"
import {
  type ChunkPart,
  type ChunkProxy,
  type ChunkTask,
  type ErrorRecord,
  emptyPart,
  LaneLost,
  LINE_FAILED,
  type LineFailure,
  type LineRecord,
  lineTimeoutRecord,
  type NodeResults,
  ToolLoadFailure,
  unexpectedErrorRecord
} from "../contracts/index.ts"
import { PositionSet } from "../data/position-set.ts"
import { rowsLeft, sliceRows } from "../data/slice-rows.ts"
import type { FailedAttempts } from "./failed-attempts.ts"
import type { Verdict } from "./failure-policy.ts"
import { crashed, isTimeout, lineCanceled } from "./line-errors.ts"

/** Finished lines on the way to room 7, with the task whose rows they came from. */
export interface DeliveredPart {
  readonly part: ChunkPart
  readonly task: ChunkTask
}

export interface LineActorsOptions {
  readonly proxy: ChunkProxy
  readonly lineTimeoutMs: number | undefined
  readonly encodeRecords: (records: readonly LineRecord[]) => Uint8Array
  readonly deliver: (delivered: DeliveredPart) => void
  readonly nextTaskId: () => number
  /** Results of nodes that an earlier run of these lines left. The actors keep what comes home, for a second attempt. */
  readonly known?: readonly NodeResults[]
  /** Absent: a line that fails stays failed. */
  readonly policy?: {
    readonly decide: (failure: LineFailure, attempt: number) => Verdict
    readonly attempts: FailedAttempts
  }
}

export interface LineActors {
  /**
   * Runs a chunk's lines to their ends. Fails only when the executor itself cannot go on. Gives the number of lines that
   * were left without a result, because the run was stopped.
   */
  readonly act: (task: ChunkTask) => Effect.Effect<number, ExecutorFailed>
  readonly stop: () => void
  /**
   * Fails a line, or begins it again alone; at once when it waits, otherwise when it is to begin.
   *
   * @returns false when the line is done already, or the executor cannot stop a single line
   */
  readonly stopLine: (lineNumber: number, how: "cancel" | "requeue") => boolean
  /** The rows of a chunk that are to be run; lines that were canceled before they began fail here. */
  readonly withoutCanceled: (task: ChunkTask) => ChunkTask[]
}

const RUNNING = 0
const RETRYING = 1
const DONE = 2
/** Failed, and to be run again as the policy wants. */
const FAILED = 3

/** How an attempt ended: `undefined` when every line came home or was canceled. */
type AttemptEnd = LaneLost | undefined

export const makeLineActors = (options: LineActorsOptions): LineActors => {
  const results = new KnownResults(options.known ?? [])
  const alone = Semaphore.makeUnsafe(1)
  let isStopped = false
  const live = new Map<number, { readonly task: ChunkTask; readonly table: Uint8Array }>()
  const stopping = new StoppedLines()
  /** By position, of lines that are to be retried. */
  const waitMs = new Map<number, number>()

  const attempt = (task: ChunkTask, onPart: (part: ChunkPart) => void): Effect.Effect<AttemptEnd, ExecutorFailed> =>
    Effect.tryPromise({
      try: () => options.proxy.runChunk(task, onPart),
      catch: (cause) => (cause instanceof LaneLost ? cause : executorFailed(cause))
    }).pipe(
      Effect.as(undefined),
      Effect.catchIf(
        (error): error is LaneLost => error instanceof LaneLost,
        (lost) => Effect.succeed<AttemptEnd>(lost)
      )
    )

  const act = Effect.fnUntraced(function* (task: ChunkTask) {
    const table = new Uint8Array(task.count)
    live.set(task.id, { task, table })
    const receive = receiver(task, task, table, options, results, stopping, waitMs)
    const lost = yield* attempt(results.joinedTo(task), receive)
    if (options.policy !== undefined) yield* retryFailed(task, table)
    for (let row = 0; row < task.count; row++) {
      if (table[row] === DONE || table[row] === FAILED || (table[row] === RUNNING && lost === undefined)) continue
      const isOverrun = isTimeout(lost) && lost?.suspect === task.firstPosition + row
      if (isOverrun && options.lineTimeoutMs !== undefined) {
        deliverFailure(task, row, lineTimeoutRecord(lineNumberOf(task, row), options.lineTimeoutMs), options)
        table[row] = DONE
      } else if (!isStopped) {
        yield* Semaphore.withPermits(alone, 1)(retryAlone(task, row, table))
      }
    }
    live.delete(task.id)
    return table.reduce((open, state) => (state === DONE ? open : open + 1), 0)
  })

  /** Runs the failed lines of a chunk again, side by side, until none is to be retried any more. */
  const retryFailed = Effect.fnUntraced(function* (task: ChunkTask, table: Uint8Array) {
    const retryRow = Effect.fnUntraced(function* (row: number) {
      for (let attempt_ = task.attempt + 1; table[row] === FAILED && !isStopped; attempt_++) {
        yield* Effect.sleep(waitMs.get(task.firstPosition + row) ?? 0)
        const again: ChunkTask = {
          ...oneRow(task, row, options.nextTaskId()),
          attempt: attempt_,
          isAlone: false
        }
        table[row] = RUNNING
        const lost = yield* attempt(
          results.joinedTo(again),
          receiver(again, task, table, options, results, stopping, waitMs)
        )
        // Its worker died: that is another story.
        if (table[row] === RUNNING && lost !== undefined) table[row] = RETRYING
      }
    })
    const failed = Array.from(table.keys()).filter((row) => table[row] === FAILED)
    yield* Effect.forEach(failed, retryRow, { concurrency: "unbounded", discard: true })
  })

  const retryAlone = Effect.fnUntraced(function* (task: ChunkTask, row: number, table: Uint8Array) {
    if (isStopped || table[row] === DONE) return
    table[row] = RUNNING
    const again = oneRow(task, row, options.nextTaskId())
    const receive = receiver(again, task, table, options, results, stopping, waitMs)
    let lostReason: string | undefined
    const lost = yield* attempt(results.joinedTo(again), (part) => {
      lostReason = part.lostReason ?? lostReason
      receive(part)
    })
    const isLost = lost !== undefined || table[row] === RETRYING
    const reason = lost?.message ?? lostReason
    if (table[row] === DONE || !isLost || isStopped) return
    const lineNumber = lineNumberOf(task, row)
    const record =
      isTimeout(lost) && options.lineTimeoutMs !== undefined
        ? lineTimeoutRecord(lineNumber, options.lineTimeoutMs)
        : crashed(lineNumber, reason)
    deliverFailure(again, 0, record, options)
    table[row] = DONE
  })

  return {
    act,
    stop: () => {
      isStopped = true
    },
    stopLine: (lineNumber, how) => {
      for (const { task, table } of live.values()) {
        const row = rowOf(task, lineNumber)
        if (row === undefined) continue
        if (table[row] === DONE || options.proxy.cancelLine === undefined) return false
        stopping.ask(task.firstPosition + row, how)
        options.proxy.cancelLine(task.firstPosition + row)
        return true
      }
      // It has not been read yet, or is done: only the reading can tell. Beginning it again is what will happen anyway.
      if (how === "cancel") stopping.refuse(lineNumber)
      return true
    },
    withoutCanceled: (task) => {
      if (!stopping.refusesAny) return [task]
      const canceled = new PositionSet()
      for (let row = 0; row < task.count; row++) {
        const lineNumber = lineNumberOf(task, row)
        if (!stopping.refuses(lineNumber)) continue
        canceled.addAll([Uint32Array.of(task.firstPosition + row)])
        deliverFailure(task, row, lineCanceled(lineNumber), options)
      }
      return rowsLeft(task, canceled).map((rows) => ({ ...task, ...rows, id: options.nextTaskId() }))
    }
  }
}

/** Lines that someone wants stopped. */
class StoppedLines {
  readonly #asked = new Map<number, "cancel" | "requeue">()
  readonly #refused = new Set<number>()

  get refusesAny(): boolean {
    return this.#refused.size > 0
  }

  ask(position: number, how: "cancel" | "requeue"): void {
    this.#asked.set(position, how)
  }

  /** What was asked of a line that came home canceled. */
  asked(position: number): "cancel" | "requeue" | undefined {
    if (this.#asked.size === 0) return undefined
    const how = this.#asked.get(position)
    this.#asked.delete(position)
    return how
  }

  refuse(lineNumber: number): void {
    this.#refused.add(lineNumber)
  }

  refuses(lineNumber: number): boolean {
    return this.#refused.has(lineNumber)
  }
}

function rowOf(task: ChunkTask, lineNumber: number): number | undefined {
  const row = task.lineNumbers === undefined ? lineNumber - task.firstPosition : task.lineNumbers.indexOf(lineNumber)
  return row >= 0 && row < task.count ? row : undefined
}

/** Marks what came home of a task in the table of its chunk, and hands on the finished lines of a part. */
function receiver(
  task: ChunkTask,
  chunk: ChunkTask,
  table: Uint8Array,
  options: LineActorsOptions,
  results: KnownResults,
  stopping: StoppedLines,
  waitMs: Map<number, number>
) {
  return (home: ChunkPart): void => {
    const part = options.policy === undefined ? home : judged(home, task, chunk, table, options.policy, waitMs)
    const rows = part.positions.map((position) => position - chunk.firstPosition)
    const isNew = rows.every((row) => table[row] !== DONE)
    // A part is dropped whole when it brings a line a second time; what else it brought runs again.
    for (const row of rows) if (table[row] !== DONE) table[row] = isNew ? DONE : RETRYING
    for (const position of part.lost) {
      const row = position - chunk.firstPosition
      if (table[row] !== DONE) table[row] = RETRYING
    }
    for (const position of part.canceled) {
      const row = position - chunk.firstPosition
      const asked = stopping.asked(position)
      if (asked === "requeue") table[row] = RETRYING
      if (asked !== "cancel") continue
      deliverFailure(chunk, row, lineCanceled(lineNumberOf(chunk, row)), options)
      table[row] = DONE
    }
    results.receive(part)
    if (isNew && (rows.length > 0 || part.unfinished !== undefined)) options.deliver({ part, task })
  }
}

/** The part without the lines that are to be run again; those are marked. */
function judged(
  part: ChunkPart,
  task: ChunkTask,
  chunk: ChunkTask,
  table: Uint8Array,
  { decide, attempts }: NonNullable<LineActorsOptions["policy"]>,
  waitMs: Map<number, number>
): ChunkPart {
  const again = new Set<number>()
  for (const failure of part.failures) {
    const row = failure.position - chunk.firstPosition
    if (table[row] === DONE) continue
    const verdict = decide(failure, task.attempt)
    if (verdict.type !== "retry") continue
    again.add(failure.position)
    waitMs.set(failure.position, verdict.waitMs)
    table[row] = FAILED
  }
  return attempts.putIn(again.size === 0 ? part : attempts.takeOut(part, again))
}

/** What is known of lines that are not done: results of their nodes. Most runs have none. */
class KnownResults {
  readonly #byPosition = new Map<number, readonly NodeResults[]>()

  constructor(known: readonly NodeResults[]) {
    for (const each of known) this.#add(each)
  }

  receive({ positions, unfinished = [] }: ChunkPart): void {
    if (this.#byPosition.size > 0) for (const position of positions) this.#byPosition.delete(position)
    for (const each of unfinished) this.#add(each)
  }

  joinedTo(task: ChunkTask): ChunkTask {
    if (this.#byPosition.size === 0) return task
    const known: NodeResults[] = []
    for (let row = 0; row < task.count; row++) known.push(...(this.#byPosition.get(task.firstPosition + row) ?? []))
    return known.length === 0 ? task : { ...task, known }
  }

  #add(results: NodeResults): void {
    this.#byPosition.set(results.position, [...(this.#byPosition.get(results.position) ?? []), results])
  }
}

/** A task that holds one row of another, to be run alone. */
const oneRow = (task: ChunkTask, row: number, id: number): ChunkTask => ({
  ...sliceRows(task, row, row + 1),
  id,
  attempt: task.attempt + 1,
  isAlone: true
})

/** A failed line's part, made here because its worker could not make it. */
function deliverFailure(task: ChunkTask, row: number, error: ErrorRecord, options: LineActorsOptions): void {
  const position = task.firstPosition + row
  const lineNumber = lineNumberOf(task, row)
  const at = performance.timeOrigin + performance.now()
  const record: LineRecord = {
    position,
    lineNumber,
    status: "Failed",
    startMs: at,
    endMs: at,
    threadId: 0,
    attempt: task.attempt,
    nodes: [],
    error
  }
  options.deliver({
    task,
    part: {
      ...emptyPart(task.id),
      positions: Uint32Array.of(position),
      ...(lineNumber === position ? {} : { lineNumbers: Uint32Array.of(lineNumber) }),
      statuses: Uint8Array.of(LINE_FAILED),
      outputs: new Uint8Array(0),
      outputEnds: Uint32Array.of(0),
      records: options.encodeRecords([record]),
      failures: [{ position, lineNumber, error }],
      isLast: true
    }
  })
}

const lineNumberOf = (task: ChunkTask, row: number): number => task.lineNumbers?.[row] ?? task.firstPosition + row

/** A failure of the executor itself, as the one error the run ends with. */
export const executorFailed = (cause: unknown): ExecutorFailed =>
  cause instanceof ExecutorFailed
    ? cause
    : new ExecutorFailed({
        record:
          cause instanceof ToolLoadFailure
            ? cause.record
            : (toErrorRecord(cause) ?? unexpectedErrorRecord(cause, "Executor")),
        cause
      })
