// A service that runs a flow: one line for a request, or a batch in the background. It owns its runtime and its port, and
// nothing of the process: no signal handler, no current directory, no global. Who starts it decides when it ends.
//
//   POST /score      {"answer": …, "reference": …}      → 200 the flow's output, 422 when the line failed
//   POST /batch      [{"answer": …, "reference": …}, …] → 202 {"id": …}
//   GET  /batch/ID                                      → 200 status and counts: a query, exact at any moment

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { openRuntime, RunNotFound, type Runtime } from "throughline"

export interface ServiceOptions {
  /** The folder that runs are kept in. */
  readonly home: string
  /** 0, the default: any free port. */
  readonly port?: number
}

export interface Service {
  readonly url: string
  /** Answers what has been asked, stops batches that still run (what they finished is kept), and lets go of everything. */
  readonly close: () => Promise<void>
}

const flow = new URL("score/", import.meta.url)
const MAX_BODY_BYTES = 1 << 20

export async function startService({ home, port = 0 }: ServiceOptions): Promise<Service> {
  const runtime = await openRuntime({ home })
  const server = createServer((request, response) => {
    answer(runtime, request).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, statusOf(error), { error: messageOf(error) })
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
      await runtime.close()
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

async function answer(runtime: Runtime, request: IncomingMessage): Promise<Answer> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost")
  const id = /^\/batch\/([^/]+)$/.exec(pathname)?.[1]
  if (request.method === "POST" && pathname === "/score") return score(runtime, await readJson(request))
  if (request.method === "POST" && pathname === "/batch") return startBatch(runtime, await readJson(request))
  if (request.method === "GET" && id !== undefined) return showBatch(runtime, id)
  return { status: 404, body: { error: `no ${request.method} ${pathname} here` } }
}

/** One line of the flow. The first call opens the flow's thread; it stays warm for the next. */
async function score(runtime: Runtime, inputs: unknown): Promise<Answer> {
  if (!isObject(inputs)) return { status: 400, body: { error: "send one JSON object" } }
  const { status, output, error } = await runtime.test({ flow, inputs })
  return status === "Completed" ? { status: 200, body: output } : { status: 422, body: { error: error?.message } }
}

/** Answers as soon as the run exists; a mistake in the rows is told before that, and leaves no run behind. */
async function startBatch(runtime: Runtime, rows: unknown): Promise<Answer> {
  if (!Array.isArray(rows) || !rows.every(isObject)) return { status: 400, body: { error: "send a list of objects" } }
  const run = runtime.run({ flow, data: rows, name: `batch-${crypto.randomUUID()}` })
  for await (const event of run.events()) {
    if (event.type === "RunStarted") return { status: 202, body: { id: run.name } }
  }
  await run.result()
  return { status: 500, body: { error: "the run ended before it began" } }
}

async function showBatch(runtime: Runtime, id: string): Promise<Answer> {
  const { status, lines, manifest, error } = await runtime.getRun(id)
  return { status: 200, body: { id, status, lines, outputDir: manifest.outputDir, error: error?.message } }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes <= MAX_BODY_BYTES) parts.push(part)
  }
  if (bytes > MAX_BODY_BYTES) throw new RangeError(`the body has more than ${MAX_BODY_BYTES} bytes`)
  return JSON.parse(Buffer.concat(parts).toString("utf8"))
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`)
}

/** Errors of the engine say whose they are: `blame` is "user" where the flow or the request has to change. */
function statusOf(error: unknown): number {
  if (error instanceof RunNotFound) return 404
  if (error instanceof RangeError) return 413
  if (error instanceof SyntaxError) return 400
  return isObject(error) && error.blame === "user" ? 400 : 500
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
