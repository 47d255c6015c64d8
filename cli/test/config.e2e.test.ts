// `config`: what is set is shown, the nearest file wins, and what has no effect is told.

import { mkdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

test("values are texts, keys with dots are nested, and what was there stays", async () => {
  const place = new CommandFolder()

  const first = await place.run("config", "set", "team.name=green", "telemetry.enabled=false")
  await place.run("config", "set", "team.size=3")

  expect([first.exitCode, first.stdout]).toEqual([
    0,
    "Set config [{'team.name': 'green'}, {'telemetry.enabled': 'false'}] successfully.\n"
  ])
  expect(first.stderr).toBe("telemetry.enabled: kept, and without effect here\n")
  expect(await place.json("config", "show")).toEqual({
    team: { name: "green", size: "3" },
    telemetry: { enabled: "false" }
  })
})

test("the nearest pf.yaml wins over the home's, key by key", async () => {
  const place = new CommandFolder()
  await place.run("config", "set", "team.name=green", "team.size=3")
  await place.run("config", "set", "team.name=blue", "--path", ".")

  expect(await place.json("config", "show")).toEqual({ team: { name: "blue", size: "3" } })
  expect(await place.json("config", "show", "--origin")).toEqual([
    { file: place.path("pf.yaml"), config: { team: { name: "blue" } } },
    { file: place.path("home/config.yaml"), config: { team: { name: "green", size: "3" } } }
  ])
})

test("a file that is no configuration is named with its line, and left alone", async () => {
  const place = new CommandFolder()
  mkdirSync(place.home)
  place.write({ "home/config.yaml": "a: 1\nb: [\n" })

  const { exitCode, stderr } = await place.run("config", "set", "a=2")

  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/config\.yaml:\d+: /)
  expect(readFileSync(place.path("home/config.yaml"), "utf8")).toBe("a: 1\nb: [\n")
})

test.each([
  [
    ["config", "set", "run.output_path=${flow_directory}"],
    1,
    "Invalid config value '${flow_directory}' for 'run.output_path'"
  ],
  [["config", "set", "word"], 2, "KEY=VALUE"],
  [["config", "set"], 2, "KEY=VALUE"]
])("%j is refused", async (words, code, message) => {
  const { exitCode, stdout, stderr } = await new CommandFolder().run(...words)

  expect([exitCode, stdout]).toEqual([code, ""])
  expect(stderr).toContain(message)
})
