// What every run store promises (R1 to R4, and what its methods say), as tests that any store can be put through.
// What only a process with a disk can show (kill -9, two processes) is in the tests of the store itself.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { errorRecord } from "../contracts/error-record.ts"
import { InvalidOption, RunExists, RunLocked, RunNotFound, RunNotLive } from "../contracts/errors.ts"
import type { OutputCursor, RunOrder, RunStore, StoredChunk } from "../contracts/index.ts"
import { aLineRecord, aManifest, anEnding, aStoredChunk } from "./builders.ts"

export interface RunStoreUnderTest {
  readonly store: RunStore
  /** Closes the store and opens it anew in the same place; absent for stores that forget. */
  readonly reopen?: () => Promise<RunStore>
  readonly dispose: () => Promise<void>
}

const START = "2026-01-02T03:04:05.700+00:00"
const CURSOR: OutputCursor = { position: 0, outputBytes: 0 }

export function runStoreSuite(name: string, make: () => Promise<RunStoreUnderTest>): void {
  const withStore = (body: (store: RunStore, reopen: () => Promise<RunStore>) => Promise<void>) => async () => {
    const made = await make()
    try {
      await body(made.store, made.reopen ?? (async () => made.store))
    } finally {
      await made.dispose()
    }
  }

  describe(`${name}: a run`, () => {
    test(
      "shows as Running, with what it was created with and no lines",
      withStore(async (store) => {
        const manifest = aManifest({ name: "first", tags: { team: "green" }, description: "what for" })

        await store.createRun(manifest, START)

        expect(await store.getRun("first")).toEqual({
          manifest,
          status: "Running",
          startTime: START,
          endTime: undefined,
          lines: { total: 0, completed: 0, failed: 0 },
          nodeStatus: {},
          metrics: {},
          systemMetrics: { total_tokens: 0, prompt_tokens: 0, completion_tokens: 0, duration: expect.any(Number) },
          error: undefined,
          isArchived: false
        })
        expect(await store.getEnding("first")).toBeUndefined()
      })
    )

    test(
      "is the sum of its chunks at any moment",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "sum" }), START)

        await writer.append(
          [aStoredChunk({ positions: [0, 1, 2], failed: [1], nodeStatus: { "a.completed": 2 } })],
          CURSOR
        )
        const early = await store.getRun("sum")
        await writer.append([aStoredChunk({ positions: [9], nodeStatus: { "a.completed": 1, "b.failed": 1 } })], CURSOR)
        const later = await store.getRun("sum")

        expect(early.lines).toEqual({ total: 3, completed: 2, failed: 1 })
        expect(early.nodeStatus).toEqual({ "a.completed": 2 })
        expect(later.lines).toEqual({ total: 4, completed: 3, failed: 1 })
        expect(later.nodeStatus).toEqual({ "a.completed": 3, "b.failed": 1 })
        expect(later.systemMetrics).toMatchObject({ prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 })
      })
    )

    test(
      "ends with what finish was told, aggregation nodes counted, and is let go of",
      withStore(async (store, reopen) => {
        const writer = await store.createRun(aManifest({ name: "done" }), START)
        await writer.append([aStoredChunk({ positions: [0, 1], nodeStatus: { "a.completed": 2 } })], CURSOR)
        const ending = anEnding({
          durationSec: 1.5,
          metrics: { accuracy: 0.5, coverage: 1 },
          metricTexts: { coverage: "1.0" },
          aggregation: [
            {
              node: "mean",
              status: "Completed",
              startMs: 1,
              endMs: 2,
              output: { mean: [0.5, null, "text"] },
              tokens: { prompt: 10, completion: 20, total: 30 }
            },
            { node: "max", status: "Failed", startMs: 1, endMs: 2, output: undefined }
          ]
        })

        await writer.finish(ending)

        const reopened = await reopen()
        expect(await reopened.getEnding("done")).toEqual(ending)
        expect(await reopened.getRun("done")).toMatchObject({
          status: "Completed",
          endTime: ending.endTime,
          lines: { total: 2, completed: 2, failed: 0 },
          nodeStatus: { "a.completed": 2, "mean.completed": 1, "max.failed": 1 },
          metrics: { accuracy: 0.5, coverage: 1 },
          metricTexts: { coverage: "1.0" },
          systemMetrics: { prompt_tokens: 14, completion_tokens: 22, total_tokens: 36, duration: 1.5 }
        })
      })
    )

    test(
      "that failed keeps its error",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "broken" }), START)
        const error = errorRecord({ message: "no such model", codes: ["UserError", "ToolExecutionError"] })

        await writer.finish(anEnding({ status: "Failed", error }))

        expect(await store.getRun("broken")).toMatchObject({ status: "Failed", error })
      })
    )

    test(
      "whose writer let go without an end is Interrupted, and letting go twice is the same",
      withStore(async (store, reopen) => {
        const writer = await store.createRun(aManifest({ name: "left" }), START)
        await writer.append([aStoredChunk({ positions: [0] })], CURSOR)

        await writer.release()
        await writer.release()

        expect(await store.getRun("left")).toMatchObject({ status: "Interrupted", lines: { total: 1 } })
        await expect(writer.append([aStoredChunk({ positions: [1] })], CURSOR)).rejects.toThrow()
        const reopened = await reopen()
        expect(await reopened.getRun("left")).toMatchObject({ status: "Interrupted", lines: { total: 1 } })
        expect(await reopened.getEnding("left")).toBeUndefined()
      })
    )

    test(
      "that is finished takes no more lines, and its end stays when it is let go of",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "over" }), START)

        await writer.finish(anEnding())
        await writer.release()

        await expect(writer.append([aStoredChunk()], CURSOR)).rejects.toThrow()
        await expect(writer.finish(anEnding({ status: "Failed" }))).rejects.toThrow()
        expect(await store.getRun("over")).toMatchObject({ status: "Completed", lines: { total: 0 } })
      })
    )
  })

  describe(`${name}: a run that is taken up again`, () => {
    test(
      "goes on where it was, whatever its end was, and knows how far its output was written (R5)",
      withStore(async (store, reopen) => {
        const first = await store.createRun(aManifest({ name: "r" }), START)
        await first.append([aStoredChunk({ positions: [0, 1] })], { position: 0, outputBytes: 0 })
        await first.append([aStoredChunk({ positions: [4] })], { position: 2, outputBytes: 20 })
        await first.finish(anEnding({ status: "Canceled", durationSec: 2 }))

        const reopened = await reopen()
        const { writer, cursor, startTime, spentSec } = await reopened.reopenRun("r")

        expect({ cursor, startTime, spentSec }).toEqual({
          cursor: { position: 2, outputBytes: 20 },
          startTime: START,
          spentSec: 2
        })
        expect(await reopened.getRun("r")).toMatchObject({ status: "Running", lines: { total: 3 }, endTime: undefined })
        expect(await reopened.getEnding("r")).toBeUndefined()
        await expect(writer.append([aStoredChunk({ positions: [3, 4] })], CURSOR)).rejects.toThrow("4")
        await writer.append([aStoredChunk({ positions: [2, 3] })], CURSOR)
        await writer.finish(anEnding())
        expect(await reopened.getRun("r")).toMatchObject({ status: "Completed", lines: { total: 5 } })
      })
    )

    test(
      "begins at the beginning when nothing of it was kept, and takes another manifest",
      withStore(async (store) => {
        await (await store.createRun(aManifest({ name: "r" }), START)).release()

        const { cursor } = await store.reopenRun("r", aManifest({ name: "r", description: "another" }))

        expect(cursor).toEqual({ position: 0, outputBytes: 0 })
        expect(await store.getRun("r")).toMatchObject({ manifest: { description: "another" } })
      })
    )

    test(
      "has the results of nodes whose lines are not stored, and no others (R6)",
      withStore(async (store, reopen) => {
        const first = await store.createRun(aManifest({ name: "r" }), START)
        const of = (position: number, firstNode: number) => ({
          position,
          firstNode,
          nodes: Uint8Array.of(firstNode, 9)
        })
        await first.append([], CURSOR, [of(5, 0), of(4, 0), of(9, 0)])
        await first.append([aStoredChunk({ positions: [4] })], CURSOR, [of(5, 2), of(4, 1)])
        await first.append([], CURSOR, [of(4, 2)])
        await first.release()

        const { writer } = await (await reopen()).reopenRun("r")
        const again = await reopen()
        const plainly = async () =>
          (await all(again.readNodeResults("r"))).map(({ position, firstNode, nodes }) => [
            position,
            firstNode,
            ...nodes
          ])

        expect(await plainly()).toEqual([
          [5, 0, 0, 9],
          [5, 2, 2, 9],
          [9, 0, 0, 9]
        ])
        await writer.release()
        const second = (await again.reopenRun("r")).writer
        await second.append([aStoredChunk({ positions: [5, 6] })], CURSOR)
        expect(await plainly()).toEqual([[9, 0, 0, 9]])
        expect((await again.getRun("r")).lines.total).toBe(3)
        await second.finish(anEnding())
        await again.deleteRun("r")
        await expect(all(again.readNodeResults("r"))).rejects.toThrow(RunNotFound)
      })
    )

    test(
      "takes orders while it is written, each once and in order, and shows as Paused when it is",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        const orders: RunOrder[] = []
        writer.onOrder((order) => orders.push(order))
        const given: readonly RunOrder[] = [
          { type: "tune", concurrency: 3 },
          { type: "cancelLine", lineNumber: 7 },
          { type: "pause" }
        ]

        for (const order of given) await store.giveOrder("r", order)
        await writer.setPaused(true)
        const paused = await store.getRun("r")
        await writer.setPaused(false)
        const running = await store.getRun("r")
        await writer.setPaused(true)
        await writer.release()

        expect(orders).toEqual(given)
        expect([paused.status, running.status]).toEqual(["Paused", "Running"])
        expect(await store.getRun("r")).toMatchObject({ status: "Interrupted" })
        await expect(store.giveOrder("r", { type: "pause" })).rejects.toThrow(RunNotLive)
        await expect(store.giveOrder("nobody", { type: "pause" })).rejects.toThrow(RunNotFound)
        await store.reopenRun("r")
        expect(await store.getRun("r")).toMatchObject({ status: "Running" })
      })
    )

    test(
      "has one writer: it is refused while that one lives, and nobody else's run is (R3, R5)",
      withStore(async (store) => {
        const first = await store.createRun(aManifest({ name: "r" }), START)
        await expect(store.reopenRun("r")).rejects.toThrow(RunLocked)
        await first.release()
        const second = await store.reopenRun("r")
        await expect(store.reopenRun("r")).rejects.toThrow(RunLocked)
        await expect(store.reopenRun("nobody")).rejects.toThrow(RunNotFound)

        await expect(first.append([aStoredChunk()], CURSOR)).rejects.toThrow()
        await second.writer.append([aStoredChunk()], CURSOR)
        expect((await store.getRun("r")).lines.total).toBe(1)
      })
    )
  })

  describe(`${name}: chunks`, () => {
    test(
      "can be read from a first position on",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        await writer.append(
          [0, 10, 20].map((at) => aStoredChunk({ positions: [at, at + 5] })),
          CURSOR
        )

        const firsts = (await all(store.readChunks("r", 10))).map(({ header }) => header.positions[0])

        expect(firsts).toEqual([10, 20])
      })
    )

    test(
      "come back as they were, by first position",
      withStore(async (store, reopen) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        const gaps = aStoredChunk({ positions: [3, 5, 4_294_967_295], failed: [5], lineNumbers: [30, 7, 0] })
        const plain = aStoredChunk({
          positions: [0, 1, 2],
          aggregation: new TextEncoder().encode('["1"]\n["2"]\n["3"]\n')
        })
        const empty = aStoredChunk({
          positions: [4],
          rows: new Uint8Array(),
          aggregation: new Uint8Array(),
          nodeStatus: {}
        })

        await writer.append([empty, gaps], { position: 0, outputBytes: 0 })
        await writer.append([plain], { position: 6, outputBytes: 100 })
        await writer.flush()
        await writer.release()

        const reopened = await reopen()
        expect((await all(reopened.readChunks("r"))).map(plainly)).toEqual([plain, gaps, empty].map(plainly))
        expect((await all(reopened.readHeaders("r"))).map(headerPlainly)).toEqual(
          [plain, gaps, empty].map((chunk) => headerPlainly(chunk.header))
        )
      })
    )

    test(
      "belong to the caller again once they are appended",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        const chunk = aStoredChunk({ positions: [0, 1] })
        const before = plainly(structuredClone(chunk))

        await writer.append([chunk], CURSOR)
        chunk.rows.fill(0)
        chunk.records.fill(0)
        chunk.header.positions.fill(9)

        expect((await all(store.readChunks("r"))).map(plainly)).toEqual([before])
      })
    )

    test(
      "can be read while more are appended, and reading may stop half-way",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        for (let at = 0; at < 40; at++) await writer.append([aStoredChunk({ positions: [at] })], CURSOR)

        const seen: number[] = []
        for await (const chunk of store.readChunks("r")) {
          seen.push(chunk.header.positions[0]!)
          await writer.append([aStoredChunk({ positions: [1000 + seen.length] })], CURSOR)
          if (seen.length === 30) break
        }

        expect(seen).toEqual(Array.from({ length: 30 }, (_, at) => at))
        expect((await store.getRun("r")).lines.total).toBe(70)
      })
    )

    test(
      "are all of an append or none: a refused one leaves no trace (R1)",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        await writer.append([aStoredChunk({ positions: [5] })], CURSOR)

        const refused = writer.append(
          [aStoredChunk({ positions: [1, 2] }), aStoredChunk({ positions: [4, 5] })],
          CURSOR
        )

        await expect(refused).rejects.toThrow()
        expect(await positionsOf(store, "r")).toEqual([5])
      })
    )

    test(
      "hold a position once: a second time is refused, within an append too, and the run goes on (R2)",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        await writer.append([aStoredChunk({ positions: [0, 1, 2] })], CURSOR)

        await expect(writer.append([aStoredChunk({ positions: [2, 3] })], CURSOR)).rejects.toThrow("2")
        await expect(
          writer.append([aStoredChunk({ positions: [7, 8] }), aStoredChunk({ positions: [8] })], CURSOR)
        ).rejects.toThrow("8")
        await writer.append([aStoredChunk({ positions: [3, 7, 8] })], CURSOR)

        expect(await positionsOf(store, "r")).toEqual([0, 1, 2, 3, 7, 8])
      })
    )

    test(
      "give the same answers however the lines were cut and in whatever order they came",
      withStore(async (store, reopen) => {
        let count = 0
        await fc.assert(
          fc.asyncProperty(aSplit, async ({ chunks, perAppend, total, failed }) => {
            const run = `split-${count++}`
            const writer = await store.createRun(aManifest({ name: run }), START)
            const appends: Array<Promise<void>> = []
            for (let i = 0; i < chunks.length; i += perAppend) {
              appends.push(writer.append(chunks.slice(i, i + perAppend), CURSOR))
            }
            await Promise.all(appends)

            expect(await store.getRun(run)).toMatchObject({
              lines: { total, completed: total - failed, failed },
              nodeStatus: total === 0 ? {} : { "answer.completed": total },
              systemMetrics: { prompt_tokens: 2 * total, completion_tokens: total, total_tokens: 3 * total }
            })
            expect((await positionsOf(store, run)).toSorted((a, b) => a - b)).toEqual(
              Array.from({ length: total }, (_, i) => i)
            )
            const firsts = (await all(store.readHeaders(run))).map((header) => header.positions[0]!)
            expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
          }),
          { numRuns: 30 }
        )
        const before = await store.listRuns()
        const after = await (await reopen()).listRuns()
        expect(after.map(({ lines }) => lines)).toEqual(before.map(({ lines }) => lines))
      })
    )

    test(
      "hold records that decode alone, as they were encoded",
      withStore(async (store) => {
        const lines = [
          aLineRecord({ position: 0 }),
          aLineRecord({
            position: 1,
            status: "Failed",
            nodes: [],
            error: errorRecord({ message: "no", codes: ["UserError"] })
          })
        ]

        store.encodeRecords([aLineRecord({ position: 7 })])
        const encoded = store.encodeRecords(lines)

        expect(store.decodeRecords(Uint8Array.from(encoded))).toEqual(lines)
        expect(store.decodeRecords(store.encodeRecords([]))).toEqual([])
      })
    )
  })

  describe(`${name}: names`, () => {
    test(
      "that are taken are refused, whatever became of their run (R4)",
      withStore(async (store) => {
        const running = await store.createRun(aManifest({ name: "taken" }), START)
        await expect(store.createRun(aManifest({ name: "taken" }), START)).rejects.toThrow(RunExists)
        await running.append([aStoredChunk()], CURSOR)
        await running.release()
        await expect(store.createRun(aManifest({ name: "taken" }), START)).rejects.toThrow(RunExists)

        expect((await store.getRun("taken")).lines.total).toBe(1)
      })
    )

    test(
      "that nobody created are not found, by any method (R4)",
      withStore(async (store) => {
        await expect(store.getRun("nobody")).rejects.toThrow(RunNotFound)
        await expect(store.getEnding("nobody")).rejects.toThrow(RunNotFound)
        await expect(store.updateRun("nobody", { isArchived: true })).rejects.toThrow(RunNotFound)
        await expect(store.deleteRun("nobody")).rejects.toThrow(RunNotFound)
        await expect(all(store.readHeaders("nobody"))).rejects.toThrow(RunNotFound)
        await expect(all(store.readChunks("nobody"))).rejects.toThrow(RunNotFound)
        await store.createRun(aManifest({ name: "nobody else" }), START)
        await expect(store.getRun("nobody")).rejects.toThrow(RunNotFound)
        expect(await store.listRuns()).toHaveLength(1)
      })
    )

    test.each(["", ".", "..", "a/b", "a\\b", "../up", "nul", "COM1.txt", "a\0b", "line\nbreak", "x".repeat(256)])(
      "%j is refused and named",
      (bad) =>
        withStore(async (store) => {
          const refused = store.createRun(aManifest({ name: bad }), START)

          await expect(refused).rejects.toThrow(InvalidOption)
          await expect(refused).rejects.toThrow(JSON.stringify(bad))
          expect(await store.listRuns()).toEqual([])
        })()
    )

    test.each([
      "a",
      "run_20260102_030405_678901",
      "mit Leerzeichen",
      "日本語",
      "x".repeat(255),
      "~",
      "a~",
      "-",
      "0",
      "record"
    ])("%j is fine, and no other run's", (good) =>
      withStore(async (store) => {
        await store.createRun(aManifest({ name: `${good.slice(0, 200)}x2` }), START)
        const writer = await store.createRun(aManifest({ name: good }), START)
        await writer.append([aStoredChunk()], CURSOR)

        expect(await store.getRun(good)).toMatchObject({ manifest: { name: good }, lines: { total: 1 } })
        expect(await store.listRuns()).toHaveLength(2)
      })()
    )
  })

  describe(`${name}: runs`, () => {
    test(
      "are listed newest first",
      withStore(async (store, reopen) => {
        expect(await store.listRuns()).toEqual([])
        for (const run of ["b", "c", "a"]) await (await store.createRun(aManifest({ name: run }), START)).release()

        const reopened = await reopen()

        expect((await reopened.listRuns()).map(({ manifest }) => manifest.name)).toEqual(["a", "c", "b"])
        expect((await reopened.listRuns())[1]).toEqual(await reopened.getRun("c"))
      })
    )

    test(
      "are changed in what is given and nothing else, also while they are written",
      withStore(async (store, reopen) => {
        const manifest = aManifest({ name: "r", tags: { a: "1", b: "2" }, description: "old" })
        const writer = await store.createRun(manifest, START)

        const renamed = await store.updateRun("r", { displayName: "new name", tags: { c: "3" } })
        const archived = await store.updateRun("r", { isArchived: true })
        await writer.append([aStoredChunk()], CURSOR)
        await writer.finish(anEnding())

        expect(renamed.manifest).toEqual({ ...manifest, displayName: "new name", tags: { c: "3" } })
        expect(archived).toMatchObject({ isArchived: true, manifest: { displayName: "new name", description: "old" } })
        const reopened = await reopen()
        expect(await reopened.getRun("r")).toMatchObject({ isArchived: true, status: "Completed", lines: { total: 1 } })
        expect(await reopened.updateRun("r", { isArchived: false })).toMatchObject({ isArchived: false })
      })
    )

    test(
      "that are being written cannot be deleted (R3)",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)

        await expect(store.deleteRun("r")).rejects.toThrow(RunLocked)

        await writer.append([aStoredChunk()], CURSOR)
        expect(await store.getRun("r")).toMatchObject({ status: "Running", lines: { total: 1 } })
      })
    )

    test(
      "that are deleted leave nothing to a later run of their name",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)
        const other = await store.createRun(aManifest({ name: "other" }), START)
        for (let at = 0; at < 600; at += 2) await writer.append([aStoredChunk({ positions: [at, at + 1] })], CURSOR)
        await other.append([aStoredChunk()], CURSOR)
        await writer.finish(anEnding())

        await store.deleteRun("r")

        await expect(store.getRun("r")).rejects.toThrow(RunNotFound)
        await store.createRun(aManifest({ name: "r" }), START)
        expect(await store.getRun("r")).toMatchObject({ status: "Running", lines: { total: 0 } })
        expect(await store.getEnding("r")).toBeUndefined()
        expect((await store.getRun("other")).lines.total).toBe(1)
      })
    )

    test(
      "are out of reach once the store is closed, and closing twice is the same",
      withStore(async (store) => {
        const writer = await store.createRun(aManifest({ name: "r" }), START)

        await store.close()
        await store.close()

        await expect(store.getRun("r")).rejects.toThrow("closed")
        await expect(store.listRuns()).rejects.toThrow("closed")
        await expect(writer.append([aStoredChunk()], CURSOR)).rejects.toThrow()
        await writer.release()
      })
    )
  })
}

/** Lines 0 to n - 1, dealt to chunks at random, the chunks in random order. */
const aSplit = fc
  .array(fc.record({ owner: fc.nat({ max: 9 }), isFailed: fc.boolean() }), { maxLength: 60 })
  .chain((lines) => {
    const owned = new Map<number, number[]>()
    for (const [position, { owner }] of lines.entries()) owned.set(owner, [...(owned.get(owner) ?? []), position])
    const failed = lines.flatMap(({ isFailed }, position) => (isFailed ? [position] : []))
    const chunks = [...owned.values()].map((positions) =>
      aStoredChunk({ positions, failed: failed.filter((position) => positions.includes(position)) })
    )
    return fc.record({
      chunks: fc.shuffledSubarray(chunks, { minLength: chunks.length }),
      perAppend: fc.integer({ min: 1, max: 4 }),
      total: fc.constant(lines.length),
      failed: fc.constant(failed.length)
    })
  })

async function all<A>(iterable: AsyncIterable<A>): Promise<A[]> {
  const items: A[] = []
  for await (const item of iterable) items.push(item)
  return items
}

async function positionsOf(store: RunStore, run: string): Promise<number[]> {
  const headers = await all(store.readHeaders(run))
  return headers.flatMap((header) => [...header.positions])
}

/** Numbers and texts instead of arrays of bytes, which compare by class as well. */
function plainly({ header, records, rows, aggregation }: StoredChunk) {
  return {
    header: headerPlainly(header),
    records: Buffer.from(records).toString("hex"),
    rows: Buffer.from(rows).toString("hex"),
    aggregation: aggregation === undefined ? undefined : Buffer.from(aggregation).toString("hex")
  }
}

function headerPlainly({ positions, lineNumbers, statuses, nodeStatus, tokens }: StoredChunk["header"]) {
  return {
    positions: [...positions],
    lineNumbers: lineNumbers === undefined ? undefined : [...lineNumbers],
    statuses: statuses === undefined ? undefined : [...statuses],
    nodeStatus,
    tokens
  }
}
