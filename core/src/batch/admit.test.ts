import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { aPart, aRowChunk } from "../testing/line-builders.ts"
import { Admission } from "./admit.ts"

const LINES_AHEAD = 65_536
const BYTES_AHEAD = 32 << 20

const chunkOf = (count: number, byteLength = 0) => ({
  ...aRowChunk([]),
  count,
  bytes: new Uint8Array(new ArrayBuffer(byteLength))
})

/** A part that only tells how long its lines took. */
const timed = (laneMs: number, about: Parameters<typeof aPart>[1] = {}) => aPart([], { laneMs, ...about })

/** True when a chunk may be admitted now. */
function hasRoom(admission: Admission): boolean {
  const waiting = Effect.runFork(admission.room)
  const isFree = waiting.pollUnsafe() !== undefined
  Effect.runFork(Fiber.interrupt(waiting))
  return isFree
}

/** Admits chunks of this size until there is no room, and says how many. */
function fill(admission: Admission, lines: number, most = 100_000): number {
  let chunks = 0
  while (chunks < most && hasRoom(admission)) {
    admission.admitted(chunkOf(lines))
    chunks++
  }
  return chunks
}

describe("where lines compute", () => {
  test("two chunks a lane are in flight, and one more when one has ended (B1)", () => {
    const admission = new Admission({ lanes: 3, linesPerLane: 64 })

    expect(fill(admission, 16)).toBe(6)
    admission.cameHome(timed(1), 16)
    expect(hasRoom(admission)).toBe(false)
    admission.chunkEnded(0)
    expect(fill(admission, 16)).toBe(1)
  })

  test("four a lane where even the largest chunk is short (B1)", () => {
    const admission = new Admission({ lanes: 2, linesPerLane: 64 })
    admission.admitted(chunkOf(1000))
    admission.cameHome(timed(1), 1000)
    admission.chunkEnded(0)

    expect(fill(admission, 100)).toBe(8)
  })

  test("a chunk is about 10 ms of its lane, 16 lines while nothing is known, at most 1024 (B3)", () => {
    const sizeAfter = (laneMs: number, lines: number) => {
      const admission = new Admission({ lanes: 1, linesPerLane: 64 })
      if (lines > 0) admission.cameHome(timed(laneMs), lines)
      return admission.nextSize(undefined).lines
    }

    expect(sizeAfter(0, 0)).toBe(16)
    expect(sizeAfter(20, 10)).toBe(5)
    expect(sizeAfter(60_000, 1)).toBe(1)
    expect(sizeAfter(0.001, 1000)).toBe(1024)
  })

  test("a chunk is never more than its share of what is left (B3)", () => {
    const admission = new Admission({ lanes: 4, linesPerLane: 64 })

    expect(admission.nextSize(40).lines).toBe(5)
    expect(admission.nextSize(3).lines).toBe(1)
    expect(admission.nextSize(0).lines).toBe(1)
  })
})

describe("where lines wait", () => {
  test("one and a half times the lanes' lines are in flight, whatever the chunks (B1)", () => {
    const admission = new Admission({ lanes: 2, linesPerLane: 32 })
    admission.cameHome(timed(1, { isWaiting: true }), 0)

    fill(admission, 8)

    expect(admission.linesInFlight).toBe(96)
    admission.cameHome(timed(1, { isWaiting: true }), 8)
    expect(hasRoom(admission)).toBe(true)
  })
})

describe("what is admitted and not yet folded", () => {
  test("is bounded in lines: when the first is held back, the reader stops (B2)", () => {
    const admission = new Admission({ lanes: 1, linesPerLane: 64 })
    let lines = 0

    while (lines < 10 * LINES_AHEAD && hasRoom(admission)) {
      admission.admitted(chunkOf(1024))
      lines += 1024
      admission.cameHome(timed(1), 1024)
      admission.chunkEnded(0)
    }

    expect(lines).toBe(LINES_AHEAD)
    admission.folded(1, 0)
    expect(hasRoom(admission)).toBe(true)
  })

  test("is bounded in bytes, of the rows and of what came home of them (B2)", () => {
    const rows = new Admission({ lanes: 8, linesPerLane: 64 })
    const results = new Admission({ lanes: 8, linesPerLane: 64 })
    const half = new Uint8Array(BYTES_AHEAD / 2)

    rows.admitted(chunkOf(2, BYTES_AHEAD))
    results.admitted(chunkOf(2))
    results.cameHome(timed(1, { outputs: half, records: half }), 2)

    expect([hasRoom(rows), hasRoom(results)]).toEqual([false, false])
    rows.folded(1, BYTES_AHEAD / 2)
    expect(hasRoom(rows)).toBe(true)
  })

  test("lets one row through that is larger than the bound by itself (B2)", () => {
    const admission = new Admission({ lanes: 8, linesPerLane: 64 })
    admission.admitted(chunkOf(1, 2 * BYTES_AHEAD))
    admission.cameHome(timed(1), 1)
    admission.chunkEnded(0)

    expect(hasRoom(admission)).toBe(false)
    admission.folded(1, 2 * BYTES_AHEAD)
    expect(hasRoom(admission)).toBe(true)
  })

  test("does not drift: when nothing is ahead, no bytes are (B2)", () => {
    const admission = new Admission({ lanes: 8, linesPerLane: 64 })
    for (let round = 0; round < 100; round++) {
      admission.admitted(chunkOf(3, BYTES_AHEAD / 50))
      admission.cameHome(timed(1), 3)
      admission.chunkEnded(0)
      admission.folded(3, BYTES_AHEAD / 60)
    }

    expect(hasRoom(admission)).toBe(true)
    admission.admitted(chunkOf(1, BYTES_AHEAD - 1))
    expect(hasRoom(admission)).toBe(true)
  })
})

test("who waits for room is woken by the first thing that makes some", () => {
  const admission = new Admission({ lanes: 1, linesPerLane: 4 })
  fill(admission, 4)
  const waiting = Effect.runFork(admission.room)

  admission.cameHome(timed(1), 4)
  const early = waiting.pollUnsafe()
  admission.chunkEnded(0)

  expect(early).toBeUndefined()
  expect(waiting.pollUnsafe()).toBeDefined()
})

test("lines in flight are those admitted less those home or given up, whatever the order", () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ lines: fc.integer({ min: 1, max: 50 }), open: fc.nat({ max: 50 }) })),
      (chunks) => {
        const admission = new Admission({ lanes: 2, linesPerLane: 8 })

        for (const { lines } of chunks) admission.admitted(chunkOf(lines))
        for (const { lines, open } of chunks.toReversed()) {
          const left = Math.min(open, lines)
          admission.cameHome(timed(1), lines - left)
          admission.chunkEnded(left)
        }

        expect(admission.linesInFlight).toBe(0)
      }
    )
  ))
