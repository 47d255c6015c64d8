import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

test("importing the package, and naming a store, loads no native module", () => {
  const script = `
    const { lmdb } = await import("@throughline/storage")
    lmdb("nowhere")
    console.log(JSON.stringify(process.report.getReport().sharedObjects.filter((path) => path.endsWith(".node"))))`

  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8"
  })

  expect(run.stderr).toBe("")
  expect(JSON.parse(run.stdout)).toEqual([])
})
