// A power cut, as far as one can be had without pulling the plug: the journal is as it was at its last flush, while
// `output.jsonl` has what was written later, or less than the journal says.

import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRuntime, type RunStore } from "@throughline/core"
import { javascript } from "@throughline/executors"
import { lmdb } from "@throughline/storage"
import { expect, onTestFinished, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

const FLOW = `inputs:
  n: { type: int }
outputs:
  text: { type: string, reference: "\${wait.output}" }
nodes:
- name: wait
  type: javascript
  source: { type: code, path: wait.mjs }
  inputs: { n: "\${inputs.n}" }
`
const WAIT = "export default (n) => new Promise((done) => setTimeout(() => done(`line ${n}`), (n * 7) % 11))\n"
const WHOLE = Array.from({ length: 400 }, (_, n) => `{"line_number": ${n}, "text": "line ${n}"}\n`).join("")

/** Runs 400 lines of which the fourth commit is flushed; the journal of that moment goes to the home `cut`. */
async function runUntilCut(folder: CommandFolder, cut: string): Promise<{ readonly flushedLines: number }> {
  folder.write({ "flow/flow.dag.yaml": FLOW, "flow/wait.mjs": WAIT })
  folder.write({ "data.jsonl": Array.from({ length: 400 }, (_, n) => ({ n })) })
  const journal = lmdb(folder.home)
  let commits = 0
  let flushedLines = 0
  const store: RunStore = new Proxy(journal, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key !== "createRun") return typeof value === "function" ? value.bind(target) : value
      return async (...args: Parameters<RunStore["createRun"]>) => {
        const writer = await journal.createRun(...args)
        const append: typeof writer.append = async (...parts) => {
          await writer.append(...parts)
          if (++commits !== 4) return
          await writer.flush()
          flushedLines = (await journal.getRun("r1")).lines.total
          cpSync(join(folder.home, "journal"), join(cut, "journal"), { recursive: true })
        }
        return new Proxy(writer, {
          get: (inner, name) => {
            if (name === "append") return append
            const member: unknown = Reflect.get(inner, name)
            return typeof member === "function" ? member.bind(inner) : member
          }
        })
      }
    }
  })
  await using runtime = await createRuntime({ executors: [javascript()], store })
  const run = runtime.run({
    flow: folder.path("flow"),
    data: folder.path("data.jsonl"),
    name: "r1",
    concurrency: 8,
    workers: 1
  })
  await run.result()
  return { flushedLines }
}

test.each([
  ["longer than the journal knows", (_: string) => {}],
  ["shorter than the journal says", (output: string) => truncateSync(output, 50)],
  ["gone", (output: string) => rmSync(output)]
])("after a power cut what was flushed is there, and the rest runs again: output.jsonl is %s", async (_, harm) => {
  const folder = new CommandFolder()
  const cut = mkdtempSync(join(tmpdir(), "throughline-cut-"))
  onTestFinished(() => rmSync(cut, { recursive: true, force: true, maxRetries: 3 }))
  const { flushedLines } = await runUntilCut(folder, cut)
  const output = folder.path("home", ".runs", "r1", "flow_outputs", "output.jsonl")
  harm(output)

  // The machine has started again a minute later: the lease of the writer means nothing any more.
  const store = lmdb({ home: cut, clock: { now: () => Date.now() + 60_000, every: () => () => {} } })
  await using runtime = await createRuntime({ executors: [javascript()], store })
  const before = await runtime.getRun("r1")
  const result = await runtime.resume("r1").result()

  expect(before).toMatchObject({ status: "Interrupted", lines: { total: flushedLines } })
  expect(flushedLines).toBeGreaterThan(0)
  expect(flushedLines).toBeLessThan(400)
  expect(result).toMatchObject({ status: "Completed", total_lines: 400, completed_lines: 400 })
  expect(readFileSync(output, "utf8")).toBe(WHOLE)
})
