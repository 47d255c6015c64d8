// A journal as the first version wrote it: no results of nodes, leases and cursors without times, manifests without limits.

import { join } from "node:path"
import { aManifest, anEnding } from "@throughline/core/testing"
import { type Key, open } from "lmdb"
import { pack } from "msgpackr"
import { expect, test } from "vitest"
import { temporaryHome } from "./temporary-home.ts"

test("a journal of an earlier version is read, and its runs are taken up", async () => {
  const home = await temporaryHome()
  const root = open({ path: join(home.path, "journal"), noSubdir: false, encoding: "binary", maxDbs: 8 })
  await root.put("format", Uint8Array.of(1))
  const database = (name: string) => root.openDB<Uint8Array, Key>({ name, encoding: "binary" })
  const [runs, headers, sections] = [database("runs"), database("headers"), database("sections")]
  const record = {
    number: 1,
    manifest: aManifest({ name: "old" }),
    startTime: "2026-01-02T03:04:05+00:00",
    changes: {}
  }
  const lease = { token: "t", pid: 1, bootId: "an earlier boot", heartbeatMs: 1 }
  await runs.put([0, "next"], pack(2))
  await runs.put(["old", "record"], pack(record))
  await runs.put(["old", "cursor"], pack({ position: 1, outputBytes: 10 }))
  await runs.put(["old", "lease", "t"], pack(lease))
  await headers.put([1, 0], pack([[0, 2], null, null, { "a.completed": 2 }, [0, 0, 0], [1, 1, -1]]))
  await sections.put([1, 0, 0], Uint8Array.of(1))
  await sections.put([1, 0, 1], Uint8Array.of(2))
  await root.close()
  const store = home.open()

  const before = await store.getRun("old")
  const { writer, cursor, spentSec } = await store.reopenRun("old")
  await writer.append([], { position: 2, outputBytes: 20 }, [{ position: 2, firstNode: 0, nodes: Uint8Array.of(1) }])
  await writer.finish(anEnding())

  expect(before).toMatchObject({ status: "Interrupted", lines: { total: 2 } })
  expect({ cursor, spentSec }).toEqual({ cursor: { position: 1, outputBytes: 10 }, spentSec: 0 })
  expect(await store.getRun("old")).toMatchObject({ status: "Completed", lines: { total: 2 } })
})
