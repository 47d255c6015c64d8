// Room 8, fold: kept lines, in any order → `output.jsonl` and the host's lines, in the order of the data.
//
// D1. A line is folded after it was kept, and after every line before it that will ever be.
// D2. The cursor names the bytes that were written: what is after it was folded past a gap, at the end of a run.
// D3. The host's lines are offered one part at a time; a slow host slows the fold, and with it the reader.
// D4. The buffers of a part that is folded whole are freed at once, and with it those of a task it was all of. Left to
//     garbage collection they cost a full one for every 15 MB that comes home, and a tenth of the run's CPU time.

import type { LineResult, OutputCursor } from "../contracts/index.ts"
import { type ErrorRecord, LINE_COMPLETED, parsePythonJson } from "../contracts/index.ts"
import type { DeliveredPart } from "../line/line-actor.ts"
import type { OutputFile } from "./output-file.ts"

/** Consecutive lines of one part. */
interface Segment {
  readonly delivered: DeliveredPart
  readonly from: number
  readonly to: number
}

export interface FoldOptions {
  readonly output: OutputFile
  readonly onFolded: (lines: number, bytes: number) => void
  /** Where the fold begins, in a run that is taken up again. */
  readonly from?: OutputCursor | undefined
  /** Absent when nobody reads the lines. They may be read until the promise is settled. */
  readonly onLines: ((lines: Iterable<LineResult>) => Promise<void>) | undefined
}

export class Fold {
  readonly #options: FoldOptions
  readonly #waiting = new Map<number, Segment>()
  #next: number
  #outputBytes: number
  #gapBytes: number | undefined

  constructor(options: FoldOptions) {
    this.#options = options
    this.#next = options.from?.position ?? 0
    this.#outputBytes = options.from?.outputBytes ?? 0
  }

  get cursor(): OutputCursor {
    return { position: this.#next, outputBytes: this.#gapBytes ?? this.#outputBytes }
  }

  /** Takes kept parts in and folds what is in order. */
  async add(parts: readonly DeliveredPart[]): Promise<void> {
    for (const delivered of parts) {
      for (const segment of segmentsOf(delivered)) this.#waiting.set(delivered.part.positions[segment.from]!, segment)
    }
    const inOrder: Segment[] = []
    for (let segment = this.#waiting.get(this.#next); segment !== undefined; segment = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next)
      this.#next += segment.to - segment.from
      inOrder.push(segment)
    }
    await this.#write(inOrder)
  }

  /** The run is over: folds what is left behind a line that has no result. */
  async finish(): Promise<void> {
    if (this.#waiting.size === 0) return
    this.#gapBytes = this.#outputBytes
    const rest = [...this.#waiting.entries()].sort(([a], [b]) => a - b).map(([, segment]) => segment)
    this.#waiting.clear()
    await this.#write(rest)
  }

  async #write(segments: readonly Segment[]): Promise<void> {
    if (segments.length === 0) return
    const buffers = segments.map(outputOf)
    await this.#options.output.append(buffers)
    let lines = 0
    let bytes = 0
    for (const [i, segment] of segments.entries()) {
      const count = segment.to - segment.from
      lines += count
      this.#outputBytes += buffers[i]!.byteLength
      bytes += weightOf(segment)
      if (this.#options.onLines !== undefined) await this.#options.onLines(linesOf(segment))
    }
    this.#options.onFolded(lines, bytes)
    for (const segment of segments) release(segment)
  }
}

function release({ delivered: { part, task }, from, to }: Segment): void {
  if (to - from !== part.positions.length) return
  free(part.outputs)
  free(part.records)
  if (part.aggregation !== undefined) free(part.aggregation)
  if (part.positions.length === task.count) free(task.bytes)
}

/** Detaches the buffer of bytes that have one to themselves; a view of a shared one is left alone. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength) buffer.transfer(0)
}

function* segmentsOf(delivered: DeliveredPart): Generator<Segment> {
  const { positions } = delivered.part
  let from = 0
  for (let to = 1; to <= positions.length; to++) {
    if (to < positions.length && positions[to] === positions[to - 1]! + 1) continue
    yield { delivered, from, to }
    from = to
  }
}

function outputOf({ delivered: { part }, from, to }: Segment): Uint8Array {
  return part.outputs.subarray(from === 0 ? 0 : part.outputEnds[from - 1]!, part.outputEnds[to - 1]!)
}

/** The segment's share of the bytes that `Admission` counted for its chunk and its part. */
function weightOf({ delivered: { part, task }, from, to }: Segment): number {
  const lines = to - from
  return (
    ((part.outputs.byteLength + part.records.byteLength) * lines) / part.positions.length +
    (task.bytes.byteLength * lines) / task.count
  )
}

function* linesOf({ delivered: { part }, from, to }: Segment): Generator<LineResult, undefined> {
  const errors = new Map(part.failures.map((failure) => [failure.position, failure.error]))
  const decoder = new TextDecoder()
  for (let i = from; i < to; i++) {
    const position = part.positions[i]!
    const isCompleted = part.statuses[i] === LINE_COMPLETED
    const bytes = part.outputs.subarray(i === 0 ? 0 : part.outputEnds[i - 1]!, part.outputEnds[i]!)
    yield new FoldedLine(
      position,
      part.lineNumbers?.[i] ?? position,
      isCompleted,
      isCompleted ? decoder.decode(bytes) : undefined,
      errors.get(position)
    )
  }
}

/** A line whose output is parsed when it is first looked at. */
class FoldedLine implements LineResult {
  readonly position: number
  readonly lineNumber: number
  readonly status: LineResult["status"]
  readonly error: ErrorRecord | undefined
  #text: string | undefined
  #output: Readonly<Record<string, unknown>> | undefined

  constructor(
    position: number,
    lineNumber: number,
    isCompleted: boolean,
    text: string | undefined,
    error: ErrorRecord | undefined
  ) {
    this.position = position
    this.lineNumber = lineNumber
    this.status = isCompleted ? "Completed" : "Failed"
    this.#text = text
    this.error = error
  }

  get output(): Readonly<Record<string, unknown>> {
    if (this.#output === undefined) {
      const { line_number: _, ...output } = (this.#text === undefined ? {} : parsePythonJson(this.#text)) as Record<
        string,
        unknown
      >
      this.#output = output
      this.#text = undefined
    }
    return this.#output
  }

  toJSON(): unknown {
    const { lineNumber, status, output, error } = this
    return { lineNumber, status, output, ...(error === undefined ? {} : { error }) }
  }
}
