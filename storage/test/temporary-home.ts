// A home for one test, and the stores opened there: all is closed and removed when the test is over.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunStore } from "@throughline/core/contracts"
import { type LmdbOptions, lmdb } from "@throughline/storage"
import { onTestFinished } from "vitest"

export interface TemporaryHome {
  readonly path: string
  open(options?: Omit<LmdbOptions, "home">): RunStore
}

export async function temporaryHome(): Promise<TemporaryHome> {
  const path = await mkdtemp(join(tmpdir(), "journal-"))
  const stores: RunStore[] = []
  onTestFinished(async () => {
    for (const store of stores) await store.close()
    await rm(path, { recursive: true, force: true })
  })
  return {
    path,
    open: (options = {}) => {
      const store = lmdb({ ...options, home: path })
      stores.push(store)
      return store
    }
  }
}
