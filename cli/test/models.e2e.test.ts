// Flows of language models from data to records: many lines at once, quotas, time limits, tokens. No Python is there.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ModelServerOptions } from "@throughline/core/testing"
import { aFolder, ModelServer } from "@throughline/core/testing"
import { expect, onTestFinished, test } from "vitest"
import { createRuntime, javascript, memory } from "../src/index.ts"

const FLOW = `inputs:
  text: {type: string}
outputs:
  answer: {type: string, reference: "\${second.output}"}
nodes:
- name: first
  type: llm
  source: {type: code, path: ask.jinja2}
  connection: models
  api: chat
  inputs: {model: m, text: "\${inputs.text}"}
- name: second
  type: llm
  source: {type: code, path: ask.jinja2}
  connection: models
  api: chat
  inputs: {model: n, text: "\${first.output}"}
`

async function aRuntime(options: ModelServerOptions, isolation?: "process") {
  const server = await ModelServer.open(options)
  const value = { api_key: "k", base_url: server.baseUrl }
  const connections = { models: { type: "OpenAIConnection", value } }
  const runtime = await createRuntime({
    executors: [javascript(isolation === undefined ? {} : { isolation })],
    store: memory(),
    connections
  })
  onTestFinished(async () => {
    await runtime.close()
    await server.close()
  })
  const flow = aFolder({ "flow.dag.yaml": FLOW, "ask.jinja2": "user:\n{{text}}\n" })
  return { runtime, server, flow, columnMapping: { text: "${data.text}" }, outputDir: aFolder() }
}

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ text: `t${n}` }))

test("200 lines at once against a small quota all complete, in order, each token counted once", async () => {
  const { runtime, server, ...options } = await aRuntime({ quota: { requests: 60, perMs: 300 } })

  const run = runtime.run({ ...options, data: rows(200), concurrency: 200, workers: 2 })
  let told = 0
  for await (const event of run.events()) if (event.type === "Progress") told = event.progress.totalTokens
  const result = await run.result()

  expect(result.status).toBe("Completed")
  expect(told).toBe(2400)
  expect([result.completed_lines, result.failed_lines]).toEqual([200, 0])
  const lines = readFileSync(join(options.outputDir, "output.jsonl"), "utf8").trim().split("\n")
  expect(lines.map((line) => JSON.parse(line).answer)).toEqual(rows(200).map(({ text }) => `n says: m says: ${text}`))
  expect(server.answered).toBe(400)
  // "t0" is 1 token and its answer 3; that answer is asked again and answered with 5.
  expect(result.system_metrics).toMatchObject({ prompt_tokens: 800, completion_tokens: 1600, total_tokens: 2400 })
  expect((await runtime.getRun(run.name)).systemMetrics.total_tokens).toBe(2400)
})

test("a line that is out of time fails, and its request is ended", async () => {
  const fault: ModelServerOptions["fault"] = ({ body }) => (JSON.stringify(body).includes("t1") ? "hang" : undefined)
  const { runtime, server, ...options } = await aRuntime({ fault })

  const result = await runtime.run({ ...options, data: rows(3), lineTimeoutMs: 5_000 }).result()
  await server.left(1)

  expect([result.completed_lines, result.failed_lines]).toEqual([2, 1])
  expect(result.error_summary.error_list[0]).toMatchObject({
    line_number: 1,
    error: { innerError: { code: "LineExecutionTimeoutError" } }
  })
})

test("a run that is canceled ends its requests", async () => {
  const { runtime, server, ...options } = await aRuntime({ fault: () => "hang" })

  const run = runtime.run({ ...options, data: rows(5) })
  await server.seen(5)
  await run.cancel()
  await server.left(5)

  expect((await run.result()).status).toBe("Canceled")
})

test("lanes in processes of their own call models too", async () => {
  const { runtime, server, ...options } = await aRuntime({ quota: { requests: 8, perMs: 100 } }, "process")

  const result = await runtime.run({ ...options, data: rows(20), concurrency: 20, workers: 2 }).result()

  expect([result.completed_lines, result.failed_lines]).toEqual([20, 0])
  expect(server.answered).toBe(40)
})
