// `run create --dry-run`: what a run would begin with; nothing is run, nothing is recorded.

import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

function dry(rows: unknown, ...words: readonly string[]) {
  const place = new CommandFolder()
  place.write({ ...SHOUT_FLOW, "shout/shout.ts": "throw new Error('this is never loaded')", "data.jsonl": rows })
  return {
    place,
    ended: place.run("run", "create", "--flow", "shout", "--data", "data.jsonl", "--dry-run", ...words)
  }
}

test("the first line's inputs are shown as the flow would get them, and there is no run", async () => {
  const { place, ended } = dry([{ t: "one" }, { t: "two" }], "--column-mapping", "text=${data.t}", "times=3")

  const { exitCode, stdout } = await ended

  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    flow: place.path("shout/flow.dag.yaml"),
    nodes: ["shout", "measure"],
    data: place.path("data.jsonl"),
    column_mapping: { text: "${data.t}", times: "3" },
    first_line: { line_number: 0, inputs: { text: "one", times: 3 } }
  })
  expect(existsSync(place.home)).toBe(false)
})

test("a first line that would fail is told, exit 1", async () => {
  const { exitCode, stderr } = await dry([{ t: "one" }], "--column-mapping", "text=${data.t}", "times=many").ended

  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/error: The first line would fail: The flow input 'times' in line 0 .*"many"/)
})

test("a mapping that leads nowhere is refused as by the run", async () => {
  const { exitCode, stdout, stderr } = await dry([{ t: "one" }], "--column-mapping", "text=${data.m}").ended

  expect([exitCode, stdout]).toEqual([1, ""])
  expect(stderr).toContain("Couldn't find these mapping relations: ${data.m} (line 0). The data has: data.t.")
})
