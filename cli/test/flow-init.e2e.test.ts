// `flow init`: what it writes runs as it stands.

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { isMissing } from "./missing-tool.ts"
import { CommandFolder, endOf } from "./run-command.ts"

const LANGUAGES = isMissing("python3") ? ["typescript"] : ["python", "typescript"]

describe.each(LANGUAGES)("a template with tools in %s", (language) => {
  test("is a flow that is tested by the command that it names", async () => {
    const place = new CommandFolder()

    const { exitCode, stdout } = await place.run("flow", "init", "--flow", "new/flow", "--language", language)
    const words = stdout.trimEnd().split("throughline ").at(-1)!.split(" ")
    const { output_prompt } = await place.json<{ output_prompt: string }>(...words)

    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Creating ${place.path("new/flow/flow.dag.yaml")}...\n`)
    expect(stdout).toContain(`Done. Created standard flow folder: ${place.path("new/flow")}.\n`)
    expect(output_prompt).toBe("Write a short greeting about the sea.")
    expect(existsSync(place.path("new/flow/requirements.txt"))).toBe(language === "python")
  })

  test("evaluates, with a metric", async () => {
    const place = new CommandFolder()
    await place.run("flow", "init", "--flow", "flow", "--type", "evaluation", "--language", language)

    await place.json("run", "create", "--flow", "flow", "--data", "flow/data.jsonl", "--name", "r1")

    expect(await place.json("run", "show-metrics", "r1")).toEqual({ accuracy: 0.5 })
  })
})

test("a chat flow is valid, and names the connection it was told", async () => {
  const place = new CommandFolder()

  const { stdout } = await place.run(
    ..."flow init --flow chat --type chat --connection mine --deployment m1".split(" ")
  )

  expect(stdout).toContain("throughline flow test --flow chat --inputs question=")
  const flow = readFileSync(place.path("chat/flow.dag.yaml"), "utf8")
  expect([flow.includes("deployment_name: m1\n"), flow.includes("connection: mine\n")]).toEqual([true, true])
  expect(readFileSync(place.path("chat/openai.yaml"), "utf8")).toContain("name: mine\n")
  const validated = await place.json("flow", "validate", "--source", "chat")
  expect(validated).toMatchObject({ result: "Succeeded", warnings: [{ code: "GetConnectionError" }] })
  const strict = await place.run("flow", "validate", "--source", "chat", "--check-connections")
  expect([strict.exitCode, JSON.parse(strict.stdout).result]).toEqual([1, "Failed"])
})

test("a folder that exists is asked about: no answer writes nothing, --yes overwrites and says so", async () => {
  const place = new CommandFolder()
  place.write({ "flow/data.jsonl": "mine" })

  const unanswered = await place.run("flow", "init", "--flow", "flow")
  const kept = readFileSync(place.path("flow/data.jsonl"), "utf8")
  const assumed = await place.run("flow", "init", "--flow", "flow", "-y")

  expect([unanswered.exitCode, unanswered.stdout]).toEqual([1, ""])
  expect(unanswered.stderr).toContain("The flow folder already exists")
  expect(kept).toBe("mine")
  expect(assumed.stdout).toContain(`Overwriting ${place.path("flow/data.jsonl")}...\n`)
})

test("a file in the place of the folder is told", async () => {
  const place = new CommandFolder()
  writeFileSync(place.path("flow"), "a file")

  const { exitCode, stderr } = await endOf(place.start("flow", "init", "--flow", "flow", "--yes"))

  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^throughline flow init: error: EEXIST: /)
})
