import { existsSync } from "node:fs"
import { join } from "node:path"
import { aManifest, anEnding } from "@throughline/core/testing"
import { checkStore, compactStore, StoreInUse, storeInfo } from "@throughline/storage"
import { open } from "lmdb"
import { expect, test } from "vitest"
import { refuseNetwork } from "../src/lmdb/refuse-network.ts"
import { writeRun } from "./child.ts"
import { numberedChunk } from "./numbered-chunk.ts"
import { temporaryHome } from "./temporary-home.ts"

/** A run of so many chunks with records that msgpack reads. */
async function aRun(store: ReturnType<Awaited<ReturnType<typeof temporaryHome>>["open"]>, name: string, chunks = 300) {
  const writer = await store.createRun(aManifest({ name }), "2026-01-02T03:04:05+00:00")
  for (let number = 0; number < chunks; number += 50) {
    const some = Array.from({ length: Math.min(50, chunks - number) }, (_, i) => {
      const chunk = numberedChunk(number + i)
      return { ...chunk, records: store.encodeRecords(new Array(chunk.header.positions.length).fill({}) as never) }
    })
    await writer.append(some, { position: 0, outputBytes: 0 })
  }
  await writer.finish(anEnding())
}

test("a deleted run's pages are free, the next run fills them, and compacting gives them back", async () => {
  const home = await temporaryHome()
  const store = home.open()
  await aRun(store, "first")
  await aRun(store, "kept", 3)
  const full = (await storeInfo(home.path))!

  await store.deleteRun("first")
  await aRun(store, "fills the gap", 200)
  const refilled = (await storeInfo(home.path))!
  await store.deleteRun("fills the gap")
  await store.close()
  const { before, after } = (await compactStore(home.path))!

  expect(full.usedBytes).toBeGreaterThan(500_000)
  expect(refilled.fileBytes).toBeLessThan(1.3 * full.fileBytes)
  expect(before.freeBytes).toBeGreaterThan(0.5 * before.fileBytes)
  expect(after.fileBytes).toBeLessThan(0.3 * before.fileBytes)
  expect(await checkStore(home.path)).toEqual([])
  const again = home.open()
  expect((await again.listRuns()).map(({ manifest, lines }) => [manifest.name, lines.total])).toEqual([["kept", 24]])
  await aRun(again, "after", 5)
  expect((await again.getRun("after")).lines.total).toBe(40)
})

test("a journal that another process or store has open is not compacted (M2)", async () => {
  const home = await temporaryHome()
  const store = home.open()
  await aRun(store, "r", 3)

  await expect(compactStore(home.path)).rejects.toThrow("is open in another store of this process")
  await store.close()
  const child = writeRun([home.path, "theirs", "2", "1", "wait"])
  await child.waitFor("ack 2")

  await expect(compactStore(home.path)).rejects.toThrow(
    new StoreInUse({ path: join(home.path, "journal"), pids: [child.pid] })
  )

  child.tell("go on")
  expect(await child.ended).toBe(0)
  expect((await compactStore(home.path))?.after.runs).toBe(2)
})

test("what is not as it was written is found and named", async () => {
  const home = await temporaryHome()
  const store = home.open()
  await aRun(store, "r", 3)
  await store.close()
  const root = open({ path: join(home.path, "journal"), noSubdir: false, encoding: "binary", maxDbs: 8 })
  await root.openDB({ name: "sections", encoding: "binary" }).remove([1, 8, 1])
  await root.openDB({ name: "sections", encoding: "binary" }).put([1, 16, 0], Uint8Array.of(0x91))
  await root.openDB({ name: "headers", encoding: "binary" }).put([1, 0], Uint8Array.of(0xc1))
  await root.openDB({ name: "headers", encoding: "binary" }).put([9, 0], Uint8Array.of(0xc0))
  await root.close()

  const problems = await checkStore(home.path)

  expect(problems.map(({ run, position }) => [run, position])).toEqual([
    ["r", 0],
    ["r", 8],
    ["r", 16],
    ["number 9", 0]
  ])
  expect(problems[1]?.problem).toBe("a section is gone, or shorter than its header says")
  expect(problems[3]?.problem).toBe("a chunk of no run")
})

test("a home without a journal is looked at without making one (M1)", async () => {
  const home = await temporaryHome()

  expect([await storeInfo(home.path), await checkStore(home.path), await compactStore(home.path)]).toEqual([
    undefined,
    [],
    undefined
  ])
  expect(existsSync(join(home.path, "journal"))).toBe(false)
})

test.skipIf(process.platform !== "linux")("a journal on a file system of the network is refused", () => {
  expect(() => refuseNetwork("/home/me/journal", () => 0x6969)).toThrow(
    "/home/me/journal is on NFS, a file system of the network: a journal there would be damaged sooner or later. " +
      "Choose a home on a disk of this machine (THROUGHLINE_HOME)"
  )
  expect(() => refuseNetwork("/home", () => -0xacb2be)).toThrow("is on CIFS")
  expect(() => refuseNetwork("/home", () => 0xef53)).not.toThrow()
})
