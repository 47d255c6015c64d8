import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { aFolder } from "@throughline/core/testing"
import { expect, test } from "vitest"

const FLOW = `inputs: {n: {type: int}}
outputs: {out: {type: int, reference: "\${double.output}"}}
nodes:
- {name: double, type: javascript, source: {type: code, path: double.mjs}, inputs: {n: "\${inputs.n}"}}
`
const HOST = `import { openRuntime } from ${JSON.stringify(import.meta.resolve("throughline"))}
await using runtime = await openRuntime({ home: "home" })
const result = await runtime.run({ flow: "flow", data: [{ n: 21 }] }).result()
const { output } = await runtime.test({ flow: "flow", inputs: { n: 4 } })
console.log(result.completed_lines, output.out, process.execArgv.includes("--max-old-space-size=200"))
`

test("a host that was started with options of its whole process runs flows", async () => {
  const cwd = aFolder({
    "flow/flow.dag.yaml": FLOW,
    "flow/double.mjs": "export default (n) => 2 * n",
    "host.mjs": HOST
  })
  const options = ["--max-old-space-size=200", "--expose-gc", "--disable-warning=ExperimentalWarning"]

  const { stdout } = await promisify(execFile)(process.execPath, [...options, join(cwd, "host.mjs")], { cwd })

  expect(stdout).toBe("1 8 true\n")
})
