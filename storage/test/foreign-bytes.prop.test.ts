// Bytes that we did not write, in the place of ours.

import { join } from "node:path"
import { aManifest, anEnding, aStoredChunk } from "@throughline/core/testing"
import { checkStore, JournalDamaged } from "@throughline/storage"
import fc from "fast-check"
import { open } from "lmdb"
import { expect, test } from "vitest"
import { temporaryHome } from "./temporary-home.ts"

test("a header of any bytes is read as a header, or refused as damage; nothing else happens", async () => {
  const home = await temporaryHome()
  const store = home.open()
  const writer = await store.createRun(aManifest({ name: "r" }), "2026-01-02T03:04:05+00:00")
  await writer.append([aStoredChunk({ positions: [0, 1] })], { position: 0, outputBytes: 0 })
  await writer.finish(anEnding())
  await store.close()
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    // Arrays of six, as headers are, with anything in them.
    fc
      .array(fc.constantFrom(0xc0, 0x00, 0x7f, 0x90, 0x92, 0x80, 0xa1, 0xc4, 0xcb, 0xce, 0xdd, 0xff), { maxLength: 24 })
      .map((rest) => Uint8Array.from([0x96, ...rest]))
  )

  await fc.assert(
    fc.asyncProperty(bytes, async (header) => {
      const root = open({ path: join(home.path, "journal"), noSubdir: false, encoding: "binary", maxDbs: 8 })
      await root.openDB({ name: "headers", encoding: "binary" }).put([1, 0], header)
      await root.close()
      const reader = home.open()

      const read = await Promise.allSettled([
        Array.fromAsync(reader.readHeaders("r")),
        Array.fromAsync(reader.readChunks("r")),
        checkStore(home.path)
      ])
      await reader.close()

      for (const each of read) if (each.status === "rejected") expect(each.reason).toBeInstanceOf(JournalDamaged)
      expect(read[2].status).toBe("fulfilled")
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { numRuns: 60 }
  )
})
