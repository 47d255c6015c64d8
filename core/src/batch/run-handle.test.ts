import { describe, expect, test } from "vitest"
import type { LineResult, RunEvent } from "../contracts/index.ts"
import { BatchResult } from "./batch-result.ts"
import { RunHandle } from "./run-handle.ts"

const at = new Date(0)
const result = BatchResult.create({
  startTime: at,
  endTime: at,
  lineResults: [],
  aggrResult: { metrics: {}, nodes: [] }
})
const lines = (...positions: number[]): LineResult[] =>
  positions.map((position) => ({ position, lineNumber: position, status: "Completed", output: {}, error: undefined }))
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

function aRun(work: (handle: RunHandle, signal: AbortSignal) => Promise<BatchResult>) {
  const controller = new AbortController()
  return new RunHandle("a-run", controller, (handle) => work(handle, controller.signal))
}

describe("lines", () => {
  test("reach a host that asked for them in the same turn, and hold the run back", async () => {
    const taken: number[] = []
    const order: string[] = []
    const run = aRun(async (handle) => {
      for (const position of [0, 1]) {
        await handle.onLines!(lines(position))
        order.push(`offered ${position}`)
      }
      return result
    })

    for await (const { position } of run) {
      taken.push(position)
      order.push(`took ${position}`)
    }

    expect(taken).toEqual([0, 1])
    expect(order.indexOf("took 0")).toBeLessThan(order.indexOf("offered 1"))
    expect(await run.result()).toBe(result)
  })

  test("are not held for a host that did not ask", async () => {
    const run = aRun(async (handle) => {
      expect(handle.onLines).toBeUndefined()
      return result
    })

    expect(await run.result()).toBe(result)
  })

  test("asked for after the run began are an error that says what to do", async () => {
    const gate = Promise.withResolvers<BatchResult>()
    const run = aRun(() => gate.promise)
    await nextTurn()
    await nextTurn()

    expect(() => run[Symbol.asyncIterator]()).toThrow("begin `for await` in the same turn as run()")
    gate.resolve(result)
  })

  test("have one reader", () => {
    const run = aRun(async () => result)
    run[Symbol.asyncIterator]()

    expect(() => run[Symbol.asyncIterator]()).toThrow("already being read")
  })

  test("end with the error that ended the run", async () => {
    const run = aRun(async () => {
      throw new Error("disk full")
    })
    const reading = (async () => {
      for await (const _ of run) throw new Error("there is no line")
    })()

    await expect(reading).rejects.toThrow("disk full")
    await expect(run.result()).rejects.toThrow("disk full")
  })
})

describe("stopping", () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<BatchResult>((resolve) => {
      if (signal.aborted) resolve(result)
      signal.addEventListener("abort", () => resolve(result))
    })

  test("break cancels the run", async () => {
    const run = aRun(async (handle, signal) => {
      await handle.onLines!(lines(0, 1, 2))
      return untilAborted(signal)
    })

    for await (const _ of run) break

    expect(await run.result()).toBe(result)
  })

  test("cancel resolves when the run has ended, inside the loop that reads its lines too", async () => {
    const taken: number[] = []
    const run = aRun(async (handle) => {
      // The fold: it is in the middle of its lines when the host cancels.
      await handle.onLines!(lines(0, 1))
      await handle.onLines!(lines(2))
      return result
    })

    for await (const { position } of run) {
      if (taken.push(position) === 1) await run.cancel()
    }

    expect(taken).toEqual([0, 1, 2])
  })

  test("cancel does not reject with what the run ended with", async () => {
    const run = aRun((_, signal) => untilAborted(signal).then(() => Promise.reject(new Error("late"))))

    await run.cancel()

    await expect(run.result()).rejects.toThrow("late")
  })

  test("`await using` cancels at the end of the block", async () => {
    let signal: AbortSignal | undefined
    {
      await using _ = aRun((_, given) => {
        signal = given
        return untilAborted(given)
      })
      await nextTurn()
      await nextTurn()
    }

    expect(signal?.aborted).toBe(true)
  })
})

describe("events", () => {
  const warning = (message: string): RunEvent => ({ type: "Warning", message })
  const messages = async (events: AsyncIterable<RunEvent>) => {
    const seen: string[] = []
    for await (const event of events) if (event.type === "Warning") seen.push(event.message)
    return seen
  }

  test("go to every listener and end with the run", async () => {
    const run = aRun(async (handle) => {
      handle.emit(warning("a"))
      handle.emit(warning("b"))
      return result
    })

    const both = await Promise.all([messages(run.events()), messages(run.events())])

    expect(both).toEqual([
      ["a", "b"],
      ["a", "b"]
    ])
    expect(await messages(run.events())).toEqual([])
  })

  test("beyond what is held, a slow listener loses the oldest", async () => {
    const run = aRun(async (handle) => {
      for (let n = 0; n < 1030; n++) handle.emit(warning(String(n)))
      return result
    })
    const events = run.events()
    await run.result()

    const seen = await messages(events)

    expect(seen).toHaveLength(1024)
    expect(seen[0]).toBe("6")
  })

  test("stop for a listener that left", async () => {
    const gate = Promise.withResolvers<BatchResult>()
    const run = aRun(async (handle) => {
      handle.emit(warning("a"))
      return gate.promise
    })
    const events = run.events()
    for await (const _ of events) break
    run.emit(warning("b"))

    expect(await events.next()).toEqual({ done: true, value: undefined })
    gate.resolve(result)
  })

  test("carry the progress that the handle shows", async () => {
    const progress = { ...aRun(async () => result).progress, completed: 5 }
    const run = aRun(async (handle) => {
      handle.emit({ type: "Progress", progress })
      return result
    })
    await run.result()

    expect(run.progress).toBe(progress)
  })
})
