import { type ChunkPart, LaneLost } from "@throughline/core/contracts"
import { aTask } from "@throughline/core/testing"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { linesOf, openLanesOn } from "./javascript-builders.ts"

let channels = 0
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const threadsOf = (lines: ReturnType<typeof linesOf>) => new Set(lines.map(({ record }) => record.threadId))

describe("threads", () => {
  test("four workers are four threads, and none of them is the host's", async () => {
    const lanes = await openLanesOn({ tool: "export default (n) => n", context: { workers: 4 } })

    const homes = await Promise.all([0, 1, 2, 3].map((start) => lanes.run([{ n: start }], { firstPosition: start })))

    const threads = threadsOf(homes.flatMap(({ lines }) => lines))
    expect(threads.size).toBe(4)
    expect(threads.has(0)).toBe(false)
  })

  test("chunks that are sent in one turn go to different lanes", async () => {
    const lanes = await openLanesOn({
      tool: "export default (n) => new Promise((resolve) => setImmediate(resolve, n))",
      context: { workers: 2 }
    })

    const homes = await Promise.all([0, 1].map((start) => lanes.run(numbers(8), { firstPosition: 10 * start })))

    expect(homes.map(({ lines }) => threadsOf(lines).size)).toEqual([1, 1])
    expect(threadsOf(homes.flatMap(({ lines }) => lines)).size).toBe(2)
  })

  test("a line that computes goes home when its task is done, with one record a node", async () => {
    const lanes = await openLanesOn({
      tool: { "a.mjs": "export default (n) => n + 1", "b.mjs": "export default (n) => n * 2" }
    })

    const { parts, lines } = await lanes.run(numbers(50))

    expect(parts.reduce((sum, { nodeStatus }) => sum + nodeStatus["node1.completed"]!, 0)).toBe(50)
    expect(lines.map(({ out }) => out)).toEqual(numbers(50).map(({ n }) => 2 * (n + 1)))
  })
})

describe("lines that wait", () => {
  test("go home as they finish: one that waits for ever holds back no other (U3)", async () => {
    const lanes = await openLanesOn({
      tool: "export default (n) => n === 0 ? new Promise(() => {}) : Promise.resolve(n)"
    })
    const parts: ChunkPart[] = []
    const three = Promise.withResolvers<void>()

    const running = lanes.proxy.runChunk(aTask({ rows: numbers(4), id: 100 }), (part) => {
      parts.push(part)
      if (linesOf(parts).length === 3) three.resolve()
    })
    await three.promise
    const early = linesOf(parts).map(({ out }) => out)
    lanes.proxy.cancel()
    await running

    expect(early).toEqual([1, 2, 3])
    expect(parts.flatMap(({ canceled }) => canceled)).toEqual([0])
    expect(parts.every(({ isWaiting }) => isWaiting)).toBe(true)
  })

  test("a line that is done at once goes home too while others of its chunk wait (U3)", async () => {
    const lanes = await openLanesOn({ tool: "export default (n) => n === 1 ? 1 : new Promise(() => {})" })
    const first = Promise.withResolvers<ChunkPart>()

    const running = lanes.proxy.runChunk(aTask({ rows: numbers(3), id: 100 }), first.resolve)
    const part = await first.promise
    lanes.proxy.cancel()
    await running

    expect([...part.positions]).toEqual([1])
  })

  test.each([1, 3])("at most %i are in flight in a lane, from the first chunk on (U2)", async (linesPerLane) => {
    const tool = `let open = 0, most = 0
export default function f(n) {
  most = Math.max(most, ++open)
  return new Promise((resolve) => setImmediate(() => { open--; resolve(most) }))
}`
    const lanes = await openLanesOn({ tool, context: { linesPerLane } })

    const homes = await Promise.all([lanes.run(numbers(10)), lanes.run(numbers(10), { firstPosition: 10 })])

    expect(Math.max(...homes.flatMap(({ lines }) => lines.map(({ out }) => Number(out))))).toBe(linesPerLane)
  })

  test("see their signal aborted when the run is canceled", async () => {
    const lanes = await openLanesOn({ tool: "export default async (n) => new Promise(() => {})" })
    const running = lanes.run(numbers(3))

    lanes.proxy.cancel()

    const { parts } = await running
    expect(parts.flatMap(({ canceled }) => canceled).sort()).toEqual([0, 1, 2])
  })
})

describe("a time limit", () => {
  const lost = (error: unknown): LaneLost => {
    expect(error).toBeInstanceOf(LaneLost)
    return error as LaneLost
  }

  test("fails a line that waits past it, and none of its neighbours", async () => {
    const lanes = await openLanesOn({
      tool: "export default (n) => n === 1 ? new Promise(() => {}) : Promise.resolve(n)",
      context: { lineTimeoutMs: 300 }
    })

    const { lines } = await lanes.run(numbers(3))

    expect(lines.map(({ out, error }) => error ?? out)).toEqual([
      0,
      "Line 1 execution timeout for exceeding 0.3 seconds",
      2
    ])
    expect(lines[1]!.record.error).toMatchObject({ innerError: { code: "LineExecutionTimeoutError" } })
    expect(lines[1]!.record.nodes).toMatchObject([{ node: 0, status: "Canceled" }])
  })

  test("ends the thread of an endless loop, names the line, and the lane opens again (A2)", async () => {
    const lanes = await openLanesOn({
      tool: "export default (n) => { if (n === 2) for (;;); return n }",
      context: { lineTimeoutMs: 300 }
    })

    const error = lost(await lanes.run(numbers(5)).catch((cause: unknown) => cause))
    const { lines } = await lanes.run([{ n: 0 }, { n: 9 }])

    expect(error.suspect).toBe(2)
    expect(error.message).toBe("a line used its thread for more than 300 ms")
    expect((error.cause as DOMException).name).toBe("TimeoutError")
    expect(lines.map(({ out }) => out)).toEqual([0, 9])
  })

  test("ends the thread of an endless loop that comes after a wait, too: then the line is not known (A2)", async () => {
    const lanes = await openLanesOn({
      tool: "export default async (n) => { await new Promise((r) => setTimeout(r, 150)); if (n === 1) for (;;); return n }",
      context: { lineTimeoutMs: 300 }
    })

    const error = lost(await lanes.run(numbers(2)).catch((cause: unknown) => cause))

    expect(error.suspect).toBeUndefined()
    expect((error.cause as DOMException).name).toBe("TimeoutError")
  })
})

describe("a thread that dies", () => {
  test("of memory loses its task with the line it was at, and the lane opens again", async () => {
    const lanes = await openLanesOn({
      tool: "export default (n) => { if (n !== 1) return n; const all = []; for (;;) all.push({ n, at: all.length }) }",
      options: { workerMemoryMb: 32 }
    })

    const error = await lanes.run(numbers(3)).catch((cause: unknown) => cause)
    const { lines } = await lanes.run([{ n: 5 }])

    expect(error).toBeInstanceOf(LaneLost)
    expect((error as LaneLost).suspect).toBe(1)
    expect(lines[0]!.out).toBe(5)
  })

  test("of an error nobody caught loses its task; parts that were sent before stay home", async () => {
    const { toTools, inTool } = aChannel()
    const tool = `${inTool}
channel.onmessage = () => { throw new Error("nobody catches this") }
export default (n) => n === 3 ? new Promise(() => {}) : new Promise((resolve) => setImmediate(resolve, n))`
    const lanes = await openLanesOn({ tool })
    const parts: ChunkPart[] = []

    const running = lanes.proxy.runChunk(aTask({ rows: numbers(4), id: 100 }), (part) => {
      parts.push(part)
      if (linesOf(parts).length === 3) toTools.postMessage("fail")
    })

    await expect(running).rejects.toThrow("nobody catches this")
    expect(linesOf(parts).map(({ out }) => out)).toEqual([0, 1, 2])
  })

  test("takes the chunks of its own lane only", async () => {
    const { toTools, inTool, fromTools } = aChannel()
    const tool = `${inTool}
export default (n) => {
  if (n === 0) setImmediate(() => { throw new Error("gone") })
  if (n !== 8) return new Promise(() => {})
  channel.postMessage("begun")
  return new Promise((resolve) => { channel.onmessage = () => resolve(n) })
}`
    const lanes = await openLanesOn({ tool, context: { workers: 2 } })

    const both = [lanes.run([{ n: 1 }, { n: 0 }, { n: 2 }]), lanes.run([{ n: 8 }], { firstPosition: 10 })] as const
    await Promise.allSettled([both[0], fromTools])
    toTools.postMessage("go on")
    const [dying, other] = await Promise.allSettled(both)

    expect(dying).toMatchObject({ status: "rejected", reason: { message: "gone" } })
    expect(other).toMatchObject({ status: "fulfilled", value: { lines: [{ out: 8 }] } })
  })

  test("again and again is opened again as often as it takes: its lines are to blame, not the lanes", async () => {
    const lanes = await openLanesOn({
      tool: `export default (n) => n < 0 ? new Promise(() => setImmediate(() => { throw new Error("gone") })) : n`
    })

    for (let death = 0; death < 12; death++) {
      await expect(lanes.run([{ n: -1 }], { isAlone: true })).rejects.toBeInstanceOf(LaneLost)
    }

    expect((await lanes.run([{ n: 8 }])).lines).toMatchObject([{ out: 8 }])
  })
})

describe("a chunk that is alone (O2)", () => {
  test("has its lane to itself: what was there is finished first, what comes later waits or goes elsewhere", async () => {
    const { toTools, inTool, fromTools } = aChannel()
    const tool = `${inTool}
const released = new Promise((resolve) => { channel.onmessage = resolve })
let open = 0
export default async (n) => {
  open++
  const at = open
  if (at === 3) channel.postMessage("begun")
  await released
  open--
  return at
}`
    const lanes = await openLanesOn({ tool })

    void fromTools.then(() => toTools.postMessage("go on"))
    const [before, alone, after] = await Promise.all([
      lanes.run(numbers(3)),
      lanes.run([{ n: 9 }], { isAlone: true, firstPosition: 10 }),
      lanes.run(numbers(2), { firstPosition: 20 })
    ])

    expect(alone.lines[0]!.out).toBe(1)
    expect([before.lines.length, after.lines.length]).toEqual([3, 2])
  })

  test("is not kept waiting by lines that were lost or canceled in its lane", async () => {
    const lanes = await openLanesOn({ tool: "export default (n) => n" })
    lanes.proxy.cancel()
    await lanes.run(numbers(3))

    const { parts } = await lanes.run([{ n: 1 }], { isAlone: true, firstPosition: 10 })

    expect(parts.flatMap(({ canceled }) => canceled)).toEqual([10])
  })
})

test("close ends a thread that never yields, and leaves nothing that keeps the process (O3)", async () => {
  const held = () => process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length
  const before = held()
  const lanes = await openLanesOn({ tool: "export default (n) => { for (;;); }", context: { workers: 2 } })
  const running = lanes.run([{ n: 1 }]).catch((error: unknown) => error)

  await lanes.proxy.close()

  expect(await running).toBeInstanceOf(LaneLost)
  await vi.waitFor(() => expect(held()).toBeLessThanOrEqual(before), { timeout: 30_000 })
})

/** A channel between the test and its tools, which run in other threads: `inTool` makes `channel` there. */
function aChannel() {
  const name = `lanes-${channels++}`
  const toTools = new BroadcastChannel(name)
  onTestFinished(() => toTools.close())
  const fromTools = new Promise<void>((resolve) => {
    toTools.onmessage = () => resolve()
  })
  return {
    toTools,
    fromTools,
    inTool: `const channel = new BroadcastChannel(${JSON.stringify(name)})\nchannel.unref()`
  }
}
