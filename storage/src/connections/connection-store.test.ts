import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Connection } from "@throughline/core/contracts"
import * as fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { ConnectionStore } from "./connection-store.ts"
import { findKey, SecretUnreadable, seal, unseal } from "./secret-box.ts"

function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), "throughline-connections-"))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

const aConnection = (about: Partial<Connection> = {}): Connection => ({
  name: "mine",
  type: "open_ai",
  configs: { base_url: "http://x" },
  secrets: { api_key: "sk-canary-123" },
  ...about
})

test("what was stored comes back, from another store object too", async () => {
  const home = aHome()
  await new ConnectionStore(home).put(aConnection())

  expect(await new ConnectionStore(home).get("mine")).toEqual(aConnection())
  expect(await new ConnectionStore(home).get("other")).toBeUndefined()
})

test("no file of the home holds the secret, and the key is its owner's only", async () => {
  const home = aHome()
  await new ConnectionStore(home).put(aConnection())

  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
  expect(texts).toHaveLength(2)
  expect(texts.some((text) => text.includes("canary") || text.includes(btoa("sk-canary-123")))).toBe(false)
  if (process.platform !== "win32") expect(statSync(join(home, "connections.key")).mode & 0o077).toBe(0)
})

test("the names of secrets are read without the key, their values are not", async () => {
  const home = aHome()
  await new ConnectionStore(home, { key: "one" }).put(aConnection())
  const other = new ConnectionStore(home, { key: "two" })

  expect(await other.list()).toMatchObject([{ name: "mine", type: "open_ai", secretKeys: ["api_key"] }])
  await expect(other.get("mine")).rejects.toThrow(
    "the secret 'api_key' of connection 'mine' cannot be read with THROUGHLINE_KEY"
  )
})

test("storing again keeps the day of its making and replaces everything else", async () => {
  const store = new ConnectionStore(aHome())
  const first = await store.put(aConnection())

  const second = await store.put(aConnection({ configs: {}, secrets: { api_key: "new" } }))

  expect(second.createdOn).toBe(first.createdOn)
  expect(await store.get("mine")).toMatchObject({ configs: {}, secrets: { api_key: "new" } })
})

test("deleting is done once and asked twice", async () => {
  const store = new ConnectionStore(aHome())
  await store.put(aConnection())

  await store.delete("mine")
  await store.delete("mine")

  expect(await store.list()).toEqual([])
})

test("a name stays in its folder, whatever it is, and apart from others that differ in case", async () => {
  const home = aHome()
  const store = new ConnectionStore(home)
  const names = ["..", "../../out", "My Connection", "a/b", "my connection", "ä %2F"]
  for (const name of names) await store.put(aConnection({ name }))

  expect([...(await store.names())].sort()).toEqual(names)
  const files = readdirSync(join(home, "connections")).map((file) => file.toLowerCase())
  expect(new Set(files).size).toBe(names.length)
})

test("a damaged file and a damaged key are named", async () => {
  const home = aHome()
  const store = new ConnectionStore(home)
  await store.put(aConnection())
  writeFileSync(join(home, "connections", "mine.json"), "{")
  await expect(store.get("mine")).rejects.toThrow("mine.json is damaged")

  writeFileSync(join(home, "connections.key"), "short")
  await expect(store.put(aConnection({ name: "other" }))).rejects.toThrow("connections.key does not hold a key")
})

test("what is sealed opens under its key in its place, and nowhere else (X1)", () => {
  const key = findKey("a key", "")
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (secret, place, elsewhere) => {
      const sealed = seal(secret, key, place)
      expect(unseal(sealed, key, place)).toBe(secret)
      if (place !== elsewhere) expect(() => unseal(sealed, key, elsewhere)).toThrow(SecretUnreadable)
      expect(() => unseal(sealed, findKey("another", ""), place)).toThrow(SecretUnreadable)
    })
  )
})
