import * as fc from "fast-check"
import { expect, test } from "vitest"
import type { StoredChunk } from "../contracts/index.ts"
import { aManifest, aStoredChunk } from "../testing/builders.ts"
import { literal } from "../testing/line-builders.ts"
import { collectLists } from "./aggregate.ts"
import { memoryStore } from "./memory-store.ts"

const keys = ["${inputs.x}", "${a.output}"].map((key) => ({ key, binding: literal(0) }))
const rows = (...lines: ReadonlyArray<readonly string[]>) =>
  new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))

async function listsOf(chunks: readonly StoredChunk[]) {
  const store = memoryStore()
  const writer = await store.createRun(aManifest({ name: "run" }), "2026-01-02T03:04:05.700+00:00")
  await writer.append(chunks, { position: 0, outputBytes: 0 })
  return collectLists(store, "run", keys)
}

test("the lists hold the texts of completed lines as they were written, by line number", async () => {
  const task = await listsOf([
    aStoredChunk({ positions: [2, 3], failed: [3], lineNumbers: [5, 4], aggregation: rows(["1.0", '"c"']) }),
    aStoredChunk({
      positions: [0, 1],
      lineNumbers: [9, 1],
      aggregation: rows(["NaN", "null"], ["12345678901234567890", "[]"])
    })
  ])

  expect(task).toEqual({
    runId: "run",
    lineCount: 3,
    lists: { "${inputs.x}": "[12345678901234567890, 1.0, NaN]", "${a.output}": '[[], "c", null]' }
  })
})

test("no completed line is a list of none for every key", async () => {
  const none = await listsOf([aStoredChunk({ positions: [0], failed: [0], aggregation: new Uint8Array() })])

  expect(none).toEqual({ runId: "run", lineCount: 0, lists: { "${inputs.x}": "[]", "${a.output}": "[]" } })
})

test("at one index all lists speak of the same line, however the chunks came home", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 20 }),
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      async (lineNumbers, failures) => {
        const chunks = lineNumbers.map((lineNumber, position) =>
          aStoredChunk({
            positions: [position],
            lineNumbers: [lineNumber],
            failed: failures[position] ? [position] : [],
            aggregation: failures[position] ? new Uint8Array() : rows([`${lineNumber}`, `"${lineNumber}"`])
          })
        )

        const { lists, lineCount } = await listsOf(chunks.toReversed())

        const expected = lineNumbers.filter((_, position) => !failures[position]).sort((a, b) => a - b)
        expect(JSON.parse(lists["${inputs.x}"]!)).toEqual(expected)
        expect(JSON.parse(lists["${a.output}"]!)).toEqual(expected.map(String))
        expect(lineCount).toBe(expected.length)
      }
    )
  ))
