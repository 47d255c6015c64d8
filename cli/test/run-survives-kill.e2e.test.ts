import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { LineRecord } from "@throughline/core"
import { lmdb } from "@throughline/storage"
import { afterEach, beforeEach, expect, test } from "vitest"

const child = fileURLToPath(new URL("./slow-run-child.ts", import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-kill-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("a run killed after 50 of 100 slow lines keeps every line that was shown, with its node outputs", async () => {
  const flow = slowFlow(join(folder, "flow"))
  const home = join(folder, "home")

  const shown = await runUntilKilled(home, flow, 50)

  const store = lmdb(home)
  const summary = await store.getRun("slow")
  const records = new Map<number, LineRecord>()
  for await (const chunk of store.readChunks("slow")) {
    for (const record of store.decodeRecords(chunk.records)) records.set(record.position, record)
  }
  await store.close()
  expect(shown.length).toBeGreaterThanOrEqual(50)
  expect(summary.status).toBe("Interrupted")
  expect(summary.lines.completed).toBe(records.size)
  for (const line of shown) {
    expect(records.get(line)?.nodes.map((node) => node.value)).toEqual([line, `n${line}`])
  }
  const output = readFileSync(join(home, ".runs", "slow", "flow_outputs", "output.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
  expect(output.slice(0, shown.length).map((text) => JSON.parse(text))).toEqual(
    shown.map((line) => ({ line_number: line, text: `n${line}` }))
  )
})

/** Runs the child until it has shown `count` lines, kills it, and gives the lines it had shown. */
async function runUntilKilled(home: string, flow: string, count: number): Promise<number[]> {
  const running = spawn(process.execPath, [child, home, flow], { stdio: ["ignore", "pipe", "inherit"] })
  const exited = new Promise((resolve) => running.on("exit", resolve))
  const shown: number[] = []
  for await (const text of createInterface({ input: running.stdout })) {
    shown.push(Number(text.slice("done ".length)))
    if (shown.length === count) running.kill("SIGKILL")
  }
  await exited
  return shown
}

function slowFlow(path: string): string {
  mkdirSync(path)
  writeFileSync(join(path, "wait.mjs"), "export default (n) => new Promise((done) => setTimeout(() => done(n), 20))\n")
  writeFileSync(join(path, "name.mjs"), "export default (n) => `n${n}`\n")
  writeFileSync(
    join(path, "flow.dag.yaml"),
    `inputs:
  n: { type: int }
outputs:
  text: { type: string, reference: "\${name.output}" }
nodes:
  - name: wait
    type: javascript
    source: { type: code, path: wait.mjs }
    inputs: { n: "\${inputs.n}" }
  - name: name
    type: javascript
    source: { type: code, path: name.mjs }
    inputs: { n: "\${wait.output}" }
`
  )
  return path
}
