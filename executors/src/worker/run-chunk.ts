// The short inner stretch of the corridor: rooms 5 (map) and 6 (run), for the lines of this lane's chunks.
// Decides nothing about a line's fate: what was lost goes home as lost, and the line actor tries it again.
//
// U1. Every row of a task comes home in exactly one part.
// U2. Lines that compute run one after the other; lines that wait are started until `linesPerLane` are in flight, across
//     the tasks at hand: a chunk is never a barrier.
// U3. Finished lines leave at the end of their task, or 10 ms after the first of them, whichever comes first.

import { threadId } from "node:worker_threads"
import {
  type ChunkPart,
  type ChunkTask,
  type ErrorRecord,
  emptyPart,
  HostLost,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineInputs,
  type LineRecord,
  type LineStatus,
  lineTimeoutRecord,
  nodeTimeoutRecord,
  unexpectedErrorRecord
} from "@throughline/core/contracts"
import { decodeRow, LineInputError, pythonJson } from "@throughline/core/data/thread"
import { ReferenceFailure, type WalkEnd, WalkedLine } from "@throughline/core/walk"
import { BEGAN, CANCEL, CURRENT, type LaneControl } from "../lanes/lane-messages.ts"
import { type CompiledFlow, now } from "./compile-flow.ts"
import { LineOutput } from "./line-output.ts"
import { NodeJournal, readKnown, SLOW_MS, type WaitingLine } from "./node-journal.ts"
import { PartWriter } from "./part-writer.ts"

const FLUSH_MS = 10
/** In flight at once where lines do not wait: enough calls to fill the frames of a language's process. */
const LINES_IN_FLIGHT = 256

interface RunningTask {
  readonly task: ChunkTask
  readonly text: Buffer
  readonly writer: PartWriter
  nextRow: number
  /** Rows that have not been put into a part yet. */
  open: number
  /** By position: records of nodes from an earlier attempt. */
  readonly known: ReturnType<typeof readKnown>
}

interface InFlight extends WaitingLine {
  readonly cancel: (reason: unknown) => void
}

interface RunningLine {
  readonly running: RunningTask
  readonly position: number
  readonly lineNumber: number
  readonly startMs: number
}

export interface RunnerOptions {
  readonly linesPerLane: number
  readonly lineTimeoutMs: number | undefined
  readonly maxOutputBytes: number
  /** Where images of outputs are written; `undefined`: they stay in the outputs. */
  readonly outputDir: string | undefined
  readonly journaled: readonly number[]
  readonly onWarning: (message: string) => void
  readonly control: LaneControl
  readonly emit: (part: ChunkPart) => void
}

export class ChunkRunner {
  readonly #flow: CompiledFlow
  readonly #options: RunnerOptions
  readonly #nodeNames: readonly string[]
  readonly #tasks: RunningTask[] = []
  /** Every line that waits, by position. */
  readonly #inFlight = new Map<number, InFlight>()
  /** Positions of lines that were canceled before they began. */
  readonly #skipped = new Set<number>()
  #linesPerLane: number
  readonly #journal: NodeJournal
  readonly #onSlow: WalkedLine["onSlow"]
  /** The task whose line is walked now. */
  #walking = 0
  #flushTimer: NodeJS.Timeout | undefined
  readonly #output: LineOutput
  #isWaiting: boolean
  /** When the time that the next part accounts for began. */
  #markMs = 0
  /** When the last line ended. */
  #endMs = 0
  /** A line ended before its tools did: they may be running still. */
  #hasLeftTools = false

  constructor(flow: CompiledFlow, options: RunnerOptions) {
    this.#flow = flow
    this.#options = options
    this.#linesPerLane = options.linesPerLane
    // An entry's line has no nodes that promptflow would count.
    this.#nodeNames = flow.plan.kind === "dag" ? flow.plan.nodes.map((node) => node.name) : []
    this.#isWaiting = flow.mayWait()
    this.#journal = new NodeJournal({
      journaled: options.journaled,
      prepare: flow.prepare,
      waiting: this.#inFlight,
      now,
      emit: (taskId, unfinished) => options.emit({ ...emptyPart(taskId), unfinished }),
      onWarning: options.onWarning
    })
    if (this.#journal.isOn) {
      this.#onSlow = (walked, progress) => this.#journal.tell(this.#walking, walked, progress)
    }
    this.#output = new LineOutput(flow, options.maxOutputBytes, options.outputDir)
  }

  /** Takes a chunk in; its parts go to `emit`. */
  run(task: ChunkTask): void {
    if (this.#tasks.length === 0) this.#markMs = now()
    const { buffer, byteOffset, byteLength } = task.bytes
    this.#tasks.push({
      task,
      text: Buffer.from(buffer, byteOffset, byteLength),
      writer: new PartWriter(this.#nodeNames, this.#flow.aggregationRow !== undefined, task),
      nextRow: 0,
      open: task.count,
      known: readKnown(task.known, this.#options.journaled)
    })
    this.#pump()
  }

  /** Makes ready for another run. False where tools of the one before may be running still. */
  renew(outputDir: string | undefined): boolean {
    this.#output.folder = outputDir
    return !this.#hasLeftTools
  }

  /** Stops the lines of one task, or of all: those in flight are aborted, those that wait come home canceled. */
  cancel(taskId?: number): void {
    for (const running of [...this.#tasks]) {
      if (taskId !== undefined && running.task.id !== taskId) continue
      const { firstPosition, count } = running.task
      for (; running.nextRow < count; running.nextRow++) running.writer.addCanceled(firstPosition + running.nextRow)
      for (let position = firstPosition; position < firstPosition + count; position++) {
        this.#inFlight.get(position)?.cancel(new DOMException("The line was canceled.", "AbortError"))
      }
    }
    this.#pump()
  }

  /** Stops one line that waits, or has yet to begin. */
  cancelLine(position: number): void {
    const line = this.#inFlight.get(position)
    if (line !== undefined) line.cancel(new DOMException("The line was canceled.", "AbortError"))
    else if (this.#tasks.some((running) => isToBegin(running, position))) this.#skipped.add(position)
  }

  tune(linesPerLane: number): void {
    this.#linesPerLane = linesPerLane
    this.#pump()
  }

  /** Starts lines while there are rows and room. */
  #pump(): void {
    const { control } = this.#options
    const linesPerLane = this.#linesPerLane
    for (let i = 0; i < this.#tasks.length; ) {
      const running = this.#tasks[i]!
      const { count } = running.task
      while (running.nextRow < count) {
        // Asked for every line: the first call of a tool may be what shows that it waits.
        if (this.#inFlight.size >= (this.#isWaiting ? linesPerLane : LINES_IN_FLIGHT)) {
          this.#flushSoon(running)
          this.#afterPump()
          return
        }
        const isSkipped = this.#skipped.size > 0 && this.#skipped.delete(running.task.firstPosition + running.nextRow)
        if (isSkipped || Atomics.load(control.flags, CANCEL) === 1)
          running.writer.addCanceled(running.task.firstPosition + running.nextRow++)
        else this.#startRow(running)
        if (!this.#isWaiting && running.writer.size > 0 && this.#endMs - this.#markMs > 5 * FLUSH_MS) {
          this.#flushTask(running)
        }
      }
      this.#flushSoon(running)
      if (running.open === 0) this.#tasks.splice(i, 1)
      else i++
    }
    this.#afterPump()
  }

  #afterPump(): void {
    for (const host of this.#flow.hosts) host.flush?.()
  }

  #startRow(running: RunningTask): void {
    const { control } = this.#options
    const { task, text } = running
    const row = running.nextRow++
    const position = task.firstPosition + row
    const lineNumber = task.lineNumbers?.[row] ?? position
    const startMs = now()
    const line: RunningLine = { running, position, lineNumber, startMs }
    // The time first: whoever sees the line must not see the time of the one before it.
    control.times[BEGAN] = startMs
    Atomics.store(control.flags, CURRENT, position + 1)

    let inputs: LineInputs
    try {
      const parsed = this.#flow.parseRow(decodeRow(text, task.spans[2 * row]!, task.spans[2 * row + 1]!))
      inputs = this.#flow.readInputs(parsed, lineNumber)
    } catch (error) {
      Atomics.store(control.flags, CURRENT, 0)
      this.#finish(line, "Failed", [], recordOfInputError(error, placeOf(running, row)))
      return
    }

    const walked = new WalkedLine(position, lineNumber)
    if (running.known !== undefined) walked.known = running.known.get(position)
    if (this.#onSlow !== undefined) {
      walked.slowAtMs = startMs + SLOW_MS
      walked.onSlow = this.#onSlow
      this.#walking = task.id
    }
    let end: WalkEnd | Promise<WalkEnd>
    try {
      end = this.#flow.walk(inputs, walked, startMs)
    } catch (error) {
      Atomics.store(control.flags, CURRENT, 0)
      this.#finishThrown(line, error)
      return
    }
    Atomics.store(control.flags, CURRENT, 0)
    if (end instanceof Promise) {
      this.#isWaiting = this.#isWaiting || this.#flow.mayWait()
      this.#await(line, end, walked)
    } else this.#finishWalked(line, end)
  }

  /** A line that waits: it ends by itself, by its time limit, or by cancellation, whichever comes first. */
  #await(line: RunningLine, end: Promise<WalkEnd>, walked: WalkedLine): void {
    const limitMs = this.#options.lineTimeoutMs
    let isOver = false
    let timer: NodeJS.Timeout | undefined
    const once = (finish: () => void) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      this.#inFlight.delete(line.position)
      finish()
      for (const host of this.#flow.hosts) host.releaseLine?.(line.position)
      this.#flushSoon(line.running)
      this.#pump()
    }
    const abort = (reason: unknown, finish: () => void) => {
      once(finish)
      this.#hasLeftTools = true
      walked.abort(reason)
    }
    this.#inFlight.set(line.position, {
      walked,
      startMs: line.startMs,
      taskId: line.running.task.id,
      cancel: (reason) => abort(reason, () => line.running.writer.addCanceled(line.position))
    })
    this.#journal.watch()
    if (limitMs !== undefined) {
      const overrun = (isCertain: boolean) => {
        const record = lineTimeoutRecord(line.lineNumber, limitMs)
        const { writer } = line.running
        abort(new DOMException(record.message, "TimeoutError"), () =>
          isCertain ? this.#finishOverrun(line, walked, limitMs, record) : writer.addLost(line.position, record.message)
        )
      }
      const check = async () => {
        let leftMs = this.#timeLeft(line, limitMs)
        let isCertain = true
        if (leftMs <= 0) {
          for (const host of this.#flow.hosts) isCertain &&= (await host.tellsWhoRuns?.()) ?? true
          // What it asked for may have brought the line's end.
          leftMs = this.#timeLeft(line, limitMs)
        }
        if (isOver) return
        if (leftMs <= 0) overrun(isCertain)
        else timer = setTimeout(check, leftMs)
      }
      timer = setTimeout(check, limitMs)
    }
    end.then(
      (result) => once(() => this.#finishWalked(line, result)),
      (error: unknown) => once(() => this.#finishThrown(line, error))
    )
  }

  /** The line is out of time: its nodes keep what they have. */
  #finishOverrun(line: RunningLine, walked: WalkedLine, limitMs: number, record: ErrorRecord): void {
    const end = walked.underWay?.cutShort(nodeTimeoutRecord(limitMs))
    this.#finish(line, "Failed", end?.records ?? [], record)
  }

  /** Milliseconds until the line is out of time. While it waits for calls of other lines, its time stands still. */
  #timeLeft({ position, startMs }: RunningLine, limitMs: number): number {
    let sinceMs = startMs
    for (const host of this.#flow.hosts) sinceMs = Math.max(sinceMs, host.runningSinceMs?.(position) ?? 0)
    return sinceMs === Number.POSITIVE_INFINITY ? limitMs : sinceMs + limitMs - now()
  }

  #finishWalked(line: RunningLine, end: WalkEnd): void {
    if (end.error !== undefined) {
      this.#finish(line, "Failed", end.records, end.error, end.atMs)
      return
    }
    const { output } = line.running.writer
    const start = output.at
    let error = this.#output.write(output, line.lineNumber, end)
    let aggregation = ""
    if (error === undefined && this.#flow.aggregationRow !== undefined) {
      try {
        aggregation = `${JSON.stringify(this.#flow.aggregationRow(end).map(pythonJson))}\n`
      } catch (thrown) {
        error = thrown instanceof ReferenceFailure ? thrown.record : unexpectedErrorRecord(thrown, "Executor")
      }
    }
    if (error !== undefined) {
      output.at = start
      this.#finish(line, "Failed", end.records, error, end.atMs)
      return
    }
    this.#finish(line, "Completed", end.records, undefined, end.atMs, aggregation)
  }

  #finishThrown(line: RunningLine, error: unknown): void {
    if (error instanceof HostLost) {
      line.running.writer.addLost(line.position, error.message)
    } else {
      this.#finish(line, "Failed", [], unexpectedErrorRecord(error, "Executor"))
    }
  }

  #finish(
    { running, position, lineNumber, startMs }: RunningLine,
    status: LineStatus,
    nodes: LineRecord["nodes"],
    error: ErrorRecord | undefined,
    endMs = now(),
    aggregation = ""
  ): void {
    const { attempt } = running.task
    this.#endMs = endMs
    const record: LineRecord =
      error === undefined
        ? { position, lineNumber, status, startMs, endMs, threadId, attempt, nodes }
        : { position, lineNumber, status, startMs, endMs, threadId, attempt, nodes, error }
    running.writer.add(status === "Completed" ? LINE_COMPLETED : LINE_FAILED, record, aggregation)
  }

  /** What has finished leaves now when it is all that was left of the task, or much; else with the timer. */
  #flushSoon(running: RunningTask): void {
    if (running.writer.size === 0) return
    if (running.open === running.writer.size || running.writer.output.at > 1 << 20) {
      this.#flushTask(running)
      return
    }
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined
      for (const task of this.#tasks) if (task.writer.size > 0) this.#flushTask(task)
    }, FLUSH_MS)
  }

  #flushTask(running: RunningTask): void {
    const { size } = running.writer
    if (size === 0) return
    running.open -= size
    const nowMs = now()
    const laneMs = nowMs - this.#markMs
    this.#markMs = nowMs
    this.#options.emit(running.writer.take(running.task.id, laneMs, this.#isWaiting, running.open === 0))
  }
}

const isToBegin = ({ task, nextRow }: RunningTask, position: number): boolean =>
  position >= task.firstPosition + nextRow && position < task.firstPosition + task.count

function recordOfInputError(error: unknown, place: string | undefined): ErrorRecord {
  const record = error instanceof LineInputError ? error.record : unexpectedErrorRecord(error, "Executor")
  return place === undefined || record.place !== undefined ? record : { ...record, place }
}

/** `file:line` of a row, where the chunk is a piece of a file. */
function placeOf({ task, text }: RunningTask, row: number): string | undefined {
  if (task.origin === undefined) return undefined
  let line = task.origin.line
  const start = task.spans[2 * row]!
  for (let at = text.indexOf(10); at >= 0 && at < start; at = text.indexOf(10, at + 1)) line++
  return `${task.origin.file}:${line}`
}
