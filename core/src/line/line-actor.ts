// Room 3, act: what may happen to a line and what is done about it. A line is `running` from its first attempt,
// `retrying` when its worker died under it, `done` when it came home; here it is a row of a compact table. Where lines
// wait, they wait in their lane: this file never holds a fiber per line, only one per chunk.
//
// L1. A line is delivered once: the first result that comes home counts, a later one is dropped.
// L2. A dead worker charges nobody: its unfinished lines run again, one at a time, each alone in its lane.
// L3. A line whose worker dies while it is alone is the culprit and fails; so does one that overran its time limit.
// L4. After `stop` nothing is started again; what is lost then is left without a result.

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
  type LineRecord,
  lineTimeoutRecord,
  type NodeResults,
  ToolLoadFailure,
  unexpectedErrorRecord
} from "../contracts/index.ts"
import { sliceRows } from "../data/slice-rows.ts"
import { crashed, isTimeout } from "./line-errors.ts"

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
}

export interface LineActors {
  /**
   * Runs a chunk's lines to their ends. Fails only when the executor itself cannot go on. Gives the number of lines that
   * were left without a result, because the run was stopped.
   */
  readonly act: (task: ChunkTask) => Effect.Effect<number, ExecutorFailed>
  readonly stop: () => void
}

const RUNNING = 0
const RETRYING = 1
const DONE = 2

/** How an attempt ended: `undefined` when every line came home or was canceled. */
type AttemptEnd = LaneLost | undefined

export const makeLineActors = (options: LineActorsOptions): LineActors => {
  const results = new KnownResults(options.known ?? [])
  const alone = Semaphore.makeUnsafe(1)
  let isStopped = false

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
    const receive = receiver(task, task, table, options, results)
    const lost = yield* attempt(results.joinedTo(task), receive)
    for (let row = 0; row < task.count; row++) {
      if (table[row] === DONE || (table[row] === RUNNING && lost === undefined)) continue
      const isOverrun = isTimeout(lost) && lost?.suspect === task.firstPosition + row
      if (isOverrun && options.lineTimeoutMs !== undefined) {
        deliverFailure(task, row, lineTimeoutRecord(lineNumberOf(task, row), options.lineTimeoutMs), options)
        table[row] = DONE
      } else if (!isStopped) {
        yield* Semaphore.withPermits(alone, 1)(retryAlone(task, row, table))
      }
    }
    return table.reduce((open, state) => (state === DONE ? open : open + 1), 0)
  })

  const retryAlone = Effect.fnUntraced(function* (task: ChunkTask, row: number, table: Uint8Array) {
    if (isStopped || table[row] === DONE) return
    table[row] = RUNNING
    const again = oneRow(task, row, options.nextTaskId())
    const receive = receiver(again, task, table, options, results)
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
    }
  }
}

/** Marks what came home of a task in the table of its chunk, and hands on the finished lines of a part. */
function receiver(
  task: ChunkTask,
  chunk: ChunkTask,
  table: Uint8Array,
  { deliver }: LineActorsOptions,
  results: KnownResults
) {
  return (part: ChunkPart): void => {
    const rows = Array.from(part.positions, (position) => position - chunk.firstPosition)
    const isNew = rows.every((row) => table[row] !== DONE)
    // A part is dropped whole when it brings a line a second time; what else it brought runs again.
    for (const row of rows) if (table[row] !== DONE) table[row] = isNew ? DONE : RETRYING
    for (const position of part.lost) {
      const row = position - chunk.firstPosition
      if (table[row] !== DONE) table[row] = RETRYING
    }
    results.receive(part)
    if (isNew && (rows.length > 0 || part.unfinished !== undefined)) deliver({ part, task })
  }
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
