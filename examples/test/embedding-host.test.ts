// The service through its port, and its entry as a process that is asked to stop.

import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { type Service, startService } from "../embedding-host/service.ts"
import { aHome, startExample } from "./run-example.ts"

interface Batch {
  readonly status: string
  readonly lines: { readonly total: number; readonly completed: number }
  readonly outputDir: string
}

async function aService(home = aHome()): Promise<Service> {
  const service = await startService({ home })
  onTestFinished(() => service.close())
  return service
}

async function post(url: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) })
  return { status: response.status, body: await response.json() }
}

/** Asks until the batch is over: each answer comes from the journal, so asking often costs little. */
async function untilOver(url: string): Promise<Batch> {
  for (;;) {
    const batch = (await (await fetch(url)).json()) as Batch
    if (batch.status !== "Running") return batch
  }
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ answer: `the fox ${i}`, reference: "the red fox" }))

describe("examples/embedding-host", () => {
  test("answers a request with one line of the flow", async () => {
    const { url } = await aService()

    const answer = await post(`${url}/score`, { answer: "a red fox", reference: "the red fox jumps" })

    expect(answer).toEqual({ status: 200, body: { score: 0.571, missing: ["the", "jumps"] } })
  })

  test("answers many requests at once, each with its own line", async () => {
    const { url } = await aService()
    const words = Array.from({ length: 20 }, (_, i) => `word${i}`)

    const answers = await Promise.all(words.map((word) => post(`${url}/score`, { answer: "nothing", reference: word })))

    expect(answers.map(({ body }) => body)).toEqual(words.map((word) => ({ score: 0, missing: [word] })))
  })

  test("runs a batch in the background and shows it while it goes on and after it", async () => {
    const { url } = await aService()

    const started = await post(`${url}/batch`, rows(500))
    const { id } = started.body as { readonly id: string }
    const batch = await untilOver(`${url}/batch/${id}`)

    expect(started.status).toBe(202)
    expect(batch).toMatchObject({ id, status: "Completed", lines: { total: 500, completed: 500, failed: 0 } })
  })

  test("a batch is still there after the service was closed and started again", async () => {
    const home = aHome()
    const first = await startService({ home })
    const { id } = (await post(`${first.url}/batch`, rows(10))).body as { readonly id: string }
    await untilOver(`${first.url}/batch/${id}`)
    await first.close()

    const second = await aService(home)

    expect(await untilOver(`${second.url}/batch/${id}`)).toMatchObject({
      status: "Completed",
      lines: { completed: 10 }
    })
  })

  test("closing leaves no batch running, and what a batch finished is kept", async () => {
    const home = aHome()
    const first = await startService({ home })
    const { id } = (await post(`${first.url}/batch`, rows(5_000))).body as { readonly id: string }
    await first.close()

    const second = await aService(home)

    const batch = await untilOver(`${second.url}/batch/${id}`)
    const output = readFileSync(join(batch.outputDir, "output.jsonl"), "utf8")
    expect(["Canceled", "Completed"]).toContain(batch.status)
    expect(output.match(/\n/g) ?? []).toHaveLength(batch.lines.completed)
  })

  test.each([
    ["a line without an input", "/score", { answer: "x" }, 422, /'reference' is not provided/],
    ["text that is no JSON", "/score", "{", 400, /JSON/],
    ["a batch without rows", "/batch", [], 400, /no rows/],
    ["rows that lack a column", "/batch", [{ answer: "x" }], 400, /\$\{data\.reference\}/],
    ["a path it does not have", "/nothing", {}, 404, /no POST/],
    ["a body that is too large", "/score", "x".repeat(2 << 20), 413, /more than/]
  ])("refuses %s with a reason", async (_, path, body, status, reason) => {
    const { url } = await aService()

    const answer = await post(url + path, body)

    expect(answer).toEqual({ status, body: { error: expect.stringMatching(reason) } })
  })

  test("a batch nobody started is not found", async () => {
    const { url } = await aService()

    const response = await fetch(`${url}/batch/unheard-of`)

    expect(response.status).toBe(404)
  })

  test("main.ts prints its address and ends cleanly on SIGTERM", async () => {
    const child = startExample("embedding-host/main.ts", { home: aHome() })
    const [printed] = (await once(child.stdout!, "data")) as [Buffer]
    const url = /http:\S+/.exec(String(printed))![0]
    const answer = await post(`${url}/score`, { answer: "one", reference: "one" })

    child.kill("SIGTERM")
    const [code, signal] = (await once(child, "close")) as [number | null, string | null]

    expect(answer.body).toEqual({ score: 1, missing: [] })
    expect({ code, signal }).toEqual({ code: 0, signal: null })
  })
})
