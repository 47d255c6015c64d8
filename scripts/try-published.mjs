// Builds the packages, installs them as their users would (from the packed files, in an empty folder), and runs a flow
// through each door: an ESM program, a CommonJS program, the command. Part of `.ci/run --wide`: it installs from npm.

import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pack } from "./pack.mjs"

const folder = mkdtempSync(join(tmpdir(), "throughline-published-"))
const run = (command, args, cwd, env = {}) =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"]
  })

try {
  const packed = pack(folder)
  const app = join(folder, "app")
  mkdirSync(join(app, "flow"), { recursive: true })
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }')
  run("npm", ["install", "--silent", ...packed], app)
  writeFlow(join(app, "flow"))
  writeFileSync(join(app, "rows.jsonl"), '{"text":"hi"}\n')

  const five = `import { openRuntime } from "throughline"
    await using runtime = await openRuntime({ home: "./runs" })
    for await (const line of runtime.run({ flow: "./flow", data: "./rows.jsonl" })) console.log(line.output.loud)`
  writeFileSync(join(app, "host.mjs"), five)
  writeFileSync(
    join(app, "host.cjs"),
    `const { openRuntime } = require("throughline")
     openRuntime({ home: "./runs" }).then(async (runtime) => {
       console.log((await runtime.test({ flow: "./flow", inputs: { text: "hi" } })).output.loud)
       await runtime.close()
     })`
  )
  expect("an ESM program", run(process.execPath, ["host.mjs"], app), "HI!\n")
  expect("a CommonJS program", run(process.execPath, ["host.cjs"], app), "HI!\n")
  const shown = run("npx", ["throughline", "flow", "test", "--flow", "flow", "--inputs", "text=hi"], app, {
    THROUGHLINE_HOME: join(app, "home")
  })
  expect("the command", JSON.stringify(JSON.parse(shown)), '{"loud":"HI!"}')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function expect(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what} printed ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`)
  console.log(`ok: ${what}, from the published packages`)
}

function writeFlow(path) {
  writeFileSync(join(path, "shout.ts"), "export default (text: string): string => text.toUpperCase()\n")
  writeFileSync(
    join(path, "mark.py"),
    "from promptflow import tool\n\n\n@tool\ndef mark(text: str) -> str:\n    return text + '!'\n"
  )
  writeFileSync(
    join(path, "flow.dag.yaml"),
    `inputs: { text: { type: string } }
outputs: { loud: { type: string, reference: "\${mark.output}" } }
nodes:
  - { name: shout, type: javascript, source: { type: code, path: shout.ts }, inputs: { text: "\${inputs.text}" } }
  - { name: mark, type: python, source: { type: code, path: mark.py }, inputs: { text: "\${shout.output}" } }
`
  )
}
