// The package as a host uses it.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { BatchEngine, openRuntime, readLines, writeRunFolder } from "../src/index.ts"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

const ROWS = [{ text: "one" }, { text: "bad" }, { text: "two" }]

function shouting(): CommandFolder {
  const place = new CommandFolder()
  place.write({ ...SHOUT_FLOW, "data.jsonl": ROWS })
  return place
}

test("opening a runtime writes nothing, and its lines come in order", async () => {
  const place = shouting()
  await using runtime = await openRuntime({ home: place.home })
  expect(await runtime.listRuns()).toEqual([])
  expect(existsSync(place.home)).toBe(false)

  const statuses: string[] = []
  for await (const line of runtime.run({ flow: place.path("shout"), data: ROWS, name: "r1" })) {
    statuses.push(`${line.lineNumber} ${line.status} ${JSON.stringify(line.output)}`)
  }

  expect(statuses).toEqual([
    '0 Completed {"loud":"ONE!!","size":5}',
    "1 Failed {}",
    '2 Completed {"loud":"TWO!!","size":5}'
  ])
})

test("a host writes a run's folder and reads its lines back", async () => {
  const place = shouting()
  await using runtime = await openRuntime({ home: place.home })
  await runtime.run({ flow: place.path("shout"), data: place.path("data.jsonl"), name: "r1" }).result()

  const folder = await writeRunFolder(runtime, "r1")
  const lines = await Array.fromAsync(readLines(runtime.store, "r1"))

  expect(folder).toBe(join(place.home, ".runs", "r1"))
  expect(readFileSync(join(folder!, "outputs.jsonl"), "utf8")).toContain('{"loud":"ONE!!","size":5,"line_number":0}')
  expect(lines.map(({ record, inputs, output, nodeInputs }) => [record.status, inputs, output, nodeInputs[0]])).toEqual(
    [
      ["Completed", { text: "one", times: 2 }, { loud: "ONE!!", size: 5 }, { text: "one", times: 2 }],
      ["Failed", { text: "bad", times: 2 }, {}, { text: "bad", times: 2 }],
      ["Completed", { text: "two", times: 2 }, { loud: "TWO!!", size: 5 }, { text: "two", times: 2 }]
    ]
  )
})

test("a BatchEngine without options runs in memory, with our languages", async () => {
  const place = shouting()
  const engine = new BatchEngine(place.path("shout"))

  const result = await engine.run({
    inputDirs: { data: place.path("data.jsonl") },
    inputsMapping: { text: "${data.text}" },
    outputDir: place.path("out")
  })

  expect([result.status, result.completed_lines, result.failed_lines]).toEqual(["Completed", 2, 1])
  expect(readFileSync(place.path("out", "output.jsonl"), "utf8")).toContain(
    '{"line_number": 0, "loud": "ONE!!", "size": 5}'
  )
})
