// Signals, while a run goes on.

import { expect, test } from "vitest"
import { STUCK_FLOW } from "./flows.ts"
import { CommandFolder, endOf, said } from "./run-command.ts"

const CREATE = ["run", "create", "--flow", "stuck", "--data", "data.jsonl", "--name", "r1"]

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143]
] as const)("%s cancels the run, keeps what there is, and exits with %i", async (signal, code) => {
  const place = new CommandFolder()
  place.write({ ...STUCK_FLOW, "data.jsonl": [{ what: "done" }, { what: "sleep" }] })
  const child = place.start(...CREATE, "--grace", "1")
  const end = endOf(child)

  await said(child, "Submitting run r1")
  child.kill(signal)

  const { exitCode, stdout } = await end
  expect(exitCode).toBe(code)
  expect(JSON.parse(stdout)).toMatchObject({ name: "r1", status: "Canceled", lines: { failed: 0 } })
  expect(await place.json("run", "show", "r1")).toMatchObject({ status: "Canceled" })
})

test("a second SIGINT ends at once, also when a tool computes for ever", async () => {
  const place = new CommandFolder()
  place.write({ ...STUCK_FLOW, "data.jsonl": [{ what: "spin" }] })
  const child = place.start(...CREATE, "--grace", "600")
  const end = endOf(child)

  await said(child, "Submitting run r1")
  child.kill("SIGINT")
  await said(child, "Canceling")
  child.kill("SIGINT")

  expect(await end).toMatchObject({ exitCode: 130, stdout: "" })
})
