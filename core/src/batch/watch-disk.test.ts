import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { watchDisk } from "./watch-disk.ts"

const MIB = 2 ** 20
/** Lets the promises of one look settle. */
const settle = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

it.effect("a disk that runs low is told of once, as soon as it is seen, each disk for itself", () =>
  Effect.gen(function* () {
    const free: Record<string, number> = { "/journal": 300, "/out": 300 }
    const warnings: string[] = []
    const look = async (path: string) => ({ freeBytes: free[path]! * MIB, disk: path })
    yield* Effect.forkScoped(
      watchDisk({ folders: ["/journal", undefined, "/out"], onWarning: (message) => warnings.push(message), look })
    )
    yield* settle
    const seen = [warnings.length]

    for (const [folder, mib] of [
      ["/journal", 200],
      ["/journal", 100],
      ["/out", 0]
    ] as const) {
      free[folder] = mib
      yield* TestClock.adjust("10 seconds")
      yield* settle
      seen.push(warnings.length)
    }

    expect(seen).toEqual([0, 1, 1, 2])
    expect(warnings[0]).toBe(
      "only 200 MiB are free on the disk of /journal: when it is full the run stops, and can be resumed once there is room"
    )
  })
)

it.effect("a disk that cannot be asked is left alone", () =>
  Effect.gen(function* () {
    let looks = 0
    const look = async () => {
      looks++
      throw new Error("no such disk")
    }
    yield* Effect.forkScoped(watchDisk({ folders: ["/gone"], onWarning: () => {}, look }))
    yield* settle
    yield* TestClock.adjust("10 seconds")
    yield* settle

    expect(looks).toBe(2)
  })
)
