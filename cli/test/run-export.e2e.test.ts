// `run export`: the folder of a run follows from the journal, wherever it is written.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

async function aRun(rows: number) {
  const place = new CommandFolder()
  const data = Array.from({ length: rows }, (_, n) => ({ text: n === 1 ? "bad" : `t${n}` }))
  place.write({ ...SHOUT_FLOW, "data.jsonl": data })
  await place.json(..."run create --flow shout --data data.jsonl --name r1 --progress none".split(" "))
  return { place, folder: join(place.home, ".runs", "r1") }
}

/** Every file by its path, but for the process that wrote the logs. */
const filesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, "utf8").replace(/(?<=\+0000 +)\d+/g, "PID")])
  )

test("a folder that was removed is written again as it was, output.jsonl too", async () => {
  const { place, folder } = await aRun(150)
  const before = filesIn(folder)
  rmSync(folder, { recursive: true })

  const { exitCode, stdout } = await place.run("run", "export", "r1")

  expect([exitCode, stdout]).toEqual([0, `${folder}\n`])
  expect(filesIn(folder)).toEqual(before)
})

test("a run of more than 10,000 lines has the files of its lines where it is exported to", async () => {
  const { place, folder } = await aRun(10_001)
  const isAlone = !existsSync(join(folder, "inputs.jsonl"))

  await place.run("run", "export", "--name", "r1", "--output", "out")

  const rows = (name: string) => readFileSync(place.path("out", name), "utf8").trimEnd().split("\n").length
  expect(isAlone).toBe(true)
  expect([rows("inputs.jsonl"), rows("outputs.jsonl"), rows("flow_outputs/output.jsonl")]).toEqual([
    10_001, 10_000, 10_000
  ])
  expect(readdirSync(place.path("out/flow_logs"))).toHaveLength(10_001)
})

test("a target that is not empty is refused, and nothing is written", async () => {
  const { place } = await aRun(2)
  place.write({ "out/mine.txt": "mine" })

  const { exitCode, stderr } = await place.run("run", "export", "r1", "-o", "out")

  expect(exitCode).toBe(1)
  expect(stderr).toBe(`throughline run export: error: Target path ${place.path("out")} exists and is not empty.\n`)
  expect(readdirSync(place.path("out"))).toEqual(["mine.txt"])
  writeFileSync(place.path("file"), "")
  expect((await place.run("run", "export", "r1", "-o", "file")).exitCode).toBe(1)
})
