import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import { afterEach, beforeEach, expect, test } from "vitest"

const cliModules = fileURLToPath(new URL("../node_modules", import.meta.url))
const executorModules = fileURLToPath(new URL("../../executors/node_modules", import.meta.url))
const lane = fileURLToPath(import.meta.resolve("@throughline/executors/lane"))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-host-"))
  mkdirSync(join(folder, "flow"))
  writeFileSync(join(folder, "flow", "shout.mjs"), "export default (text) => text.toUpperCase()\n")
  writeFileSync(
    join(folder, "flow", "flow.dag.yaml"),
    `inputs: { text: { type: string } }
outputs: { loud: { type: string, reference: "\${shout.output}" } }
nodes:
  - { name: shout, type: javascript, source: { type: code, path: shout.mjs }, inputs: { text: "\${inputs.text}" } }
`
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("a CommonJS program runs two runtimes at once, a store each, and ends by itself", () => {
  symlinkSync(cliModules, join(folder, "node_modules"))
  writeFileSync(
    join(folder, "host.cjs"),
    `const { createRuntime, javascript, lmdb } = { ...require("@throughline/core"), ...require("@throughline/executors"), ...require("@throughline/storage") }
     const batch = async (text) => {
       const runtime = await createRuntime({ executors: [javascript()], store: lmdb(__dirname + "/home-" + text) })
       const lines = []
       for await (const line of runtime.run({ flow: __dirname + "/flow", data: [{ text }] })) lines.push(line.output.loud)
       await runtime.close()
       return lines
     }
     Promise.all([batch("one"), batch("two")]).then((all) => console.log(JSON.stringify(all)))`
  )

  const printed = execFileSync(process.execPath, [join(folder, "host.cjs")], { encoding: "utf8" })

  expect(JSON.parse(printed)).toEqual([["ONE"], ["TWO"]])
})

test("a bundled program names its lane's file and runs", async () => {
  symlinkSync(executorModules, join(folder, "node_modules"))
  writeFileSync(
    join(folder, "host.ts"),
    `import { createRuntime, memoryStore } from "@throughline/core"
     import { javascript } from "@throughline/executors"
     import { recordsCodec } from "@throughline/storage"
     const executors = [javascript({ workerUrl: new URL("./lane.mjs", import.meta.url) })]
     const runtime = await createRuntime({ executors, store: memoryStore(recordsCodec) })
     const run = runtime.run({ flow: import.meta.dirname + "/../flow", data: [{ text: "hi" }] })
     for await (const line of run) console.log(line.output.loud)
     await runtime.close()`
  )
  const bundle = await rolldown({
    input: { host: join(folder, "host.ts"), lane },
    platform: "node",
    external: ["lmdb", "msgpackr", "piscina"],
    resolve: { modules: [cliModules, "node_modules"] }
  })
  await bundle.write({ dir: join(folder, "bundle"), format: "esm", entryFileNames: "[name].mjs" })
  await bundle.close()

  const printed = execFileSync(process.execPath, [join(folder, "bundle", "host.mjs")], { encoding: "utf8" })

  expect(printed).toBe("HI\n")
})
