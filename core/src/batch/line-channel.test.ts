import { describe, expect, test } from "vitest"
import type { LineResult } from "../contracts/index.ts"
import { LineChannel } from "./line-channel.ts"

const lines = (...positions: number[]): LineResult[] =>
  positions.map((position) => ({ position, lineNumber: position, status: "Completed", output: {}, error: undefined }))

const take = async (channel: LineChannel) => (await channel.next()).value?.position

function aChannel() {
  const left = { times: 0 }
  const channel = new LineChannel(() => {
    left.times++
  })
  return { channel, left }
}

/** True when the promise is settled after all that was settled before it has been told. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  await new Promise((resolve) => setImmediate(resolve))
  return settled
}

test("lines come one after another, in order, each once (H1)", async () => {
  const { channel } = aChannel()
  void channel.offer(lines(0, 1)).then(() => channel.offer(lines(2)))

  const taken = [await take(channel), await take(channel), await take(channel)]
  channel.end(undefined)

  expect(taken).toEqual([0, 1, 2])
  expect(await channel.next()).toEqual({ done: true, value: undefined })
})

test("an offer is over when the host asks for what comes after its last line, not before (H2)", async () => {
  const { channel } = aChannel()
  const offered = channel.offer(lines(0, 1))

  await channel.next()
  await channel.next()
  const early = await isSettled(offered)
  void channel.next()

  expect(early).toBe(false)
  expect(await isSettled(offered)).toBe(true)
})

test("a host that asks before there are lines gets the first", async () => {
  const { channel } = aChannel()
  const asked = take(channel)

  void channel.offer(lines(7))

  expect(await asked).toBe(7)
})

test("an offer without a line is over when the host asks for one", async () => {
  const { channel } = aChannel()
  const offered = channel.offer([])
  const asked = take(channel)
  await offered

  void channel.offer(lines(3))

  expect(await asked).toBe(3)
})

test("a line is made when the host asks for it (H2)", async () => {
  const { channel } = aChannel()
  const made: number[] = []
  function* making() {
    for (const line of lines(0, 1, 2)) {
      made.push(line.position)
      yield line
    }
  }
  void channel.offer(making())

  await channel.next()

  expect(made).toEqual([0])
})

describe("a host that leaves", () => {
  test("tells so once, frees the offer it was reading, and is offered nothing more (H3)", async () => {
    const { channel, left } = aChannel()
    const offered = channel.offer(lines(0, 1, 2))
    await channel.next()

    await channel.return()

    expect(left.times).toBe(1)
    expect(await isSettled(offered)).toBe(true)
    expect(await isSettled(channel.offer(lines(3)))).toBe(true)
    expect(await channel.next()).toEqual({ done: true, value: undefined })
  })

  test("ends the `next` that was waiting", async () => {
    const { channel } = aChannel()
    const asked = channel.next()

    await channel.return()

    expect(await asked).toEqual({ done: true, value: undefined })
  })

  test("after the end cancels nothing", async () => {
    const { channel, left } = aChannel()
    channel.end(undefined)

    await channel.return()

    expect(left.times).toBe(0)
  })
})

describe("the end", () => {
  test("comes after the lines that were offered, with the error that ended the run", async () => {
    const { channel } = aChannel()
    void channel.offer(lines(0))
    channel.end(new Error("disk full"))

    const first = await take(channel)

    expect(first).toBe(0)
    await expect(channel.next()).rejects.toThrow("disk full")
  })

  test("is told to a host that waits", async () => {
    const { channel } = aChannel()
    const asked = channel.next()

    channel.end(undefined)

    expect(await asked).toEqual({ done: true, value: undefined })
  })
})

test("a canceled run waits for its host no longer, and holds what is still kept for it (H2)", async () => {
  const { channel } = aChannel()
  const offered = channel.offer(lines(0, 1))
  await channel.next()

  channel.letGo()
  const later = channel.offer(lines(2))
  channel.end(undefined)

  expect(await isSettled(offered)).toBe(true)
  expect(await isSettled(later)).toBe(true)
  expect([await take(channel), await take(channel), await take(channel)]).toEqual([1, 2, undefined])
})
