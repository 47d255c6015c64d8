// What a run has already that is taken up again, or builds on an earlier one: which lines are done, and those of them that `output.jsonl` lacks, told
// from their records as their lane would have written them.
//
// T1. Outputs that are told from the journal are the bytes that the lane wrote: `output.jsonl` ends as if the run had never
//     been interrupted.
// T2. `output.jsonl` is cut at the cursor. One that is shorter, or gone, is written anew from the journal.

import {
  type ChunkPart,
  emptyPart,
  ForeignValue,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineFailure,
  type LineRecord,
  type NodeResults,
  type OutputCursor,
  type RunManifest,
  type RunStore
} from "../contracts/index.ts"
import { compileLineInputs, PositionSet, pythonJson, writeImages } from "../data/thread.ts"
import type { DeliveredPart } from "../line/line-actor.ts"
import { compileDescription, wholeOutputLine } from "../walk/index.ts"
import { keptLines } from "./kept-lines.ts"
import type { OutputFile } from "./output-file.ts"

export interface EarlierLines {
  readonly done: PositionSet
  readonly completed: number
  readonly failed: number
  /** From here on lines are folded. */
  readonly cursor: OutputCursor
  /** The lines that were kept and are not in `output.jsonl`, in the order of the data. */
  readonly parts: readonly DeliveredPart[]
  /** Results of nodes whose lines are not done. */
  readonly known: readonly NodeResults[]
}

const LINES_PER_PART = 256
const BYTES_PER_WRITE = 1 << 20

/** @param output the run's file, cut at the cursor, or empty when it was shorter */
export async function readEarlierLines(
  store: RunStore,
  manifest: RunManifest,
  cursor: OutputCursor,
  output: OutputFile
): Promise<EarlierLines> {
  const { name } = manifest
  const done = new PositionSet()
  let completed = 0
  let failed = 0
  let firstChunk: number | undefined
  for await (const { positions, statuses } of store.readHeaders(name)) {
    done.addAll([positions])
    for (const status of statuses ?? []) if (status === LINE_FAILED) failed++
    completed += positions.length
    if (positions.at(-1)! >= cursor.position) firstChunk ??= positions[0]!
  }
  completed -= failed

  const tell = compileTelling(manifest)
  const isWhole = output.sizeBytes === cursor.outputBytes
  const outputBytes = isWhole ? cursor.outputBytes : await writeAnew(store, name, cursor, output, tell)
  const parts: DeliveredPart[] = []
  let lines: ToldLine[] = []
  const endPart = () => {
    if (lines.length > 0) parts.push(partOf(lines))
    lines = []
  }
  if (firstChunk !== undefined) {
    for await (const { record, row } of keptLines(store, name, firstChunk)) {
      if (record.position < cursor.position) continue
      const follows = lines.length > 0 && lines.at(-1)!.record.position === record.position - 1
      if (!follows || lines.length === LINES_PER_PART) endPart()
      lines.push({ record, output: Buffer.from(tell(record, row)) })
    }
  }
  endPart()
  const known: NodeResults[] = []
  for await (const results of store.readNodeResults(name)) known.push(results)
  return { done, completed, failed, cursor: { position: cursor.position, outputBytes }, parts, known }
}

/** The text of a line in `output.jsonl`, told from its record and its row; empty for one that failed. */
type Tell = (record: LineRecord, row: string) => string

export function compileTelling(manifest: RunManifest): Tell {
  const { plan, columnMapping: mapping, outputDir } = manifest
  const inputsOf = compileLineInputs({ ...manifest, mapping })
  const describe = compileDescription(plan)
  const images =
    outputDir === undefined ? undefined : { folder: outputDir, prefix: "", format: plan.messageFormat ?? "basic" }
  const shown = (value: unknown) => (images === undefined ? value : writeImages(value, images))
  return (record, row) => {
    if (record.status !== "Completed") return ""
    const { lineNumber } = record
    if (record.output !== undefined)
      return `${pythonJson({ line_number: lineNumber, ...(record.output as Record<string, unknown>) })}\n`
    const [entry] = record.nodes
    if (plan.kind !== "dag" && entry !== undefined)
      return wholeOutputLine(
        lineNumber,
        pythonJson(shown(entry.json === undefined ? entry.value : new ForeignValue(entry.json)))
      )
    const { output } = describe(inputsOf(row, lineNumber), record)
    const members = plan.outputs.map(({ name }) => `, ${JSON.stringify(name)}: ${pythonJson(shown(output[name]))}`)
    return `{"line_number": ${lineNumber}${members.join("")}}\n`
  }
}

/** @returns how many bytes the lines before the cursor take */
async function writeAnew(store: RunStore, name: string, cursor: OutputCursor, output: OutputFile, tell: Tell) {
  let buffers: Buffer[] = []
  let waiting = 0
  let written = 0
  const write = async () => {
    await output.append(buffers)
    written += waiting
    buffers = []
    waiting = 0
  }
  for await (const { record, row } of keptLines(store, name)) {
    if (record.position >= cursor.position) break
    const text = Buffer.from(tell(record, row))
    buffers.push(text)
    waiting += text.byteLength
    if (waiting >= BYTES_PER_WRITE) await write()
  }
  await write()
  return written
}

interface ToldLine {
  readonly record: LineRecord
  readonly output: Buffer
}

/** Consecutive kept lines, as they would come home. Their rows and records are in the journal already. */
function partOf(lines: readonly ToldLine[]): DeliveredPart {
  const firstPosition = lines[0]!.record.position
  let end = 0
  const part: ChunkPart = {
    ...emptyPart(-1),
    positions: Uint32Array.from(lines, ({ record }) => record.position),
    lineNumbers: Uint32Array.from(lines, ({ record }) => record.lineNumber),
    statuses: Uint8Array.from(lines, ({ record }) => (record.status === "Completed" ? LINE_COMPLETED : LINE_FAILED)),
    outputs: new Uint8Array(Buffer.concat(lines.map(({ output }) => output))),
    outputEnds: Uint32Array.from(lines, ({ output }) => (end += output.byteLength)),
    records: new Uint8Array(),
    failures: lines.flatMap(({ record: { position, lineNumber, error } }): LineFailure[] =>
      error === undefined ? [] : [{ position, lineNumber, error }]
    ),
    isLast: true
  }
  const nothing = { bytes: new Uint8Array(), spans: new Uint32Array() }
  return {
    part,
    task: { ...nothing, count: lines.length, firstPosition, id: -1, attempt: 1, isAlone: false }
  }
}
