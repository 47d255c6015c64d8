// Runs every case and holds it against its record. Two at a time: each has a thread and, mostly, a Python process.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Case, readCases, readRecord } from "../src/case.ts"
import { problem } from "../src/compare.ts"
import { BETTER, WAITING, WITH_PANDAS_DATA } from "../src/expectations.ts"
import { runOurs } from "../src/ours.ts"
import { differences, withoutMessages } from "../src/outcome.ts"
import { conformancePage, pageFile } from "../src/page.ts"

const cases = readCases()

describe("every case", () => {
  test.concurrent.each(cases.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const ours = await runOurs(each.job)

    expect(problem(each, readRecord(each), ours)).toBeUndefined()
  })
})

describe("with pandas-data the data is read as promptflow reads it", () => {
  const asked = cases.filter(({ name }) => WITH_PANDAS_DATA.includes(name))
  test.concurrent.each(asked.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const ours = await runOurs({ ...each.job, compat: ["pandas-data"] })

    expect(differences(readRecord(each).promptflow, withoutMessages(ours))).toEqual([])
  })
})

test("there are cases for every chapter, and the lists name cases that exist", () => {
  const names = new Set(cases.map(({ name }) => name))

  expect(cases.length).toBeGreaterThanOrEqual(120)
  expect(
    [...Object.keys(BETTER), ...Object.keys(WAITING), ...WITH_PANDAS_DATA].filter((name) => !names.has(name))
  ).toEqual([])
})

test("a case is found wanting when an output, a status or an error differs", () => {
  const each: Case = { name: "a", feature: "b", behaviour: "c", folder: "/", job: { flow: "/", data: {} } }
  const promptflow = { status: "Completed", outputs: ['{"line_number": 0}'], error: { codes: ["UserError", "Some"] } }

  expect(problem(each, { promptflow }, { ...promptflow })).toBeUndefined()
  expect(problem(each, { promptflow }, { ...promptflow, status: "Failed" })).toMatch(/^a: status: recorded "Completed"/)
  expect(problem(each, { promptflow }, { ...promptflow, outputs: [] })).toMatch(/outputs\[0\]/)
  expect(problem(each, { promptflow }, { ...promptflow, error: { codes: ["UserError"] } })).toMatch(/error\.codes\[1\]/)
})

test("docs/conformance.md says what the cases and the lists say", () => {
  expect(readFileSync(pageFile, "utf8")).toBe(conformancePage(cases))
})
