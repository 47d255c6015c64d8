import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { Job, Outcome } from "../src/outcome.ts"
import { reportOn } from "../src/report.ts"

function aFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "conformance-report-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** An oracle that answers with an outcome and keeps what it was asked. */
function oracle(outcome: Outcome) {
  const asked: Job[] = []
  const run = async (job: Job) => {
    asked.push(job)
    return outcome
  }
  return { asked, run }
}

const FLOW = {
  "flow.dag.yaml": `
inputs:
  x: { type: int }
outputs:
  y: { type: int, reference: "\${a.output}" }
nodes:
- name: a
  type: javascript
  source: { type: code, path: a.mjs }
  inputs: { x: "\${inputs.x}" }
`,
  "a.mjs": "export default (x) => x * 2\n"
}
const COMPLETED: Outcome = {
  status: "Completed",
  lines: [{ line: 0, status: "Completed", nodes: { a: "Completed" } }],
  outputs: ['{"line_number": 0, "y": 6}'],
  nodeStatus: { "a.completed": 1 },
  metrics: {}
}

test("a folder without data is run on one row of made-up values, the same for both engines", async () => {
  const folder = aFolder(FLOW)
  const promptflow = oracle(COMPLETED)

  const report = await reportOn(folder, promptflow, aFolder({}))

  expect(report).toMatchObject({ flow: folder, isSame: true, differences: [] })
  expect(report.throughline).toEqual({ outcome: "Completed", completed: 1, failed: 0 })
  expect(promptflow.asked[0]?.data).toEqual(report.data)
})

test("a folder's own rows are run, and a difference is told by its place", async () => {
  const folder = aFolder({ ...FLOW, "samples.jsonl": '{"x": 4}\n' })

  const report = await reportOn(folder, oracle(COMPLETED), aFolder({}))

  expect(report.data).toEqual({ data: join(folder, "samples.jsonl") })
  expect(report.isSame).toBe(false)
  expect(report.differences).toEqual([
    { at: "outputs[0]", promptflow: '{"line_number": 0, "y": 6}', throughline: '{"line_number": 0, "y": 8}' }
  ])
})

test("what one engine refuses is told with its error code", async () => {
  const folder = aFolder({ ...FLOW, "data.jsonl": '{"y": 4}\n' })

  const report = await reportOn(folder, oracle({ error: { codes: ["UserError", "Some"] } }), aFolder({}))

  expect(report.promptflow).toMatchObject({ outcome: "refused", errorCode: "UserError > Some" })
  expect(report.throughline.errorCode).toBe("UserError > ValidationError > ApplyInputMappingError")
  expect(report.throughline.message).toMatch(/\$\{data\.x\}/)
})
