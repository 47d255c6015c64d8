// A journal whose file was cut or overwritten: an error that names it, never a signal, and the file stays as it is.

import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { aManifest, anEnding, aStoredChunk } from "@throughline/core/testing"
import { JournalDamaged } from "@throughline/storage"
import { expect, test } from "vitest"
import { temporaryHome } from "./temporary-home.ts"

const PAGE = 4096

async function aJournal(lineBytes: number) {
  const home = await temporaryHome()
  const store = home.open()
  const writer = await store.createRun(aManifest({ name: "r" }), "")
  const records = new Uint8Array(lineBytes)
  for (let position = 0; position < 10; position++) {
    await writer.append([{ ...aStoredChunk({ positions: [position] }), records }], { position, outputBytes: 0 })
  }
  await writer.finish(anEnding())
  await store.close()
  return { home, file: join(home.path, "journal", "data.mdb") }
}

async function readAll(home: Awaited<ReturnType<typeof temporaryHome>>): Promise<unknown> {
  const store = home.open()
  try {
    for (const { manifest } of await store.listRuns()) for await (const _ of store.readChunks(manifest.name));
    return undefined
  } catch (error) {
    return error
  }
}

test("one that lost its end is refused with its length, and left as it is", async () => {
  const { home, file } = await aJournal(1_000_000)
  truncateSync(file, 40 * PAGE)

  const error = await readAll(home)

  expect(error).toBeInstanceOf(JournalDamaged)
  expect((error as Error).message).toMatch(/data\.mdb is damaged: it has 163840 of the \d+ bytes of its last commit\. /)
  expect(statSync(file).size).toBe(40 * PAGE)
  await expect(home.open().createRun(aManifest({ name: "next" }), "")).rejects.toThrow(JournalDamaged)
})

test("one that lost a few pages is read as far as it goes", async () => {
  const { home, file } = await aJournal(1_000)
  truncateSync(file, statSync(file).size - 3 * PAGE)

  const error = await readAll(home)

  expect(error === undefined || error instanceof JournalDamaged).toBe(true)
})

test("one whose pages were overwritten is told from a bug", async () => {
  const { home, file } = await aJournal(1_000)
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0, 2 * PAGE))

  expect(await readAll(home)).toBeInstanceOf(JournalDamaged)
})

test("a file that is no journal is refused, and an empty one is a new journal", async () => {
  const { home, file } = await aJournal(1_000)
  writeFileSync(file, "not a journal at all".repeat(1000))
  const error = await readAll(home)
  writeFileSync(file, "")

  expect(error).toBeInstanceOf(JournalDamaged)
  expect(String(error)).toContain("its first pages are not those of a journal")
  expect(await home.open().listRuns()).toEqual([])
})
