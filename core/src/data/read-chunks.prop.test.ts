import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import type { RowChunk } from "../contracts/chunk.ts"
import type { DataSource } from "../contracts/run.ts"
import { parseRow } from "./parse-row.ts"
import { openRows } from "./read-chunks.ts"
import { readJsonl } from "./read-jsonl.ts"
import { rowText } from "./row-text.ts"

const root = mkdtempSync(join(tmpdir(), "throughline-data-"))
afterAll(() => rmSync(root, { recursive: true }))
const file = (ending: string) => join(root, `d${ending}`)

const sizes = fc.infiniteStream(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200 })))
const row = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true, maxKeys: 4 })
  .map((value) => {
    const { line_number: _, ...rest } = value
    return rest
  })
const rows = fc.array(row, { minLength: 1, maxLength: 30 })

function checkSpans(chunk: Pick<RowChunk, "bytes" | "spans" | "count">): void {
  expect(chunk.bytes.byteOffset).toBe(0)
  expect(chunk.bytes.buffer.byteLength).toBe(chunk.bytes.length)
  expect(chunk.spans.length).toBe(2 * chunk.count)
  let before = 0
  for (const [i, edge] of chunk.spans.entries()) {
    expect(i % 2 === 0 ? edge >= before : edge > before).toBe(true)
    before = edge
  }
  expect(before).toBeLessThanOrEqual(chunk.bytes.length)
}

async function takeAll(source: DataSource, steps: Iterator<[number, number]>): Promise<readonly string[]> {
  const reader = await openRows({ sources: { data: source }, baseDir: root, onWarning: () => {} })
  const texts: string[] = []
  while (true) {
    const [maxRows, maxBytes] = steps.next().value as [number, number]
    const chunk = await reader.take(maxRows, maxBytes)
    if (chunk === undefined) break
    checkSpans(chunk)
    expect(chunk.count).toBeLessThanOrEqual(maxRows)
    expect(chunk.firstPosition).toBe(texts.length)
    for (let i = 0; i < chunk.count; i++) texts.push(rowText(chunk, i))
  }
  await reader.close()
  return texts
}

test("rows in memory come back as they were, whatever the chunk sizes (R1, C1, C2)", () =>
  fc.assert(
    fc.asyncProperty(rows, sizes, async (data, steps) => {
      expect((await takeAll(data, steps)).map((text) => parseRow(text))).toEqual(data)
    })
  ))

test("an iterable gives what a list gives", () =>
  fc.assert(
    fc.asyncProperty(rows, sizes, sizes, async (data, steps, others) => {
      const iterable = (async function* () {
        yield* data
      })()
      expect(await takeAll(iterable, steps)).toEqual(await takeAll(data, others))
    })
  ))

test("a file's lines come out as they stand, whatever the blocks, chunks, blank lines and line ends (J1, R1)", () => {
  const line = fc.tuple(
    rows.map((data) => JSON.stringify(data[0])),
    fc.constantFrom("\n", "\r\n", "\n\n", "\n \r\n", "\r\n\t\n")
  )
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 16, max: 300 }),
      sizes,
      (lines, isOpenEnd, blockBytes, steps) => {
        const whole = lines.map(([text, end]) => text + end).join("")
        const content = isOpenEnd ? whole.trimEnd() : whole
        writeFileSync(file(".jsonl"), content)
        const feed = readJsonl({ path: file(".jsonl"), label: "d.jsonl", maxRowBytes: 1e6, blockBytes })

        const texts: string[] = []
        while (true) {
          const [maxRows, maxBytes] = steps.next().value as [number, number]
          const chunk = feed.take(maxRows, maxBytes)
          if (chunk === undefined || chunk instanceof Promise) break
          checkSpans(chunk)
          for (let i = 0; i < chunk.count; i++) {
            const text = rowText(chunk, i)
            texts.push(text)
            const place = chunk.placeOf(i)
            expect(content.split("\n")[Number(place.split(":")[1]) - 1]?.trimEnd()).toBe(text)
          }
        }
        void feed.close()

        expect(texts).toEqual(lines.map(([text]) => text))
      }
    )
  )
})

test("what is written as CSV is read back", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "ü", " ", ",", '"', "\n", "\r\n", "\t", "1") })
  const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 })
  return fc.assert(
    fc.asyncProperty(table, sizes, async (cells, steps) => {
      const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
      writeFileSync(file(".csv"), ["a,b", ...cells.map((line) => line.map(quote).join(","))].join("\n"))

      const read = (await takeAll(file(".csv"), steps)).map((text) => parseRow(text))

      expect(read).toEqual(cells.map(([a, b]) => ({ a, b })))
    })
  )
})
