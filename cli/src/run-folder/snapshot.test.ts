import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { copySnapshot } from "./snapshot.ts"

function aFlowFolder(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "throughline-snapshot-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const file of files) {
    mkdirSync(join(folder, file, ".."), { recursive: true })
    writeFileSync(join(folder, file), file)
  }
  return folder
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

test("what tools leave behind is not copied, links stay links", async () => {
  const flow = aFlowFolder("flow.dag.yaml", "lib/a.py", "lib/__pycache__/a.pyc", ".git/HEAD", ".promptflow/flow.log")
  symlinkSync("flow.dag.yaml", join(flow, "link"))
  const target = join(aFlowFolder(), "snapshot")

  await copySnapshot(flow, target, "/elsewhere")

  expect(filesOf(target)).toEqual(["flow.dag.yaml", "lib/a.py", "link"])
})

test.each([
  ["inside the flow's folder", "deep/home"],
  ["the flow's folder", "."]
])("a home that is %s is not copied into itself", async (_, place) => {
  const flow = aFlowFolder("flow.dag.yaml", join(place, "journal/data.mdb"), join(place, ".runs/other/meta.json"))
  const home = join(flow, place)
  const target = join(home, ".runs", "run", "snapshot")

  await copySnapshot(flow, target, home)

  expect(filesOf(target)).toEqual(["flow.dag.yaml"])
})

test("a flow inside the home is copied", async () => {
  const home = aFlowFolder("flows/a/flow.dag.yaml")
  const target = join(home, ".runs", "run", "snapshot")

  await copySnapshot(join(home, "flows", "a"), target, home)

  expect(filesOf(target)).toEqual(["flow.dag.yaml"])
})
