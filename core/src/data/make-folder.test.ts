import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { makeFolder } from "./make-folder.ts"

const home = mkdtempSync(join(tmpdir(), "throughline-folder-"))
afterAll(() => rmSync(home, { recursive: true }))

test("a folder is made with those above it, and what is there is left alone", () => {
  const folder = join(home, "a", "b", "c")

  makeFolder(folder)
  makeFolder(folder)

  expect(statSync(folder).isDirectory()).toBe(true)
})

test("a link to a folder is a folder", () => {
  symlinkSync(home, join(home, "link"))

  makeFolder(join(home, "link"))
  makeFolder(join(home, "link", "inside"))

  expect(existsSync(join(home, "inside"))).toBe(true)
})

test("a file in the way, or above, is named by the system's error", () => {
  writeFileSync(join(home, "file"), "")

  expect(() => makeFolder(join(home, "file"))).toThrow(`EEXIST: file already exists, mkdir '${join(home, "file")}'`)
  expect(() => makeFolder(join(home, "file", "x", "y"))).toThrow("ENOTDIR: not a directory")
})

test.runIf(existsSync("/proc/self"))("a folder that takes no others is told at once", () => {
  expect(() => makeFolder("/proc/throughline/runs")).toThrow(
    "ENOENT: no such file or directory, mkdir '/proc/throughline'"
  )
})
