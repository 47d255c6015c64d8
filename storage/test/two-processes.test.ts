import { RunExists, RunLocked } from "@throughline/core/errors"
import { aManifest, anEnding } from "@throughline/core/testing"
import { expect, test } from "vitest"
import { writeRun } from "./child.ts"
import { LINES_PER_CHUNK, numberedChunk } from "./numbered-chunk.ts"
import { temporaryHome } from "./temporary-home.ts"

test("two processes and two stores of one process write their runs into one home", async () => {
  const home = await temporaryHome()
  const [first, second] = [home.open(), home.open()]
  const child = writeRun([home.path, "theirs", "100", "2", "finish"])
  const writers = [
    await first.createRun(aManifest({ name: "ours-1" }), "2026-01-02T03:04:05+00:00"),
    await second.createRun(aManifest({ name: "ours-2" }), "2026-01-02T03:04:05+00:00")
  ]

  for (let number = 0; number < 100; number++) {
    await Promise.all(writers.map((writer) => writer.append([numberedChunk(number)], { position: 0, outputBytes: 0 })))
  }
  await Promise.all(writers.map((writer) => writer.finish(anEnding())))
  expect(await child.ended).toBe(0)

  const runs = await first.listRuns()
  expect(Object.fromEntries(runs.map((run) => [run.manifest.name, [run.status, run.lines.total]]))).toEqual({
    theirs: ["Completed", 200 * LINES_PER_CHUNK],
    "ours-1": ["Completed", 100 * LINES_PER_CHUNK],
    "ours-2": ["Completed", 100 * LINES_PER_CHUNK]
  })
  expect(await second.listRuns()).toEqual(runs)
})

test("a run of another process is seen as it grows, and is neither taken over nor deleted (R3)", async () => {
  const home = await temporaryHome()
  const store = home.open()
  const child = writeRun([home.path, "theirs", "5", "2", "wait"])

  await child.waitFor("ack 5")

  expect(await store.getRun("theirs")).toMatchObject({ status: "Running", lines: { total: 10 * LINES_PER_CHUNK } })
  await expect(store.createRun(aManifest({ name: "theirs" }), "")).rejects.toThrow(RunExists)
  await expect(store.deleteRun("theirs")).rejects.toThrow(new RunLocked({ run: "theirs", pid: child.pid }))

  child.tell("go on")
  await child.waitFor("finished")
  expect(await store.getRun("theirs")).toMatchObject({ status: "Completed", lines: { total: 10 * LINES_PER_CHUNK } })
  expect(await child.ended).toBe(0)
})

test.each(["close", "leave"])("a process with a run open ends by itself: %s", async (afterwards) => {
  const home = await temporaryHome()
  const child = writeRun([home.path, "theirs", "1", "1", afterwards])

  expect(await child.ended).toBe(0)

  expect(await home.open().getRun("theirs")).toMatchObject({ status: "Interrupted", lines: { total: LINES_PER_CHUNK } })
})
