import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runStoreSuite } from "@throughline/core/testing"
import { lmdb } from "@throughline/storage"

runStoreSuite("lmdb", async () => {
  const home = await mkdtemp(join(tmpdir(), "journal-"))
  let store = lmdb(home)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = lmdb(home)
      return store
    },
    dispose: async () => {
      await store.close()
      await rm(home, { recursive: true })
    }
  }
})
