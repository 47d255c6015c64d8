import { join } from "node:path"
import { RunNotFound } from "@throughline/core/errors"
import { aManifest, anEnding, aStoredChunk } from "@throughline/core/testing"
import type { Clock } from "@throughline/storage"
import { expect, test, vi } from "vitest"
import { openEnvironment } from "../src/lmdb/environment.ts"
import { temporaryHome } from "./temporary-home.ts"

const CURSOR = { position: 0, outputBytes: 0 }

/** Stands still until told to go on; what is due then happens on the spot. */
function manualClock() {
  let nowMs = Date.now()
  const ticks: Array<{ readonly intervalMs: number; readonly tick: () => void; dueMs: number }> = []
  const clock: Clock = {
    now: () => nowMs,
    every: (intervalMs, tick) => {
      const entry = { intervalMs, tick, dueMs: nowMs + intervalMs }
      ticks.push(entry)
      return () => void ticks.splice(ticks.indexOf(entry), 1)
    }
  }
  return {
    clock,
    isTicking: () => ticks.length > 0,
    skip: (ms: number) => {
      nowMs += ms
    },
    advance: (ms: number) => {
      nowMs += ms
      for (const entry of ticks) {
        for (; entry.dueMs <= nowMs; entry.dueMs += entry.intervalMs) entry.tick()
      }
    }
  }
}

test("with durability power an append waits for the disk, with none not even the end does", async () => {
  const home = await temporaryHome()
  const store = home.open()
  const flushesOf = async (durability: "process" | "power" | "none") => {
    const writer = await store.createRun(aManifest({ name: durability, durability }), "")
    const folder = join(home.path, "journal")
    const environment = (await openEnvironment({ folder, mapSizeGiB: 16, create: false }))!
    const flush = vi.spyOn(environment, "flush")
    await writer.append([aStoredChunk()], CURSOR)
    const atAppend = flush.mock.calls.length
    await writer.finish(anEnding())
    const atEnd = flush.mock.calls.length
    flush.mockRestore()
    await environment.close()
    return [atAppend, atEnd]
  }

  expect(await flushesOf("process")).toEqual([0, 1])
  expect(await flushesOf("power")).toEqual([1, 2])
  expect(await flushesOf("none")).toEqual([0, 0])
})

test("a writer whose heart beats shows as Running for as long as it likes", async () => {
  const home = await temporaryHome()
  const time = manualClock()
  const writer = await home.open({ clock: time.clock }).createRun(aManifest({ name: "r" }), "")
  const reader = home.open({ clock: time.clock })

  for (let minute = 0; minute < 3; minute++) time.advance(60_000)
  await writer.append([], CURSOR)

  expect(await reader.getRun("r")).toMatchObject({ status: "Running" })
})

test("a writer whose heart stood still for more than 15 s shows as Interrupted, and as Running when it beats again", async () => {
  const home = await temporaryHome()
  const time = manualClock()
  const writer = await home.open({ clock: time.clock }).createRun(aManifest({ name: "r" }), "")
  const reader = home.open({ clock: time.clock })

  time.skip(15_000)
  const justInTime = await reader.getRun("r")
  time.skip(1)
  const late = await reader.getRun("r")
  time.advance(0)
  await writer.append([aStoredChunk()], CURSOR)
  const again = await reader.getRun("r")

  expect([justInTime.status, late.status, again.status]).toEqual(["Running", "Interrupted", "Running"])
})

test("a writer whose run was deleted in its sleep can write nothing any more (W1)", async () => {
  const home = await temporaryHome()
  const time = manualClock()
  const store = home.open({ clock: time.clock })
  const sleeper = await store.createRun(aManifest({ name: "r" }), "")
  time.skip(16_000)

  await store.deleteRun("r")
  const next = await store.createRun(aManifest({ name: "r" }), "")
  await next.append([aStoredChunk({ positions: [7] })], CURSOR)

  await expect(sleeper.append([aStoredChunk()], CURSOR)).rejects.toThrow(RunNotFound)
  await sleeper.release()
  expect(await store.getRun("r")).toMatchObject({ status: "Running", lines: { total: 1 } })
})

test("the duration of a run goes on while it lives, to the last that was heard of it, or until it is let go of", async () => {
  const home = await temporaryHome()
  const time = manualClock()
  const startMs = time.clock.now()
  const start = new Date(startMs).toISOString()
  const store = home.open({ clock: time.clock })
  const reader = home.open({ clock: time.clock })
  const durationNow = async () => (await reader.getRun("r")).systemMetrics.duration
  const writer = await store.createRun(aManifest({ name: "r" }), start)

  time.skip(3_000)
  const alive = await durationNow()
  await writer.append([aStoredChunk()], CURSOR)
  time.skip(60_000)
  const dead = await durationNow()
  await writer.release()
  const released = await durationNow()

  expect([alive, dead, released]).toEqual([3, 3, 63])
})

test("the heart stops when the run is let go of, and when the store is closed (J3)", async () => {
  const home = await temporaryHome()
  const time = manualClock()
  const store = home.open({ clock: time.clock })
  const released = await store.createRun(aManifest({ name: "released" }), "")
  await released.release()
  const wasTicking = time.isTicking()
  await store.createRun(aManifest({ name: "open" }), "")

  await store.close()

  expect([wasTicking, time.isTicking()]).toEqual([false, false])
  expect(await home.open().getRun("open")).toMatchObject({ status: "Interrupted" })
})
