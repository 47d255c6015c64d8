import { existsSync } from "node:fs"
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { InvalidOption, RunNotFound, WriteFailed } from "@throughline/core/errors"
import { aManifest } from "@throughline/core/testing"
import { JournalTooNew, lmdb } from "@throughline/storage"
import { open } from "lmdb"
import { expect, test } from "vitest"
import { writeRun } from "./child.ts"
import { LINES_PER_CHUNK } from "./numbered-chunk.ts"
import { temporaryHome } from "./temporary-home.ts"

const isRoot = process.getuid?.() === 0

test("reading a home without a journal makes none (J1)", async () => {
  const home = await temporaryHome()
  const store = home.open()

  expect(await store.listRuns()).toEqual([])
  await expect(store.getRun("r")).rejects.toThrow(RunNotFound)

  expect(existsSync(join(home.path, "journal"))).toBe(false)
})

test("where the journal cannot be made, the error names the place, and the store opens once it can be (J2)", async () => {
  const home = await temporaryHome()
  const journal = join(home.path, "journal")
  await writeFile(journal, "in the way")
  const store = home.open()

  const refused = store.createRun(aManifest({ name: "r" }), "")
  await expect(refused).rejects.toThrow(WriteFailed)
  await expect(refused).rejects.toMatchObject({ path: journal })
  await rm(journal)

  await store.createRun(aManifest({ name: "r" }), "")
  expect(await store.listRuns()).toHaveLength(1)
})

test("a home that is a file is refused", async () => {
  const home = await temporaryHome()
  const file = join(home.path, "file")
  await writeFile(file, "")

  await expect(lmdb(file).createRun(aManifest(), "")).rejects.toMatchObject({ path: join(file, "journal") })
})

test.skipIf(isRoot || process.platform === "win32")("a home that may not be written to is refused", async () => {
  const home = await temporaryHome()
  const locked = join(home.path, "locked")
  await mkdir(locked)
  await chmod(locked, 0o555)

  await expect(lmdb(locked).createRun(aManifest(), "")).rejects.toThrow(WriteFailed)
})

test.skipIf(process.platform === "win32")("a full disk fails the append, and what was acknowledged stays", async () => {
  const home = await temporaryHome()
  // The largest file that the process may write: the nearest thing to a full disk that needs no disk of its own.
  const child = writeRun([home.path, "full", "100000", "1", "close"], { shell: "trap '' XFSZ; ulimit -f 2048" })

  const failure = await child.waitFor("failed")
  await child.waitFor("closed")
  expect(await child.ended).toBe(0)

  expect(failure).toContain("failed WriteFailed cannot write ")
  expect(failure).toContain("MiB free on its disk")
  const acknowledged = child.said.filter((line) => line.startsWith("ack ")).length
  const store = home.open()
  expect(acknowledged).toBeGreaterThan(0)
  expect(await store.getRun("full")).toMatchObject({
    status: "Interrupted",
    lines: { total: acknowledged * LINES_PER_CHUNK }
  })
  await store.createRun(aManifest({ name: "next" }), "")
})

test("a journal of a later version is refused and left as it is", async () => {
  const home = await temporaryHome()
  const folder = join(home.path, "journal")
  const later = open({ path: folder, noSubdir: false, encoding: "binary", maxDbs: 8 })
  await later.put("format", Uint8Array.of(9))
  await later.openDB({ name: "something new", encoding: "binary" }).put("a", Uint8Array.of(1))
  await later.close()
  const before = await readFile(join(folder, "data.mdb"))
  const store = home.open()

  const refused = store.listRuns()
  await expect(refused).rejects.toThrow(JournalTooNew)
  await expect(refused).rejects.toThrow("has format 9, but this version knows formats up to 1")
  await expect(store.createRun(aManifest(), "")).rejects.toThrow(JournalTooNew)

  expect(Buffer.compare(await readFile(join(folder, "data.mdb")), before)).toBe(0)
})

test("options are checked at the door", () => {
  expect(() => lmdb("")).toThrow(InvalidOption)
  expect(() => lmdb({ home: "runs", mapSizeGiB: 1 })).toThrow("lmdb mapSizeGiB: got 1")
})
