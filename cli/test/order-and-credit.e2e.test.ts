// Back-pressure through real threads and the journal: what waits is bounded, whoever holds it back, and order holds.
//
// Nothing here is timed. A run is at rest when every line it took is home but those held back, and it asks for no more.

import { readFileSync } from "node:fs"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { ChunkProxy, ExecutorDefinition } from "@throughline/core/contracts"
import { describe, expect, onTestFinished, test } from "vitest"
import { createRuntime, javascript, type LineResult, lmdb, type RunHandle } from "../src/index.ts"
import { CommandFolder } from "./run-command.ts"

const MOST_LINES_AHEAD = 65_536
const MOST_LINES_IN_CHUNK = 1_024
const MOST_BYTES_AHEAD = 32 << 20
const MOST_BYTES_IN_CHUNK = 1 << 20
const WIDE_ROW_BYTES = 6_000

const small = (n: number) => ({ n })
const wide = (n: number) => ({ n, text: "x".repeat(WIDE_ROW_BYTES) })

/** More rows than may wait, and how many of them may be read while the first is held back. */
const BOUNDS = [
  { what: "lines", total: 100_000, row: small, bound: MOST_LINES_AHEAD + MOST_LINES_IN_CHUNK },
  {
    what: "bytes",
    total: 20_000,
    row: wide,
    bound: Math.ceil((MOST_BYTES_AHEAD + MOST_BYTES_IN_CHUNK) / WIDE_ROW_BYTES) + 1
  }
]

describe("while the first line is held back", () => {
  test.each(BOUNDS)("the reader stops at its bound of $what, then all lines come in order", async (bounds) => {
    const { total, row, bound } = bounds
    const gate = aGate()
    const { source, run, outputFile, home } = await start({ total, row, tool: gate.tool })
    const lines = collect(run)

    await gate.isHeld
    await atRest(source, home, 1)
    const readWhileHeld = source.read
    const seenWhileHeld = lines.soFar.length
    gate.open()
    await lines.all
    const result = await run.result()

    expect(readWhileHeld).toBeLessThanOrEqual(bound)
    expect(readWhileHeld).toBeGreaterThan(bound / 4)
    expect(seenWhileHeld).toBe(0)
    expect(lines.soFar.length).toBe(total)
    expect(firstOutOfOrder(lines.soFar)).toBeUndefined()
    expect(result).toMatchObject({ status: "Completed", completed_lines: total, failed_lines: 0 })
    const numbers = readFileSync(outputFile, "utf8")
      .trimEnd()
      .split("\n")
      .map((text) => (JSON.parse(text) as { line_number: number }).line_number)
    expect(numbers.findIndex((number, at) => number !== at)).toBe(-1)
    expect(numbers.length).toBe(total)
  })
})

describe("a reader of lines that stops after the first", () => {
  test.each(BOUNDS)("holds back the source by its bound of $what, and then gets every line once", async (bounds) => {
    const { total, row, bound } = bounds
    const { source, run, home } = await start({ total, row, tool: "export default (n) => n\n" })
    const reader = run[Symbol.asyncIterator]()

    const first = await reader.next()
    await atRest(source, home, 0)
    const readWhileHeld = source.read
    const rest: LineResult[] = []
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) rest.push(next.value)

    expect(readWhileHeld).toBeLessThanOrEqual(bound)
    expect(readWhileHeld).toBeGreaterThan(bound / 4)
    expect(first.value?.lineNumber).toBe(0)
    expect(rest.length).toBe(total - 1)
    expect(firstOutOfOrder([first.value!, ...rest])).toBeUndefined()
    expect((await run.result()).completed_lines).toBe(total)
  })
})

interface Gate {
  /** A tool that gives `n` back; for the first line, only when the gate is opened. */
  readonly tool: string
  readonly isHeld: Promise<void>
  open(): void
}

/** A gate between this thread and a tool's: a named channel that all threads of the process share. */
function aGate(): Gate {
  const name = `gate-${crypto.randomUUID()}`
  const channel = new BroadcastChannel(name)
  onTestFinished(() => channel.close())
  const { promise, resolve } = Promise.withResolvers<void>()
  channel.onmessage = () => resolve()
  return {
    tool: `export default (n) => {
  if (n !== 0) return n
  return new Promise((resolve) => {
    const channel = new BroadcastChannel("${name}")
    channel.onmessage = () => {
      channel.close()
      resolve(n)
    }
    channel.postMessage("held")
  })
}
`,
    isHeld: promise,
    open: () => channel.postMessage("open")
  }
}

/** Rows that count how many of them were taken. */
class CountedSource implements AsyncIterable<unknown> {
  read = 0
  readonly #total: number
  readonly #row: (n: number) => unknown

  constructor(total: number, row: (n: number) => unknown) {
    this.#total = total
    this.#row = row
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    return {
      next: async () =>
        this.read < this.#total ? { done: false, value: this.#row(this.read++) } : { done: true, value: undefined }
    }
  }
}

interface Home {
  lines: number
}

/** The `javascript` executor, with the lines counted that came home from its threads. */
function countingHome(home: Home): ExecutorDefinition {
  const ours = javascript()
  return {
    ...ours,
    open: async (context) => {
      const proxy = (await ours.open(context)) as ChunkProxy
      return {
        lanes: proxy.lanes,
        runChunk: (task, onPart) =>
          proxy.runChunk(task, (part) => {
            home.lines += part.positions.length
            onPart(part)
          }),
        runAggregation: (task) => proxy.runAggregation(task),
        cancelChunk: (taskId) => proxy.cancelChunk?.(taskId),
        cancel: () => proxy.cancel(),
        close: () => proxy.close()
      }
    }
  }
}

interface Sketch {
  readonly total: number
  readonly row: (n: number) => unknown
  readonly tool: string
}

async function start({ total, row, tool }: Sketch) {
  const place = new CommandFolder()
  place.write({
    "flow/tool.mjs": tool,
    "flow/flow.dag.yaml": `
inputs: { n: { type: int } }
outputs: { n: { type: int, reference: "\${give.output}" } }
nodes:
- { name: give, type: javascript, source: { type: code, path: tool.mjs }, inputs: { n: "\${inputs.n}" } }
`
  })
  const home: Home = { lines: 0 }
  const runtime = await createRuntime({ executors: [countingHome(home)], store: lmdb(place.home) })
  onTestFinished(() => runtime.close())
  const source = new CountedSource(total, row)
  const run = runtime.run({ flow: place.path("flow"), data: source, name: "held", workers: 2, graceMs: 1 })
  return { source, home, run, outputFile: `${place.home}/.runs/held/flow_outputs/output.jsonl` }
}

/** Resolves when all lines that were read are home but those held back, and no row is asked for over many turns. */
async function atRest(source: CountedSource, home: Home, held: number): Promise<void> {
  const TURNS = 50
  for (let quietTurns = 0, read = -1; quietTurns < TURNS; ) {
    await nextTurn()
    quietTurns = source.read === read && home.lines === source.read - held ? quietTurns + 1 : 0
    read = source.read
  }
}

/** Reads all lines as they come. */
function collect(run: RunHandle): { readonly soFar: LineResult[]; readonly all: Promise<void> } {
  const soFar: LineResult[] = []
  const read = async () => {
    for await (const line of run) soFar.push(line)
  }
  return { soFar, all: read() }
}

/** The first line that does not stand at its number, or whose output is another's. */
const firstOutOfOrder = (lines: readonly LineResult[]): LineResult | undefined =>
  lines.find((line, at) => line.lineNumber !== at || line.output.n !== at)
