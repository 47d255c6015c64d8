import { expect, test } from "vitest"
import type { LineRecord } from "../contracts/index.ts"
import { runStoreSuite } from "../testing/run-store.suite.ts"
import { memoryStore } from "./memory-store.ts"

const json = {
  encodeRecords: (records: readonly LineRecord[]) => new TextEncoder().encode(JSON.stringify(records)),
  decodeRecords: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as LineRecord[]
}

runStoreSuite("memoryStore", async () => {
  const store = memoryStore(json)
  return { store, dispose: () => store.close() }
})

test("without a codec it says so when records are to be decoded", () => {
  const store = memoryStore()

  expect(() => store.decodeRecords(new Uint8Array())).toThrow("memoryStore({ encodeRecords, decodeRecords })")
})
