import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ChunkProxy, FlowPlan } from "@throughline/core/contracts"
import { aTask } from "@throughline/core/testing"
import { describe, expect, onTestFinished, test } from "vitest"
import { aToolPlan, type LanesSketch, linesOf, openPlan } from "./javascript-builders.ts"

/** Counts the runs that its module has served. */
const COUNTING = 'import { word } from "./word.mjs"; let calls = 0; export default (n) => word + ++calls'
const WORD = { "word.mjs": 'export const word = "a"' }

/** A runtime's runs of one flow, one after the other. */
function runsOf(sketch: LanesSketch) {
  const plan = aToolPlan(sketch)
  const shared = new Map<string, unknown>()
  const close = () =>
    Promise.all([...shared.values()].map((value) => (value as AsyncDisposable)[Symbol.asyncDispose]?.()))
  onTestFinished(async () => void (await close()))
  const open = (changes: Partial<FlowPlan> = {}) => openPlan({ ...plan, ...changes }, { context: { shared } })
  const run = async (changes?: Partial<FlowPlan>): Promise<unknown> => {
    const proxy = await open(changes)
    const out = await outOf(proxy)
    await proxy.close()
    return out
  }
  return { plan, open, run, close }
}

async function outOf(proxy: ChunkProxy): Promise<unknown> {
  const parts: Parameters<typeof linesOf>[0][number][] = []
  await proxy.runChunk(aTask({ rows: [{ n: 1 }] }), (part) => parts.push(part))
  return linesOf(parts)[0]?.out
}

describe("lanes of a run that is over", () => {
  test("serve the next run of the same flow: its tools are not loaded again", async () => {
    const { run } = runsOf({ tool: COUNTING, files: WORD })

    expect([await run(), await run(), await run()]).toEqual(["a1", "a2", "a3"])
  })

  test("do not serve two runs at once (S1)", async () => {
    const { open } = runsOf({ tool: COUNTING, files: WORD })

    const [first, second] = [await open(), await open()]

    expect([await outOf(first), await outOf(second)]).toEqual(["a1", "a1"])
    await Promise.all([first.close(), second.close()])
  })

  test("do not serve a flow that is not quite the same (S1)", async () => {
    const { run } = runsOf({ tool: COUNTING, files: WORD })

    await run()

    expect(await run({ environmentVariables: { A: "1" } })).toBe("a1")
  })

  test("are closed when a file that a tool imports has changed; the next run sees the change (S2)", async () => {
    const { plan, run } = runsOf({ tool: COUNTING, files: WORD })
    await run()

    writeFileSync(join(plan.workingDir, "word.mjs"), 'export const word = "longer"')

    expect(await run()).toBe("longer1")
  })

  test("are closed when their run was canceled, and when the host had to end them (S2)", async () => {
    const { open, run } = runsOf({ tool: COUNTING, files: WORD })
    const canceled = await open()
    canceled.cancel()
    await canceled.close()
    const forced = await open()
    await outOf(forced)
    await forced.close(0)

    expect(await run()).toBe("a1")
  })

  test("are closed when a tool of theirs may be running still (S2)", async () => {
    const { open, run } = runsOf({
      tool: `${COUNTING.replace("(n) =>", "(n) => n === 0 ? new Promise(() => {}) :")}`,
      files: WORD
    })
    const proxy = await open()
    const running = proxy.runChunk(aTask({ rows: [{ n: 0 }], id: 7 }), () => {})
    proxy.cancelChunk?.(7)
    await running
    await proxy.close()

    expect(await run()).toBe("a1")
  })

  test("are gone when the runtime is closed, and none are kept after that (S3)", async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Worker" || kind === "MessagePort").length
    const { open, run, close } = runsOf({ tool: COUNTING, files: WORD })
    await run()
    const late = await open()
    await close()
    await late.close()

    const after = process.getActiveResourcesInfo().filter((kind) => kind === "Worker" || kind === "MessagePort").length
    expect(after).toBe(before)
    expect(await run()).toBe("a1")
  })
})
