// Completion: what is offered at the cursor, and that the scripts of the shells that are here get it.

import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { isMissing } from "./missing-tool.ts"
import { CommandFolder } from "./run-command.ts"

const BIN = fileURLToPath(new URL("../bin/throughline.mjs", import.meta.url))

async function offered(place: CommandFolder, ...words: readonly string[]): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await place.run("__complete", ...words)
  expect([exitCode, stderr]).toEqual([0, ""])
  return stdout.split("\n").filter((line) => line !== "")
}

test("groups, commands, options and choices are offered where they may stand", async () => {
  const place = new CommandFolder()

  expect(await offered(place, "")).toEqual(expect.arrayContaining(["flow", "run", "completion", "version"]))
  expect(await offered(place, "flow", "t")).toEqual(["test"])
  expect(await offered(place, "run", "list", "--a")).toEqual(["--all-results", "--archived-only"])
  expect(await offered(place, "flow", "init", "--flow", "x", "--type", "")).toEqual(["standard", "evaluation", "chat"])
  expect(await offered(place, "flow", "test", "--flow", "")).toEqual([])
  expect(await offered(place, "nothing", "of", "the", "kind")).toEqual([])
})

test("runs are offered by name, but no taken name for a new run", async () => {
  const place = new CommandFolder()
  place.write({ ...SHOUT_FLOW, "data.jsonl": [{ text: "a" }] })
  await place.json(..."run create --flow shout --data data.jsonl --name nightly".split(" "))

  expect(await offered(place, "run", "show", "")).toEqual(["nightly"])
  expect(await offered(place, "run", "show-details", "--name", "n")).toEqual(["nightly"])
  expect(await offered(place, "run", "create", "--run", "")).toEqual(["nightly"])
  expect(await offered(place, "run", "create", "--name", "")).toEqual([])
})

test.skipIf(isMissing("bash"))("bash completes with its script", async () => {
  const place = new CommandFolder()
  const { stdout: script } = await place.run("completion", "bash")
  place.write({
    "try.sh": `throughline() { "$NODE" "$BIN" "$@"; }\n${script}
COMP_WORDS=(throughline run sh)\nCOMP_CWORD=2\n_throughline\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`
  })

  const env = { ...process.env, NODE: process.execPath, BIN, THROUGHLINE_HOME: place.home }
  const reply = execFileSync("bash", ["--norc", "try.sh"], { cwd: place.folder, env, encoding: "utf8" })

  expect(reply.trim().split("\n").sort()).toEqual(["show", "show-details", "show-metrics"])
})

test.each(["zsh", "fish", "powershell"])("%s has a script that asks the command", async (shell) => {
  const { exitCode, stdout } = await new CommandFolder().run("completion", shell)

  expect(exitCode).toBe(0)
  expect(stdout).toContain("throughline __complete")
})
