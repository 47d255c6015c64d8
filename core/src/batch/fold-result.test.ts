import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { LineResult } from "../contracts/index.ts"
import type { DeliveredPart } from "../line/line-actor.ts"
import { type AboutLine, anError, aPart, aTask } from "../testing/line-builders.ts"
import { Fold } from "./fold-result.ts"
import type { OutputFile } from "./output-file.ts"

interface Folding {
  readonly fold: Fold
  readonly text: () => string
  readonly lines: LineResult[]
  readonly folded: { lines: number; bytes: number }
}

function folding(options: { readonly isRead?: boolean } = {}): Folding {
  const chunks: Uint8Array[] = []
  const lines: LineResult[] = []
  const folded = { lines: 0, bytes: 0 }
  const output: OutputFile = {
    path: undefined,
    sizeBytes: 0,
    append: async (buffers) => {
      // The bytes are copied: a file would have them now, whatever happens to the buffers later.
      for (const buffer of buffers) chunks.push(buffer.slice())
    },
    close: async () => {}
  }
  const fold = new Fold({
    output,
    onFolded: (count, bytes) => {
      folded.lines += count
      folded.bytes += bytes
    },
    onLines:
      options.isRead === false
        ? undefined
        : async (part) => {
            lines.push(...part)
          }
  })
  return { fold, lines, folded, text: () => new TextDecoder().decode(Buffer.concat(chunks)) }
}

const delivered = (lines: readonly AboutLine[]): DeliveredPart => {
  const first = lines[0]?.position ?? 0
  const rows = Array.from({ length: (lines.at(-1)?.position ?? 0) - first + 1 }, () => ({}))
  return { part: aPart(lines), task: aTask({ rows, firstPosition: first }) }
}
const line = (position: number): AboutLine => ({
  position,
  output: `{"line_number": ${position}, "out": "é${position}"}`
})
const failed = (position: number): AboutLine => ({ position, error: anError(`no ${position}`) })

describe("kept lines", () => {
  test("go out in the order of the data, each when all before it are there (D1)", async () => {
    const { fold, text, lines } = folding()

    await fold.add([delivered([line(2)])])
    const early = text()
    await fold.add([delivered([line(0), line(1)])])

    expect(early).toBe("")
    expect(text()).toBe([0, 1, 2].map((position) => `${line(position).output}\n`).join(""))
    expect(lines.map(({ position }) => position)).toEqual([0, 1, 2])
  })

  test("that failed take their place and write nothing", async () => {
    const { fold, text, lines } = folding()

    await fold.add([delivered([line(0), failed(1), line(2)])])

    expect(text()).toBe(`${line(0).output}\n${line(2).output}\n`)
    expect(lines.map(({ status, error }) => [status, error?.message])).toEqual([
      ["Completed", undefined],
      ["Failed", "no 1"],
      ["Completed", undefined]
    ])
  })

  test("are shown with their own number and their output without it, parsed when looked at", async () => {
    const { fold, lines } = folding()

    await fold.add([
      delivered([{ position: 0, lineNumber: 40, output: '{"line_number": 40, "score": NaN, "x": [1]}' }])
    ])

    expect(lines[0]).toMatchObject({ position: 0, lineNumber: 40, status: "Completed" })
    expect(lines[0]!.output).toEqual({ score: Number.NaN, x: [1] })
    expect(lines[0]!.output).toBe(lines[0]!.output)
    expect(JSON.parse(JSON.stringify(lines[0]))).toEqual({
      lineNumber: 40,
      status: "Completed",
      output: { score: null, x: [1] }
    })
  })

  test("behind a line that has no result go out at the end, and the cursor stays before the gap (D2)", async () => {
    const { fold, text } = folding()
    await fold.add([delivered([line(0)]), delivered([line(3)]), delivered([line(2)])])
    const before = fold.cursor

    await fold.finish()

    expect(text()).toBe([0, 2, 3].map((position) => `${line(position).output}\n`).join(""))
    expect(fold.cursor).toEqual(before)
    expect(before).toEqual({ position: 1, outputBytes: Buffer.byteLength(line(0).output!) + 1 })
  })

  test("hold back the next part until the host has taken this one (D3)", async () => {
    const gate = Promise.withResolvers<void>()
    const seen: number[][] = []
    const fold = new Fold({
      output: { path: undefined, sizeBytes: 0, append: async () => {}, close: async () => {} },
      onFolded: () => {},
      onLines: (part) => {
        seen.push(Array.from(part, ({ position }) => position))
        return seen.length === 1 ? gate.promise : Promise.resolve()
      }
    })

    const adding = fold.add([delivered([line(0)]), delivered([line(1)])])
    await new Promise((resolve) => setImmediate(resolve))
    const early = [...seen]
    gate.resolve()
    await adding

    expect(early).toEqual([[0]])
    expect(seen).toEqual([[0], [1]])
  })
})

/** A run's lines cut into parts of a random make, in a random order. */
const interleaved = fc
  .array(fc.record({ isFailed: fc.boolean(), part: fc.nat({ max: 5 }) }), { minLength: 1, maxLength: 40 })
  .chain((kinds) => {
    const parts = Map.groupBy(kinds.keys(), (position) => kinds[position]!.part)
    const lines = [...parts.values()].map((positions) =>
      positions.map((position) => (kinds[position]!.isFailed ? failed(position) : line(position)))
    )
    const order = fc.shuffledSubarray(lines, { minLength: lines.length })
    return fc.tuple(fc.constant(kinds), order, fc.infiniteStream(fc.integer({ min: 1, max: 3 })))
  })

test("any interleaving of parts gives the same output, in order, and every line is folded once (D1)", () =>
  fc.assert(
    fc.asyncProperty(interleaved, async ([kinds, parts, groupSizes]) => {
      const { fold, text, lines, folded } = folding()

      const rest = parts.map(delivered)
      const bytes = rest.reduce(
        (sum, { part, task }) =>
          sum + part.outputs.length + part.records.length + task.bytes.length * (part.positions.length / task.count),
        0
      )
      while (rest.length > 0) await fold.add(rest.splice(0, groupSizes.next().value))
      await fold.finish()

      const completed = kinds.flatMap(({ isFailed }, position) => (isFailed ? [] : [position]))
      expect(text()).toBe(completed.map((position) => `${line(position).output}\n`).join(""))
      expect(lines.map(({ position }) => position)).toEqual([...kinds.keys()])
      expect(folded.lines).toBe(kinds.length)
      expect(folded.bytes).toBeCloseTo(bytes, 3)
      expect(fold.cursor).toEqual({ position: kinds.length, outputBytes: Buffer.byteLength(text()) })
    })
  ))
