// Signals, while a run goes on.

import { expect, test } from "vitest"
import { STUCK_FLOW } from "./flows.ts"
import { CommandFolder, endOf, said } from "./run-command.ts"

const CREATE = ["run", "create", "--flow", "stuck", "--data", "data.jsonl", "--name", "r1"]

test.each([
  ["SIGINT", 130, "Canceled"],
  ["SIGTERM", 143, "Interrupted"]
] as const)("%s ends the run, keeps what there is, and exits with %i: it shows as %s", async (signal, code, status) => {
  const place = new CommandFolder()
  place.write({ ...STUCK_FLOW, "data.jsonl": [{ what: "done" }, { what: "sleep" }] })
  const child = place.start(...CREATE, "--grace", "1")
  const end = endOf(child)

  await said(child, "Submitting run r1")
  child.kill(signal)

  const { exitCode, stdout } = await end
  expect(exitCode).toBe(code)
  expect(JSON.parse(stdout)).toMatchObject({ name: "r1", status, lines: { failed: 0 } })
  expect(await place.json("run", "show", "r1")).toMatchObject({ status })
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

/** A run of lines of which "done" are given back at once, and "sleep" never are. */
async function aRunningRun(what: readonly string[]) {
  const place = new CommandFolder()
  place.write({ ...STUCK_FLOW, "data.jsonl": what.map((each) => ({ what: each })) })
  const child = place.start(...CREATE, "--grace", "1", "--concurrency", "2", "--workers", "1")
  const end = endOf(child)
  await said(child, "Submitting run r1")
  return { place, end }
}

test("another terminal pauses a run, goes on with it, and cancels it", async () => {
  const { place, end } = await aRunningRun(["done", "sleep"])

  const paused = await place.json("run", "pause", "r1")
  const shown = await place.json("run", "show", "r1")
  const resumed = await place.json("run", "resume", "r1")
  const canceled = await place.json("run", "cancel", "r1")

  expect([paused, shown, resumed, canceled]).toMatchObject([
    { status: "Paused" },
    { status: "Paused" },
    { status: "Running" },
    { status: "Canceled", lines: { completed: 1 } }
  ])
  expect((await end).exitCode).toBe(1)
})

test("another terminal tunes a run, and ends lines that would never end", async () => {
  const { place, end } = await aRunningRun(["sleep", "sleep", "done", "sleep", "done"])

  await place.json("run", "tune", "r1", "--concurrency", "3")
  for (const line of ["0", "1", "3"]) await place.json("run", "cancel", "r1", "--line", line)

  const { exitCode, stdout, stderr } = await end
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ status: "Completed", lines: { total: 5, completed: 2, failed: 3 } })
  expect(stderr).toContain("Line 0 was canceled. (and 2 more like it)")
})

test("a run that nobody runs takes no orders", async () => {
  const place = new CommandFolder()
  place.write({ ...STUCK_FLOW, "data.jsonl": [{ what: "done" }] })
  await place.json(...CREATE)

  for (const word of ["pause", "cancel"]) {
    expect(await place.run("run", word, "r1")).toMatchObject({
      exitCode: 1,
      stderr: `throughline run ${word}: error: Run 'r1' is Completed: nothing of it is running\n`
    })
  }
})

test("--worker-memory and --isolation bound what a line can do to the others", { timeout: 180_000 }, async () => {
  const place = new CommandFolder()
  place.write({
    ...STUCK_FLOW,
    "stuck/wait.mjs": `export default function wait(what) {
  const all = []
  while (what === "fill") all.push(new Array(10_000).fill(all.length))
  if (what === "crash") process.kill(process.pid, "SIGSEGV")
  while (what === "crash") {}
  return what
}
`,
    "data.jsonl": [{ what: "a" }, { what: "fill" }, { what: "crash" }, { what: "b" }]
  })

  const { exitCode, stdout, stderr } = await place.run(
    ...CREATE,
    ..."--workers 1 --worker-memory 64 --isolation process".split(" ")
  )

  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ status: "Completed", lines: { total: 4, completed: 2, failed: 2 } })
  expect(stderr).toMatch(/line 1: .*memory/)
  expect(stderr).toMatch(/line 2: .*SIGSEGV/)
})
