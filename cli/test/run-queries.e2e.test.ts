// The commands that look at runs and change what is written about them.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

const CREATE = ["run", "create", "--flow", "shout", "--data", "data.jsonl"]

async function withRuns(...names: readonly string[]): Promise<CommandFolder> {
  const place = new CommandFolder()
  place.write({ ...SHOUT_FLOW, "data.jsonl": [{ text: "one" }, { text: "bad" }] })
  for (const name of names) await place.json(...CREATE, "-n", name)
  return place
}

const namesOf = (runs: ReadonlyArray<{ readonly name: string }>) => runs.map(({ name }) => name)

test("list is newest first, limited, and leaves archived runs out", async () => {
  const place = await withRuns("a", "b", "c")
  const list = async (...words: readonly string[]) =>
    namesOf(await place.json<ReadonlyArray<{ name: string }>>("run", "list", ...words))

  await place.json("run", "archive", "-n", "b")

  expect(await list()).toEqual(["c", "a"])
  expect(await list("-r", "1")).toEqual(["c"])
  expect(await list("--archived-only")).toEqual(["b"])
  expect(await list("--include-archived", "--all-results")).toEqual(["c", "b", "a"])
  await place.json("run", "restore", "--name", "b")
  expect(await list()).toEqual(["c", "b", "a"])
  expect((await place.run("run", "list", "--archived-only", "--include-archived")).stderr).toContain(
    "Cannot provide both archived-only and include-archived."
  )
})

test("a listed run's error has no details, and the table is one line a run", async () => {
  const place = await withRuns("a")

  const [run] = await place.json<ReadonlyArray<{ error: object }>>("run", "list")
  const table = await place.run("run", "list", "-o", "table")

  expect(Object.keys(run!.error)).toEqual([
    "message",
    "messageFormat",
    "messageParameters",
    "referenceCode",
    "code",
    "innerError"
  ])
  expect(table.stdout).toMatch(/\| a +\| Completed +\| 1\/2 +\| 1 +\|/)
})

test("show, update and stream give the run's object", async () => {
  const place = await withRuns("a")

  const updated = await place.json("run", "update", "a", "--set", "display_name=New", "tags.k=v")
  const streamed = await place.run("run", "stream", "-n", "a")

  expect(updated).toMatchObject({ display_name: "New", tags: { k: "v" } })
  expect(await place.json("run", "show", "-n", "a")).toEqual(updated)
  expect(JSON.parse(streamed.stdout)).toEqual(updated)
  expect(streamed.stderr).toContain("======= Run Summary =======")
})

test("show-details shows inputs, outputs and failures, as a table or as JSON", async () => {
  const place = await withRuns("a")

  const table = await place.run("run", "show-details", "-n", "a")
  const lines = await place.json("run", "show-details", "a", "-o", "json", "-r", "1")

  expect(table.stdout).toContain(
    "| 0 | one         | 0                  | 2            | ONE!!        | 5            |"
  )
  expect(table.stdout).toContain(
    "| 1 | bad         | 1                  | 2            | (Failed)     | (Failed)     |"
  )
  expect(lines).toEqual([
    {
      line_number: 0,
      status: "Completed",
      inputs: { text: "one", line_number: 0, times: 2 },
      outputs: { loud: "ONE!!", size: 5 }
    }
  ])
})

test("show-metrics prints the metrics of a completed run", async () => {
  const place = await withRuns("a")

  expect(await place.json("run", "show-metrics", "-n", "a")).toEqual({})
})

test("delete asks; without an answer nothing is deleted, with --yes the run and its folder are gone", async () => {
  const place = await withRuns("a")
  const folder = join(place.home, ".runs", "a")

  const asked = await place.run("run", "delete", "a")
  expect([asked.exitCode, existsSync(folder)]).toEqual([1, true])

  const deleted = await place.run("run", "delete", "-n", "a", "-y")
  expect(deleted).toEqual({ exitCode: 0, stdout: "", stderr: "" })
  expect(existsSync(folder)).toBe(false)
  expect((await place.run("run", "delete", "a", "-y")).exitCode).toBe(1)
})

test.each(["show", "show-details", "show-metrics", "stream", "archive", "restore"])(
  "%s of an unknown run is an error",
  async (word) => {
    const { exitCode, stdout, stderr } = await new CommandFolder().run("run", word, "--name", "nope")

    expect([exitCode, stdout]).toEqual([1, ""])
    expect(stderr).toBe(`throughline run ${word}: error: Run name 'nope' cannot be found.\n`)
  }
)
