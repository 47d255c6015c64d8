// `doctor`: one line a thing, and exit 1 only where no flow could run.

import { mkdirSync } from "node:fs"
import { expect, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

interface Finding {
  readonly what: string
  readonly state: string
  readonly told: string
  readonly hint?: string
}

test("each thing has a line, and nothing is written", async () => {
  const place = new CommandFolder()

  const { exitCode, stdout } = await place.run("doctor")

  expect(exitCode).toBe(0)
  expect(
    stdout
      .split("\n")
      .filter((line) => /^(ok|warning|error) /.test(line))
      .map((line) => line.slice(8).split(":")[0])
  ).toEqual(["throughline", "home", "disk", "journal", "Python"])
  expect(stdout).toContain(`home: ${place.home} (made by the first run)`)
})

test("without Python it says what to do, and that some flows do not need it", async () => {
  const place = new CommandFolder({ PATH: "", VIRTUAL_ENV: "" })

  const findings = await place.json<readonly Finding[]>("doctor", "--output", "json")

  expect(findings.at(-1)).toMatchObject({
    what: "Python",
    state: "warning",
    told: "No Python was found. Tried: python3 on PATH. Flows without Python nodes do not need it.",
    hint: expect.stringContaining("install Python 3.9 or later")
  })
})

test("a journal that cannot be read is an error, exit 1", async () => {
  const place = new CommandFolder()
  mkdirSync(place.path("home/journal"), { recursive: true })
  place.write({ "home/journal/data.mdb": "no journal ".repeat(2_000) })

  const { exitCode, stdout } = await place.run("doctor")

  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/^error {3}journal: the journal \S+data\.mdb is damaged: /m)
})
