import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { WriteFailed } from "../contracts/errors.ts"
import { LINE_FAILED, type RunWriter, type StoredChunk } from "../contracts/index.ts"
import type { DeliveredPart } from "../line/line-actor.ts"
import { type AboutLine, aPart, aTask } from "../testing/line-builders.ts"
import { Fold } from "./fold-result.ts"
import { makeKeep } from "./keep.ts"

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

const line = (position: number, output = "x"): AboutLine => ({ position, output })
const delivered = (lines: readonly AboutLine[], about: Parameters<typeof aPart>[1] = {}): DeliveredPart => {
  const first = lines[0]!.position
  const rows = Array.from({ length: lines.at(-1)!.position - first + 1 }, (_, row) => ({ n: first + row }))
  return { part: aPart(lines, about), task: aTask({ rows, firstPosition: first }) }
}

/** A keep over a writer that remembers its commits; `isIdle` says whether lines are on their way. */
const keeping = (options: { readonly isIdle?: () => boolean; readonly append?: RunWriter["append"] } = {}) =>
  Effect.gen(function* () {
    const commits: StoredChunk[][] = []
    const order: string[] = []
    const writer: RunWriter = {
      name: "a-run",
      append: async (chunks, cursor) => {
        await options.append?.(chunks, cursor)
        commits.push([...chunks])
        order.push(`kept ${chunks.map(({ header }) => header.positions.join()).join()} @${cursor.position}`)
      },
      setPaused: async () => {},
      onOrder: () => {},
      flush: async () => {},
      finish: async () => {},
      release: async () => {}
    }
    const fold = new Fold({
      output: { path: undefined, sizeBytes: 0, append: async () => {}, close: async () => {} },
      onFolded: (lines) => order.push(`folded ${lines}`),
      onLines: undefined
    })
    const keep = yield* makeKeep({ writer, fold, isIdle: options.isIdle ?? (() => false) })
    const loop = yield* Effect.forkChild(keep.loop, { startImmediately: true })
    return { keep, loop, commits, order }
  })

/** Lets promises of the fakes settle. */
const settle = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

describe("finished parts", () => {
  it.effect("are one commit 50 ms after the first of them (G1)", () =>
    Effect.gen(function* () {
      const { keep, commits } = yield* keeping()

      keep.deliver(delivered([line(0)]))
      yield* TestClock.adjust("49 millis")
      keep.deliver(delivered([line(1)]))
      yield* settle
      const early = commits.length
      yield* TestClock.adjust("1 millis")
      yield* settle

      assert.strictEqual(early, 0)
      assert.deepStrictEqual(
        commits.map((chunks) => chunks.map(({ header }) => [...header.positions])),
        [[[0], [1]]]
      )
    })
  )

  it.effect("are a commit at once when they are 1 MB (G1)", () =>
    Effect.gen(function* () {
      const { keep, commits } = yield* keeping()

      keep.deliver(delivered([line(0)]))
      keep.deliver(delivered([line(1, "y".repeat(1 << 20))]))
      yield* settle

      assert.deepStrictEqual(
        commits.map((chunks) => chunks.length),
        [2]
      )
    })
  )

  it.effect("are a commit at once when no line is on its way (G1)", () =>
    Effect.gen(function* () {
      let linesInFlight = 2
      const { keep, commits } = yield* keeping({ isIdle: () => linesInFlight === 0 })

      linesInFlight = 1
      keep.deliver(delivered([line(0)]))
      yield* settle
      const early = commits.length
      linesInFlight = 0
      keep.deliver(delivered([line(1)]))
      yield* settle

      assert.strictEqual(early, 0)
      assert.deepStrictEqual(
        commits.map((chunks) => chunks.length),
        [2]
      )
    })
  )

  it.effect("that come during a commit join the next one", () =>
    Effect.gen(function* () {
      const gate = Promise.withResolvers<void>()
      const { keep, commits } = yield* keeping({ isIdle: () => true, append: () => gate.promise })

      keep.deliver(delivered([line(0)]))
      yield* settle
      for (const position of [1, 2, 3]) keep.deliver(delivered([line(position)]))
      yield* settle
      gate.resolve()
      yield* settle

      assert.deepStrictEqual(
        commits.map((chunks) => chunks.length),
        [1, 3]
      )
    })
  )

  it.effect("are folded after their commit, whose cursor is the one before them (G2)", () =>
    Effect.gen(function* () {
      const { keep, order } = yield* keeping({ isIdle: () => true })

      keep.deliver(delivered([line(0), line(1)]))
      yield* settle
      keep.deliver(delivered([line(2)]))
      yield* settle

      assert.deepStrictEqual(order, ["kept 0,1 @0", "folded 2", "kept 2 @2", "folded 1"])
    })
  )

  it.effect("are all kept when the end is told right behind them", () =>
    Effect.gen(function* () {
      const { keep, loop, commits } = yield* keeping()

      for (let position = 0; position < 5; position++) keep.deliver(delivered([line(position)]))
      keep.end()
      yield* Fiber.join(loop)

      assert.strictEqual(commits.flat().length, 5)
    })
  )
})

describe("a store that cannot write", () => {
  it.effect("ends the loop with WriteFailed, which names the run; nothing of it is folded (G2)", () =>
    Effect.gen(function* () {
      const { keep, loop, order } = yield* keeping({
        isIdle: () => true,
        append: () => Promise.reject(new Error("no space left on device"))
      })

      keep.deliver(delivered([line(0)]))
      const exit = yield* Fiber.await(loop)

      assert.isTrue(Exit.isFailure(exit))
      const error = yield* Effect.flip(Fiber.join(loop))
      assert.instanceOf(error, WriteFailed)
      assert.strictEqual(error.message, "cannot write the journal of run 'a-run': no space left on device")
      assert.deepStrictEqual(order, [])
    })
  )
})

describe("a stored chunk", () => {
  const stored = (part: DeliveredPart) =>
    Effect.gen(function* () {
      const { keep, commits } = yield* keeping({ isIdle: () => true })
      keep.deliver(part)
      yield* settle
      return commits[0]![0]!
    })

  it.effect("of a whole chunk shares its bytes", () =>
    Effect.gen(function* () {
      const part = delivered([line(4), line(5)])

      const { rows } = yield* stored(part)

      assert.strictEqual(text(rows), '{"n":4}\n{"n":5}\n')
      assert.strictEqual(rows.buffer, part.task.bytes.buffer)
    })
  )

  it.effect("of some lines has their rows, one a line, in their order", () =>
    Effect.gen(function* () {
      const { rows, header } = yield* stored(delivered([line(4), line(6)]))

      assert.strictEqual(text(rows), '{"n":4}\n{"n":6}\n')
      assert.deepStrictEqual([...header.positions], [4, 6])
    })
  )

  it.effect("of rows whose bytes lie apart, or have no line end, has one a line as well", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode('{"n":0}\r\n\n  {"n":1}')
      const task = { ...aTask({ rows: [0, 1] }), bytes, spans: Uint32Array.of(0, 7, 12, 19) }

      const { rows } = yield* stored({ part: aPart([line(0), line(1)]), task })

      assert.strictEqual(text(rows), '{"n":0}\n{"n":1}\n')
    })
  )

  it.effect("names statuses and line numbers only where they differ from the rule", () =>
    Effect.gen(function* () {
      const plain = yield* stored(delivered([line(0)]))
      const special = yield* stored(delivered([{ position: 0, lineNumber: 9 }]))

      assert.deepStrictEqual(Object.keys(plain.header), ["positions", "nodeStatus", "tokens"])
      assert.deepStrictEqual([...special.header.lineNumbers!], [9])
      assert.deepStrictEqual([...special.header.statuses!], [LINE_FAILED])
    })
  )
})
