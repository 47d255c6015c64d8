import { type ForeignValue, HostLost, type NodeCall } from "@throughline/core/contracts"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { type CalledTool, Calls } from "./calls.ts"
import { type FrameKind, type Reply, ReplyKind } from "./frames.ts"

const aTool = (tool: Partial<CalledTool> = {}): CalledTool => ({
  index: 0,
  name: "a",
  inputs: [],
  isAsync: false,
  isVision: false,
  ...tool
})

const aCall = (position: number): NodeCall => ({
  position,
  lineNumber: position,
  node: 0,
  signal: new AbortController().signal,
  logMetric: () => undefined,
  logs: undefined,
  tokens: undefined
})

const aReply = (number: number, reply: Partial<Reply> = {}): Reply => ({
  number,
  kind: ReplyKind.value,
  isKept: false,
  text: "1",
  extra: "",
  ...reply
})

/** Calls whose process never answers by itself: the test replies. */
function someCalls() {
  const sent: Array<readonly [FrameKind, string]> = []
  let number = 0
  const calls = new Calls({
    isReady: () => true,
    ensureStarted: () => undefined,
    send: (kind, body) => sent.push([kind, body]),
    kill: () => undefined,
    nextNumber: () => ++number,
    firstNumber: () => 1
  })
  return {
    calls,
    /** Makes a call that nobody may have to wait for. */
    add(position: number, tool = aTool()): Promise<ForeignValue> {
      const result = calls.add(tool, {}, aCall(position))
      result.catch(() => undefined)
      return result
    },
    sent: (kind: FrameKind) => sent.filter(([each]) => each === kind).map(([, body]) => body)
  }
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The clock that calls read, standing still. */
function aClock(): { readonly nowMs: () => number } {
  vi.useFakeTimers({ toFake: ["performance"] })
  onTestFinished(() => void vi.useRealTimers())
  return { nowMs: () => performance.timeOrigin + performance.now() }
}

describe("frames of synchronous calls", () => {
  /** Positions of the calls of each frame. */
  const framesOf = (bodies: readonly string[]) =>
    bodies.map((body) => {
      const calls = JSON.parse(body.slice(body.indexOf("\n") + 1)) as ReadonlyArray<readonly [number, number, number]>
      return calls.map(([, , position]) => position)
    })

  test("hold one call until it is known what a call takes, then about 10 ms of work (C3)", async () => {
    aClock()
    const { calls, add, sent } = someCalls()
    for (let position = 0; position < 20; position++) add(position)
    await endOfTurn()
    const early = framesOf(sent("sync"))

    vi.advanceTimersByTime(2)
    calls.onReply(aReply(1))
    await endOfTurn()

    expect(early).toEqual([[0], [1]])
    expect(framesOf(sent("sync")).slice(2)).toEqual([[2, 3, 4, 5, 6]])
  })

  test("hold one call where calls are slow, and many where they are quick (C3)", async () => {
    aClock()
    const { calls, add, sent } = someCalls()
    for (let position = 0; position < 300; position++) add(position)
    await endOfTurn()

    vi.advanceTimersByTime(600)
    calls.onReply(aReply(1))
    await endOfTurn()
    const slow = framesOf(sent("sync")).at(-1)
    for (let number = 2; number < 120; number++) {
      calls.onReply(aReply(number))
      await endOfTurn()
    }

    expect(slow).toEqual([2])
    expect(Math.max(...framesOf(sent("sync")).map(({ length }) => length))).toBe(128)
  })

  test("take the lines that come first: one that has begun goes on before another begins (C6)", async () => {
    aClock()
    const { calls, add, sent } = someCalls()
    for (let position = 0; position < 4; position++) add(position)
    await endOfTurn()

    calls.onReply(aReply(1))
    add(0, aTool({ index: 1 }))
    await endOfTurn()

    expect(framesOf(sent("sync"))).toEqual([[0], [1], [0, 2, 3]])
  })

  test("leave out a call that cannot be sent, and no other (C4)", async () => {
    aClock()
    const { calls, add, sent } = someCalls()
    add(0)
    add(1)
    await endOfTurn()
    const circle: unknown[] = []
    circle.push(circle)
    const tool = aTool({ inputs: [{ name: "x", key: '"x":', origin: ["inputs", "x"] }] })

    calls.onReply(aReply(1))
    add(2)
    const broken = calls.add(tool, { x: circle }, aCall(3))
    add(4)

    await expect(broken).rejects.toThrow("cannot be handed to Python")
    expect(framesOf(sent("sync")).at(-1)).toEqual([2, 4])
  })
})

describe("since when a line's call runs", () => {
  test("the first from when it was sent, those behind it from the answer before them", async () => {
    const { nowMs } = aClock()
    const { calls, add } = someCalls()
    const sentMs = nowMs()
    add(0)
    add(1)
    await endOfTurn()

    expect(calls.runningSinceMs(0)).toBe(sentMs)
    expect(calls.runningSinceMs(1)).toBe(Number.POSITIVE_INFINITY)

    vi.advanceTimersByTime(500)
    calls.onReply(aReply(1))

    expect(calls.runningSinceMs(0)).toBeUndefined()
    expect(calls.runningSinceMs(1)).toBe(sentMs + 500)
  })

  test("never yet, for one that has not been sent", () => {
    const { calls, add } = someCalls()
    add(3)

    expect(calls.runningSinceMs(3)).toBe(Number.POSITIVE_INFINITY)
    expect(calls.runningSinceMs(4)).toBeUndefined()
  })

  test("is not told of asynchronous ones, which wait for nobody", async () => {
    const { calls, add } = someCalls()
    add(0, aTool({ isAsync: true }))
    add(1)
    await endOfTurn()

    expect(calls.runningSinceMs(0)).toBeUndefined()
    expect(calls.runningSinceMs(1)).toBeLessThan(Number.POSITIVE_INFINITY)
  })
})

describe("a line that is over (C5)", () => {
  test("has its late results forgotten by number, so that a second attempt keeps its own", async () => {
    const { calls, add, sent } = someCalls()
    add(0)
    await endOfTurn()

    calls.releaseLine(0, true)
    add(0)
    await endOfTurn()
    calls.onReply(aReply(1, { isKept: true }))
    calls.onReply(aReply(2, { isKept: true }))
    add(1)
    await endOfTurn()

    expect(sent("release")).toEqual(["[[0],[]]", "[[],[[0,1]]]"])
  })

  test("sends no more of its calls", async () => {
    const { calls, add, sent } = someCalls()
    const waiting = add(0)

    calls.releaseLine(0, true)
    add(1)
    await endOfTurn()

    await expect(waiting).rejects.toBeInstanceOf(HostLost)
    expect(sent("sync")).toEqual(["1\n[[1,0,1,{},0]]"])
  })

  test("is told to the process only where that may keep objects", async () => {
    const { calls, add, sent } = someCalls()
    calls.releaseLine(0, false)
    add(1)
    await endOfTurn()

    expect(sent("release")).toEqual([])
  })
})
