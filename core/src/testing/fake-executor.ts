// Executors that are functions in this thread: what the engine is tested with. They keep the contract (P1, P2) and
// nothing more: no threads, no mapping, no walk.

import {
  type AggregationReply,
  type AggregationTask,
  type ChunkPart,
  type ChunkProxy,
  type ChunkTask,
  defineExecutor,
  type ExecutorContext,
  type ExecutorDefinition,
  HostLost,
  LaneLost
} from "../contracts/index.ts"
import { anError, aPart, rowText } from "./line-builders.ts"

/** A line as a fake lane sees it. */
export interface FakeLine {
  readonly position: number
  readonly lineNumber: number
  readonly attempt: number
  readonly isAlone: boolean
  readonly row: Readonly<Record<string, unknown>>
}

export interface FakeExecutorOptions {
  readonly lanes?: number
  /**
   * Runs a line. What it gives is the line's one output, `out`; an `Error` fails the line; `HostLost` loses it; `LaneLost`
   * ends the lane with all lines of the chunk that are not home yet. Default: gives the row's `n`.
   */
  readonly runLine?: (line: FakeLine) => unknown
  readonly runAggregation?: (task: AggregationTask) => Promise<AggregationReply>
  readonly isWaiting?: boolean
}

export interface FakeExecutor {
  readonly proxy: ChunkProxy
  /** A definition that runs `javascript` nodes by opening `proxy`. */
  readonly definition: ExecutorDefinition
  /** Every line that was started, in that order. */
  readonly started: FakeLine[]
  readonly contexts: ExecutorContext[]
  readonly canceled: number
  readonly closed: number
}

export function fakeExecutor(options: FakeExecutorOptions = {}): FakeExecutor {
  const { lanes = 1, runLine = ({ row }) => row.n, isWaiting = false } = options
  const started: FakeLine[] = []
  const contexts: ExecutorContext[] = []
  const count = { canceled: 0, closed: 0 }

  const lineOf = (task: ChunkTask, row: number): FakeLine => {
    const position = task.firstPosition + row
    const { attempt, isAlone } = task
    const lineNumber = task.lineNumbers?.[row] ?? position
    return { position, lineNumber, attempt, isAlone, row: JSON.parse(rowText(task, row)) as FakeLine["row"] }
  }

  const runOne = async (line: FakeLine, taskId: number): Promise<ChunkPart> => {
    const { position, lineNumber } = line
    if (count.canceled > 0) return aPart([], { taskId, isWaiting, canceled: [position] })
    started.push(line)
    try {
      const out = await runLine(line)
      if (out === CANCELED) return aPart([], { taskId, isWaiting, canceled: [position] })
      const output = JSON.stringify({ line_number: lineNumber, out: out ?? null })
      return aPart([{ position, lineNumber, output }], { taskId, isWaiting })
    } catch (error) {
      if (error instanceof LaneLost) throw error
      if (error instanceof HostLost) return aPart([], { taskId, isWaiting, lost: [position] })
      return aPart([{ position, lineNumber, error: anError(String(error)) }], { taskId, isWaiting })
    }
  }

  const proxy: ChunkProxy = {
    lanes,
    async runChunk(task, onPart) {
      const lines = Array.from({ length: task.count }, (_, row) => lineOf(task, row))
      if (isWaiting) {
        await Promise.all(lines.map(async (line) => onPart(await runOne(line, task.id))))
        return
      }
      for (const line of lines) onPart(await runOne(line, task.id))
    },
    runAggregation: options.runAggregation ?? (async () => ({ metrics: {}, nodes: [] })),
    cancel: () => {
      count.canceled++
    },
    close: async () => {
      count.closed++
    }
  }
  return {
    proxy,
    definition: defineExecutor({
      language: "javascript",
      hosts: { javascript: { module: "file:///fake-host.mjs", options: {} } },
      open: async (context) => {
        contexts.push(context)
        return proxy
      }
    }),
    started,
    contexts,
    get canceled() {
      return count.canceled
    },
    get closed() {
      return count.closed
    }
  }
}

/** What a fake line gives when it was canceled under way. */
export const CANCELED = Symbol("canceled")

/** An executor that takes chunks and never answers. */
export const silentExecutor = (): FakeExecutor => fakeExecutor({ runLine: () => new Promise(() => {}) })

/** A promise and its ends, for fakes that answer when the test says so. */
export const aGate = <A = void>() => Promise.withResolvers<A>()
