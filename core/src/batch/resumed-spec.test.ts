import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { InvalidOption, RunLocked, RunNotFound } from "../contracts/errors.ts"
import { defineExecutor } from "../contracts/index.ts"
import { createRuntime } from "../runtime.ts"
import { aFlowFolder } from "../testing/fake-flow.ts"
import { anError, jsonRecords } from "../testing/line-builders.ts"
import { aFolder } from "../testing/temp-folder.ts"
import { memoryStore } from "./memory-store.ts"

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

describe("resuming a run", () => {
  const flow = () => aFlowFolder("language: fake\n")

  /** An executor whose line 7 fails. Until it is let go of, no line from 150 on answers. */
  function anExecutor() {
    const started: number[] = []
    const state = { isHeld: false }
    const definition = defineExecutor({
      language: "fake",
      open: async () => ({
        runLine: async ({ lineNumber, inputs }, signal) => {
          started.push(lineNumber)
          await new Promise<void>((resolve) => setImmediate(resolve))
          if (state.isHeld && lineNumber >= 150)
            await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
          if (lineNumber === 7) return { status: "Failed", output: {}, error: anError("seven") }
          return { status: "Completed", output: { out: [inputs.n, "é"] } }
        },
        close: async () => {}
      })
    })
    return { definition, started, state }
  }

  /** A run of 300 lines that was canceled when line 120 was given. */
  async function anInterruptedRun(folder: string) {
    const { definition, started, state } = anExecutor()
    const runtime = await createRuntime({ executors: [definition], store: memoryStore(jsonRecords) })
    onTestFinished(() => runtime.close())
    state.isHeld = true
    const flowFolder = flow()
    const run = runtime.run({ flow: flowFolder, data: rows(300), name: "r", outputDir: folder, concurrency: 8 })
    for await (const { lineNumber } of run) if (lineNumber === 120) break
    await run.result()
    state.isHeld = false
    return { runtime, started, flowFolder, before: await runtime.getRun("r") }
  }

  /** What `output.jsonl` has after the same run without an interruption. */
  async function wholeOutput() {
    const folder = aFolder()
    await using runtime = await createRuntime({ executors: [anExecutor().definition], store: memoryStore(jsonRecords) })
    await runtime.run({ flow: flow(), data: rows(300), outputDir: folder }).result()
    return outputOf(folder)
  }
  const outputOf = (folder: string) => readFileSync(join(folder, "output.jsonl"), "utf8")

  test("runs what is left, once, and ends as if it had never been interrupted", async () => {
    const folder = aFolder()
    const { runtime, started, before } = await anInterruptedRun(folder)
    started.length = 0

    const result = await runtime.resume("r", { data: rows(300) }).result()

    expect(before).toMatchObject({ status: "Canceled", lines: { total: 150, failed: 1 } })
    expect(started.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => 150 + i))
    expect(result).toMatchObject({ status: "Completed", total_lines: 300, completed_lines: 299 })
    expect(outputOf(folder)).toBe(await wholeOutput())
  })

  test("writes output.jsonl anew when it is gone, or shorter than the journal says (T2)", async () => {
    const folder = aFolder()
    const { runtime } = await anInterruptedRun(folder)
    writeFileSync(join(folder, "output.jsonl"), '{"line_number"')

    await runtime.resume("r", { data: rows(300) }).result()

    expect(outputOf(folder)).toBe(await wholeOutput())
  })

  test("gives the host the lines that output.jsonl lacked, in order", async () => {
    const { runtime } = await anInterruptedRun(aFolder())

    const seen: number[] = []
    const run = runtime.resume("r", { data: rows(300) })
    for await (const { lineNumber } of run) seen.push(lineNumber)

    expect(seen[0]).toBeLessThanOrEqual(150)
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => 300 - seen.length + i))
    expect(run.progress).toMatchObject({ completed: 299, failed: 1, total: 300 })
  })

  test("is refused for a run that nobody has, one that is Completed, and rows that are not given again", async () => {
    const { runtime } = await anInterruptedRun(aFolder())
    await runtime.run({ flow: flow(), data: rows(3), name: "done" }).result()

    await expect(runtime.resume("nobody").result()).rejects.toThrow(RunNotFound)
    await expect(runtime.resume("done", { data: rows(3) }).result()).rejects.toThrow(
      "Run 'done' is Completed: none of its lines is left to run."
    )
    await expect(runtime.resume("r").result()).rejects.toThrow(
      "data of source 'data': got undefined, but it takes the same rows once more"
    )
    expect(() => runtime.resume("r", { workers: 0 })).toThrow(InvalidOption)
    expect(await runtime.getRun("r")).toMatchObject({ status: "Canceled" })
  })

  test("is refused on changed ground, which is named, unless that is allowed", async () => {
    const { runtime, flowFolder } = await anInterruptedRun(aFolder())
    const data = rows(300)
    writeFileSync(join(flowFolder, "a.mjs"), "// changed")

    await expect(runtime.resume("r", { data: [...data, { n: 1 }] }).result()).rejects.toThrow(
      "run 'r' was begun on something else; changed since: a.mjs, data 'data'"
    )
    expect(await runtime.getRun("r")).toMatchObject({ status: "Canceled" })
    const allowed = runtime.resume("r", { data, allowChanged: true })
    const events = allowed.events()
    expect(await allowed.result()).toMatchObject({ status: "Completed", total_lines: 300 })
    expect((await events.next()).value).toEqual({
      type: "Warning",
      message: "changed since the run was begun: a.mjs"
    })
  })

  test("is refused for other nodes or outputs, allowed or not", async () => {
    const { runtime, flowFolder } = await anInterruptedRun(aFolder())
    const file = join(flowFolder, "flow.dag.yaml")
    writeFileSync(file, readFileSync(file, "utf8").replace("  out:", "  other:"))

    await expect(runtime.resume("r", { data: rows(300), allowChanged: true }).result()).rejects.toThrow(
      "The flow has other nodes or outputs now: lines of both cannot stand in one run. Start a new one."
    )
  })

  test("is refused while the run goes on, and leaves it alone", async () => {
    const { definition, state } = anExecutor()
    await using runtime = await createRuntime({ executors: [definition], store: memoryStore(jsonRecords) })
    state.isHeld = true
    const run = runtime.run({ flow: flow(), data: rows(300), name: "r" })
    for await (const event of run.events()) if (event.type === "RunStarted") break

    await expect(runtime.resume("r", { data: rows(300) }).result()).rejects.toThrow(RunLocked)

    await run.cancel()
    expect((await run.result()).status).toBe("Canceled")
  })
})
