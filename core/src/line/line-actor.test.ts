// The suite of what may happen to a line, in one file: its laws speak of each other (L1 to L5).

import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { test } from "vitest"
import { ExecutorFailed } from "../contracts/errors.ts"
import { type ChunkPart, type ChunkProxy, type ChunkTask, HostLost, LaneLost } from "../contracts/index.ts"
import { type FakeLine, fakeExecutor, silentExecutor } from "../testing/fake-executor.ts"
import { anError, aPart, aTask, jsonRecords, rowText } from "../testing/line-builders.ts"
import { type DeliveredPart, makeLineActors } from "./line-actor.ts"

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

function actorsOn(proxy: ChunkProxy, { lineTimeoutMs }: { readonly lineTimeoutMs?: number } = {}) {
  const delivered: DeliveredPart[] = []
  let taskId = 100
  const actors = makeLineActors({
    proxy,
    lineTimeoutMs,
    encodeRecords: jsonRecords.encodeRecords,
    deliver: (part) => delivered.push(part),
    nextTaskId: () => taskId++
  })
  const positions = () => delivered.flatMap(({ part }) => [...part.positions])
  const failures = () => delivered.flatMap(({ part }) => [...part.failures])
  return { actors, delivered, positions, failures }
}

/** A proxy that does to each task what the test says. */
const scripted = (runChunk: (task: ChunkTask, onPart: (part: ChunkPart) => void) => Promise<void>): ChunkProxy => ({
  ...fakeExecutor().proxy,
  runChunk
})

/** Dies whenever this line is run. */
const killedBy = (position: number) => (line: FakeLine) => {
  if (line.position === position) throw new LaneLost("the thread ended")
  return line.row.n
}

describe("a chunk's lines", () => {
  it.effect("come home once each, and none is left open (L1)", () =>
    Effect.gen(function* () {
      const { actors, positions } = actorsOn(fakeExecutor().proxy)

      const open = yield* actors.act(aTask({ rows: rows(5), firstPosition: 10 }))

      assert.strictEqual(open, 0)
      assert.deepStrictEqual(positions(), [10, 11, 12, 13, 14])
    })
  )

  it.effect("a result that comes a second time is dropped (L1)", () =>
    Effect.gen(function* () {
      const twice = scripted(async (task, onPart) => {
        onPart(aPart([{ position: 0, output: "first" }], { taskId: task.id }))
        onPart(aPart([{ position: 0, output: "second" }], { taskId: task.id }))
      })
      const { actors, delivered } = actorsOn(twice)

      yield* actors.act(aTask())

      assert.strictEqual(delivered.length, 1)
      assert.strictEqual(new TextDecoder().decode(delivered[0]!.part.outputs), "first\n")
    })
  )

  it.effect("a new line beside a repeated one is not lost with the part: it runs again (L1)", () =>
    Effect.gen(function* () {
      const mixed = scripted(async (task, onPart) => {
        const lines = Array.from({ length: task.count }, (_, row) => ({
          position: task.firstPosition + row,
          output: "x"
        }))
        if (!task.isAlone) onPart(aPart(lines.slice(0, 1)))
        onPart(aPart(lines))
      })
      const { actors, positions } = actorsOn(mixed)

      const open = yield* actors.act(aTask({ rows: rows(2) }))

      assert.strictEqual(open, 0)
      assert.deepStrictEqual(positions(), [0, 1])
    })
  )

  it.effect("canceled lines are left without a result, and are counted", () =>
    Effect.gen(function* () {
      const { actors, positions } = actorsOn(
        scripted(async (_, onPart) => {
          onPart(aPart([{ position: 0, output: "x" }]))
          onPart(aPart([], { canceled: [1, 2] }))
        })
      )

      const open = yield* actors.act(aTask({ rows: rows(3) }))

      assert.strictEqual(open, 2)
      assert.deepStrictEqual(positions(), [0])
    })
  )

  it.effect("an executor that cannot go on fails the effect with ExecutorFailed", () =>
    Effect.gen(function* () {
      const { actors } = actorsOn(scripted(() => Promise.reject(new Error("no threads left"))))

      const error = yield* Effect.flip(actors.act(aTask()))

      assert.instanceOf(error, ExecutorFailed)
      assert.strictEqual(error.message, "no threads left")
      assert.strictEqual(error.blame, "system")
    })
  )
})

describe("when a worker dies", () => {
  it.effect("its unfinished lines run again, each alone, and nobody is charged (L2)", () =>
    Effect.gen(function* () {
      let deaths = 0
      const executor = fakeExecutor({
        runLine: ({ position, row }) => {
          if (position === 2 && deaths++ === 0) throw new LaneLost("the thread ended")
          return row.n
        }
      })
      const { actors, positions, failures } = actorsOn(executor.proxy)

      const open = yield* actors.act(aTask({ rows: rows(5) }))

      assert.strictEqual(open, 0)
      assert.deepStrictEqual(positions(), [0, 1, 2, 3, 4])
      assert.deepStrictEqual(failures(), [])
      const again = executor.started.filter(({ attempt }) => attempt === 2)
      assert.deepStrictEqual(
        again.map(({ position, isAlone }) => [position, isAlone]),
        [2, 3, 4].map((position) => [position, true])
      )
    })
  )

  it.effect("a line that dies again while it is alone is the culprit, and the only one (L3)", () =>
    Effect.gen(function* () {
      const { actors, positions, failures } = actorsOn(fakeExecutor({ runLine: killedBy(1) }).proxy)

      const open = yield* actors.act(aTask({ rows: rows(4) }))

      assert.strictEqual(open, 0)
      assert.deepStrictEqual(positions().sort(), [0, 1, 2, 3])
      expect(failures()).toMatchObject([
        {
          position: 1,
          error: {
            message: "Process crashed while executing line 1, twice: the thread ended",
            code: "UserError",
            innerError: { code: "ProcessCrashError" }
          }
        }
      ])
    })
  )

  it.effect("a host that loses its process twice under one line names it too (L3)", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor({
        runLine: ({ position, row }) => {
          if (position === 0) throw new HostLost("segmentation fault")
          return row.n
        }
      })
      const { actors, positions, failures } = actorsOn(executor.proxy)

      yield* actors.act(aTask({ rows: rows(2) }))

      assert.deepStrictEqual(positions().sort(), [0, 1])
      assert.deepStrictEqual(
        failures().map(({ position }) => position),
        [0]
      )
    })
  )

  it.effect(
    "a line that used its time and its thread is the suspect: it fails at once, its neighbours do not (L3)",
    () =>
      Effect.gen(function* () {
        const timedOut = new LaneLost("aborted", 1, { cause: new DOMException("too long", "TimeoutError") })
        const executor = fakeExecutor({
          runLine: ({ position, row }) => {
            if (position === 1) throw timedOut
            return row.n
          }
        })
        const { actors, positions, failures } = actorsOn(executor.proxy, { lineTimeoutMs: 1500 })

        yield* actors.act(aTask({ rows: rows(3) }))

        assert.deepStrictEqual(positions().sort(), [0, 1, 2])
        expect(failures()).toMatchObject([
          {
            position: 1,
            error: {
              message: "Line 1 execution timeout for exceeding 1.5 seconds",
              innerError: { code: "LineExecutionTimeoutError" }
            }
          }
        ])
        assert.strictEqual(executor.started.filter(({ position }) => position === 1).length, 1)
      })
  )

  it.effect("a second try carries the row's bytes, its position and its own line number", () =>
    Effect.gen(function* () {
      const tasks: ChunkTask[] = []
      const { actors, delivered } = actorsOn(
        scripted(async (task, onPart) => {
          tasks.push(task)
          if (!task.isAlone) throw new LaneLost("gone")
          const position = task.firstPosition
          onPart(aPart([{ position, lineNumber: task.lineNumbers![0]!, output: "x" }]))
        })
      )

      yield* actors.act(aTask({ rows: [{ n: "a" }, { n: "b" }], firstPosition: 7, lineNumbers: [70, 90] }))

      assert.deepStrictEqual(
        tasks
          .slice(1)
          .map((task) => [rowText(task, 0), task.firstPosition, task.lineNumbers![0], task.attempt, task.count]),
        [
          ['{"n":"a"}', 7, 70, 2, 1],
          ['{"n":"b"}', 8, 90, 2, 1]
        ]
      )
      assert.strictEqual(new Set(tasks.map(({ id }) => id)).size, 3)
      // Room 7 takes the rows from the task that came home with the part.
      assert.deepStrictEqual(
        delivered.map(({ task }) => task.count),
        [1, 1]
      )
    })
  )

  it.effect("a result of the first try that comes late counts, and the second one is dropped (L1)", () =>
    Effect.gen(function* () {
      let late = () => {}
      const { actors, delivered } = actorsOn(
        scripted(async (task, onPart) => {
          if (!task.isAlone) {
            late = () => onPart(aPart([{ position: 0, output: "first" }]))
            throw new LaneLost("gone")
          }
          late()
          onPart(aPart([{ position: 0, output: "second" }]))
        })
      )

      const open = yield* actors.act(aTask())

      assert.strictEqual(open, 0)
      assert.deepStrictEqual(
        delivered.map(({ part }) => new TextDecoder().decode(part.outputs)),
        ["first\n"]
      )
    })
  )

  it.effect("only one line of the run is alone at a time (L2)", () =>
    Effect.gen(function* () {
      let alone = 0
      let most = 0
      const executor = fakeExecutor({
        runLine: async ({ isAlone, row }) => {
          if (!isAlone) throw new LaneLost("gone")
          most = Math.max(most, ++alone)
          await Promise.resolve()
          alone--
          return row.n
        }
      })
      const { actors } = actorsOn(executor.proxy)

      yield* Effect.all(
        [actors.act(aTask({ rows: rows(3) })), actors.act(aTask({ rows: rows(3), firstPosition: 3 }))],
        {
          concurrency: "unbounded"
        }
      )

      assert.strictEqual(most, 1)
      assert.strictEqual(executor.started.filter(({ isAlone }) => isAlone).length, 6)
    })
  )
})

describe("after stop", () => {
  it.effect("nothing is started again, and what is lost is left open (L4)", () =>
    Effect.gen(function* () {
      const executor = fakeExecutor({
        runLine: ({ row }) => {
          actors.stop()
          if (row.n === 1) throw new LaneLost("gone")
          return row.n
        }
      })
      const { actors, positions, failures } = actorsOn(executor.proxy)

      const open = yield* actors.act(aTask({ rows: rows(3) }))

      assert.strictEqual(open, 2)
      assert.deepStrictEqual(positions(), [0])
      assert.deepStrictEqual(failures(), [])
      assert.isFalse(executor.started.some(({ isAlone }) => isAlone))
    })
  )

  it.effect("a line that was waiting for its second try is not started either (L4)", () =>
    Effect.gen(function* () {
      const tries: number[] = []
      const { actors } = actorsOn(
        scripted(async (task, onPart) => {
          if (!task.isAlone) throw new LaneLost("gone")
          tries.push(task.firstPosition)
          actors.stop()
          onPart(aPart([{ position: task.firstPosition, output: "x" }]))
        })
      )

      const open = yield* actors.act(aTask({ rows: rows(3) }))

      assert.deepStrictEqual(tries, [0])
      assert.strictEqual(open, 2)
    })
  )
})

it.effect("an interrupted act lets go of a proxy that never answers", () =>
  Effect.gen(function* () {
    const { actors } = actorsOn(silentExecutor().proxy)
    const acting = yield* Effect.forkChild(actors.act(aTask()), { startImmediately: true })

    yield* Fiber.interrupt(acting)

    assert.isTrue(Exit.isFailure(yield* Fiber.await(acting)))
  })
)

test("every line comes home once, whatever dies under it, and only killers fail (L1, L2, L3)", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("fine", "fails", "kills in company", "kills", "loses in company", "loses"), {
        minLength: 1,
        maxLength: 12
      }),
      async (lines) => {
        const executor = fakeExecutor({
          runLine: ({ position, isAlone }) => {
            const kind = lines[position]
            if (kind === "fails") throw new Error("failed")
            if (kind === "kills" || (kind === "kills in company" && !isAlone)) throw new LaneLost("gone")
            if (kind === "loses" || (kind === "loses in company" && !isAlone)) throw new HostLost("gone")
            return position
          }
        })
        const { actors, positions, failures } = actorsOn(executor.proxy)

        const open = await Effect.runPromise(actors.act(aTask({ rows: rows(lines.length) })))

        expect(open).toBe(0)
        expect(positions().sort((a, b) => a - b)).toEqual(lines.map((_, position) => position))
        const failed = lines.flatMap((kind, position) => (["fails", "kills", "loses"].includes(kind) ? [position] : []))
        expect(
          failures()
            .map(({ position }) => position)
            .sort((a, b) => a - b)
        ).toEqual(failed)
      }
    )
  ))

test("a failed line keeps its error as the executor gave it", async () => {
  const error = anError("why", ["UserError", "ToolExecutionError"])
  const { actors, failures } = actorsOn(scripted(async (_, onPart) => onPart(aPart([{ position: 0, error }]))))

  await Effect.runPromise(actors.act(aTask()))

  expect(failures()).toEqual([{ position: 0, lineNumber: 0, error }])
})

describe("one line that is stopped", () => {
  /** Holds the lines at the odd positions until they are canceled; a second attempt gives them back. */
  function holding() {
    const held = new Map<number, () => void>()
    const proxy: ChunkProxy = {
      ...scripted(async (task, onPart) => {
        await Promise.all(
          Array.from({ length: task.count }, async (_, row) => {
            const position = task.firstPosition + row
            if (position % 2 === 0 || task.attempt > 1) {
              onPart(aPart([{ position, output: `attempt ${task.attempt}` }], { taskId: task.id }))
              return
            }
            await new Promise<void>((resolve) => held.set(position, resolve))
            onPart(aPart([], { taskId: task.id, canceled: [position] }))
          })
        )
      }),
      cancelLine: (position) => held.get(position)?.()
    }
    return { proxy, held }
  }

  it.live("fails when it is canceled, and runs again alone when it is requeued; its neighbours go on (L5)", () =>
    Effect.gen(function* () {
      const { proxy } = holding()
      const { actors, delivered, failures } = actorsOn(proxy)
      const acting = yield* Effect.forkChild(actors.act(aTask({ rows: rows(6) })), { startImmediately: true })

      const taken = [
        actors.stopLine(1, "cancel"),
        actors.stopLine(3, "requeue"),
        actors.stopLine(5, "cancel"),
        actors.stopLine(4, "cancel")
      ]
      const open = yield* Fiber.join(acting)

      expect(taken).toEqual([true, true, true, false])
      assert.strictEqual(open, 0)
      expect(failures().map(({ position, error }) => [position, error.message])).toEqual([
        [1, "Line 1 was canceled."],
        [5, "Line 5 was canceled."]
      ])
      const third = delivered.find(({ part }) => part.positions[0] === 3)
      assert.strictEqual(new TextDecoder().decode(third?.part.outputs), "attempt 2\n")
    })
  )

  it.effect("that has not begun fails when it would begin, whatever its position is; the others are left (L5)", () =>
    Effect.gen(function* () {
      const { actors, failures } = actorsOn(fakeExecutor().proxy)
      actors.stopLine(71, "cancel")

      const lineNumbers = Uint32Array.of(70, 71, 72)
      const left = actors.withoutCanceled({ ...aTask({ rows: rows(3) }), lineNumbers })
      const untouched = actors.withoutCanceled(aTask({ rows: rows(3) }))

      expect(left.map(({ firstPosition, count }) => [firstPosition, count])).toEqual([
        [0, 1],
        [2, 1]
      ])
      expect(failures()).toMatchObject([{ position: 1, lineNumber: 71 }])
      assert.strictEqual(untouched.length, 1)
    })
  )
})
