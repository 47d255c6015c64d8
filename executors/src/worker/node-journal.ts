// Results of nodes whose line takes long, sent home while the line goes on: a line that is begun again, in this process or
// the next, does not call those nodes a second time.
//
// J1. A result is sent once, and never after its line's own part.
// J2. Only a value that comes back as it was is sent: plain data, and foreign values that are no more than their text. A
//     node whose result is anything else is called again.
// J3. Lines that are done within `SLOW_MS` cost nothing but one comparison a node.

import {
  ForeignValue,
  type NodeRecord,
  type NodeResults,
  type PreparedTool,
  unexpectedErrorRecord
} from "@throughline/core/contracts"
import type { WalkedLine, WalkProgress } from "@throughline/core/walk"
import { Packr } from "msgpackr/pack"

export const SLOW_MS = 300
const LOOK_EVERY_MS = 100
/** A value with more members than this is not looked through: its node is called again. */
const MOST_MEMBERS = 100_000

const packr = new Packr({ useRecords: true })

/** A line that waits. */
export interface WaitingLine {
  readonly walked: WalkedLine
  readonly startMs: number
  readonly taskId: number
}

export interface NodeJournalOptions {
  /** Indexes of the nodes whose results are sent. */
  readonly journaled: readonly number[]
  readonly prepare: (index: number) => Promise<PreparedTool>
  /** The lines that wait now, by position. */
  readonly waiting: ReadonlyMap<number, WaitingLine>
  readonly now: () => number
  readonly emit: (taskId: number, results: readonly NodeResults[]) => void
  readonly onWarning: (message: string) => void
}

export class NodeJournal {
  readonly #options: NodeJournalOptions
  readonly #journaled: ReadonlySet<number>
  #timer: NodeJS.Timeout | undefined

  constructor(options: NodeJournalOptions) {
    this.#options = options
    this.#journaled = new Set(options.journaled)
  }

  get isOn(): boolean {
    return this.#journaled.size > 0
  }

  /** Looks at the waiting lines now and then, as long as there are any. */
  watch(): void {
    if (this.isOn) this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  /** A line that keeps its thread has come to this; nobody else can look meanwhile. */
  tell(taskId: number, walked: WalkedLine, progress: WalkProgress): void {
    const records = this.#untold(walked, progress).filter(({ node }) => !isHeld(progress.values[node]))
    this.#emit(taskId, [resultsOf(walked, records)])
  }

  #look(): void {
    const { waiting, now } = this.#options
    if (waiting.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const before = now() - SLOW_MS
    const byTask = new Map<number, Array<NodeResults | undefined>>()
    for (const line of waiting.values()) {
      const { walked, startMs, taskId } = line
      const { underWay } = walked
      if (startMs > before || underWay === undefined || underWay.records.length === walked.told) continue
      const records = this.#untold(walked, underWay)
      const held = records.filter(({ node }) => isHeld(underWay.values[node]))
      if (held.length > 0) void this.#tellHeld(line, underWay, held)
      const results = resultsOf(
        walked,
        records.filter((record) => !held.includes(record))
      )
      byTask.set(taskId, [...(byTask.get(taskId) ?? []), results])
    }
    for (const [taskId, results] of byTask) this.#emit(taskId, results)
  }

  /** Results that live in another process: it is asked first whether their text is all there is. */
  async #tellHeld(line: WaitingLine, { values }: WalkProgress, held: readonly NodeRecord[]): Promise<void> {
    const { prepare, waiting, onWarning } = this.#options
    const { walked, taskId } = line
    try {
      for (const record of held) {
        const tool = await prepare(record.node)
        const [isPlain] = (await tool.arePlain?.([values[record.node] as ForeignValue])) ?? []
        if (isPlain === true && waiting.get(walked.position) === line) this.#emit(taskId, [resultsOf(walked, [record])])
      }
    } catch (error) {
      onWarning(`results of line ${walked.lineNumber} could not be kept: ${unexpectedErrorRecord(error).message}`)
    }
  }

  /** What was not told of before, and can be. */
  #untold(walked: WalkedLine, { records, values }: WalkProgress): NodeRecord[] {
    const untold = records
      .slice(walked.told)
      .filter(({ node, status }) => status === "Completed" && this.#journaled.has(node) && comesBack(values[node]))
    walked.told = records.length
    return untold
  }

  #emit(taskId: number, results: readonly (NodeResults | undefined)[]): void {
    const some = results.filter((each) => each !== undefined)
    if (some.length > 0) this.#options.emit(taskId, some)
  }
}

/** Records by position, of what a task knows from before. */
export function readKnown(
  known: readonly NodeResults[] | undefined,
  journaled: readonly number[]
): ReadonlyMap<number, readonly NodeRecord[]> | undefined {
  if (known === undefined) return undefined
  const byPosition = new Map<number, NodeRecord[]>()
  for (const { position, nodes } of known) {
    const records = (packr.unpack(nodes) as NodeRecord[]).filter(({ node }) => journaled.includes(node))
    byPosition.set(position, [...(byPosition.get(position) ?? []), ...records])
  }
  return byPosition
}

function resultsOf({ position }: WalkedLine, records: readonly NodeRecord[]): NodeResults | undefined {
  const [first] = records
  if (first === undefined) return undefined
  // A view into the packer's pool: what is sent must have bytes of its own.
  return { position, firstNode: first.node, nodes: Uint8Array.from(packr.pack(records)) }
}

const isHeld = (value: unknown): boolean => value instanceof ForeignValue && value.handle !== undefined

function comesBack(value: unknown): boolean {
  if (value instanceof ForeignValue) return value.isSerializable
  let left = MOST_MEMBERS
  const isPlain = (each: unknown): boolean => {
    if (each === null || typeof each === "string" || typeof each === "number" || typeof each === "boolean") return true
    if (typeof each !== "object") return false
    const members = Object.values(each)
    left -= members.length + 1
    if (left < 0 || Object.hasOwn(each, "__proto__")) return false
    const prototype: unknown = Object.getPrototypeOf(each)
    if (Array.isArray(each))
      return prototype === Array.prototype && members.length === each.length && members.every(isPlain)
    return prototype === Object.prototype && members.every(isPlain)
  }
  return isPlain(value)
}
