// `store …`, as a user meets it.

import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

const CREATE = ["run", "create", "--flow", "shout", "--data", "data.jsonl", "--name"]

test("info, check, prune and compact look after the journal", async () => {
  const place = new CommandFolder()
  place.write({ ...SHOUT_FLOW, "data.jsonl": [{ text: "a" }] })
  await place.json(...CREATE, "old")
  await place.json(...CREATE, "new")

  const info = await place.json("store", "info")
  const check = await place.run("store", "check")
  const dry = await place.json("store", "prune", "--older-than", "0", "--dry-run")
  const young = await place.json("store", "prune", "--older-than", "1")
  const pruned = await place.json("store", "prune", "--max-size", "0.0001")
  const compacted = await place.json("store", "compact")

  expect(info).toMatchObject({ home: place.home, format: 1, runs: 2 })
  expect(check).toMatchObject({ exitCode: 0, stdout: "[]\n", stderr: "The journal is sound.\n" })
  expect([dry, young, pruned]).toEqual([["old", "new"], [], ["old", "new"]])
  expect(existsSync(place.path("home", ".runs", "old"))).toBe(false)
  expect(compacted).toMatchObject({ runs: 0, free_bytes: 0 })
})

test("prune says what it needs, and an empty home has an empty journal", async () => {
  const place = new CommandFolder()

  expect(await place.run("store", "prune")).toMatchObject({
    exitCode: 1,
    stderr: "throughline store prune: error: give --older-than DAYS, --max-size MB, or both\n"
  })
  expect(await place.json("store", "info")).toMatchObject({ journal: null, runs: 0, file_bytes: 0 })
  expect(existsSync(place.home)).toBe(false)
})
