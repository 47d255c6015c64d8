// A prompty through the whole engine: no Python, one call a line.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ModelServer } from "@throughline/core/testing"
import { createRuntime, javascript, lmdb } from "throughline"
import { expect, onTestFinished, test } from "vitest"

test("a prompty runs over data without Python: outputs, tokens and failures are those of a flow", async () => {
  const server = await ModelServer.open({
    fault: ({ body }) =>
      JSON.stringify(body).includes("bad") ? { status: 400, body: { error: { message: "no" } } } : undefined
  })
  const folder = mkdtempSync(join(tmpdir(), "prompty-"))
  const runtime = await createRuntime({ executors: [javascript()], store: lmdb(join(folder, "home")) })
  onTestFinished(async () => {
    await runtime.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const flow = join(folder, "ask.prompty")
  const configuration = `{type: openai, model: m, base_url: "${server.baseUrl}", api_key: k}`
  const front = `model: {configuration: ${configuration}, parameters: {}}\ninputs: {q: {type: string}}`
  writeFileSync(flow, `---\n${front}\n---\nuser:\n{{q}}\n`)

  const result = await runtime
    .run({ flow, name: "r", data: [{ q: "a b" }, { q: "bad" }, { q: 3 }], outputDir: folder })
    .result()

  const lines = readFileSync(join(folder, "output.jsonl"), "utf8").trim().split("\n")
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { line_number: 0, output: "m says: a b" },
    { line_number: 2, output: "m says: 3" }
  ])
  expect([result.completed_lines, result.failed_lines, result.node_status]).toEqual([2, 1, {}])
  expect(result.error_summary.error_list[0]?.error.innerError?.code).toBe("ScriptExecutionError")
  expect(result.system_metrics.total_tokens).toBe(3 + 3 + 2 + 2)
  expect(existsSync(join(folder, "node_artifacts"))).toBe(false)
})
