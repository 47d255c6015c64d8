// Runs the random DAGs and holds them against what promptflow made of them. Their tools are JavaScript here, which starts
// faster; some run with Python too.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { dags } from "../src/dags/dag.ts"
import { dagOutcome, histogram, readDagRecords } from "../src/dags/dag-records.ts"
import { writeDag } from "../src/dags/write-dag.ts"
import { runOurs } from "../src/ours.ts"

const records = readDagRecords()
const folder = mkdtempSync(join(tmpdir(), "conformance-dags-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("every feature occurs in at least 30 of at least 300 DAGs", () => {
  const counts = histogram(records)
  console.log(counts)

  expect(records.length).toBeGreaterThanOrEqual(300)
  expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(30)
})

test("the records are of the DAGs that the generator makes", () => {
  expect(records.map(({ dag }) => dag)).toEqual(dags())
})

const numbered = records.map((record, at) => ({ ...record, at }))

describe("what promptflow makes of each is what ours makes", () => {
  test.concurrent.each(numbered)("DAG $at", async ({ dag, promptflow, at }) => {
    const ours = await runOurs(writeDag(dag, join(folder, `javascript-${at}`), "javascript"))

    expect(dagOutcome(dag, ours), JSON.stringify(ours.error)).toEqual(promptflow)
  })

  test.concurrent.each(numbered.filter(({ at }) => at % 20 === 0))(
    "DAG $at, in Python",
    async ({ dag, promptflow, at }) => {
      const ours = await runOurs(writeDag(dag, join(folder, `python-${at}`), "python"))

      expect(dagOutcome(dag, ours), JSON.stringify(ours.error)).toEqual(promptflow)
    }
  )
})
