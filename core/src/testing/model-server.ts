// A server that speaks OpenAI's and Azure OpenAI's protocol on a free port of this machine, for tests and demos: chat,
// completions, embeddings, tools, streams, usage, quotas, and faults on demand. It knows every request that it got.
//
// Left to others: what the model says (model-answers.ts).

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { answerChat, answerCompletion, embed, type ModelApiName, type SaidMessage, usageOf } from "./model-answers.ts"

type Json = Readonly<Record<string, unknown>>

export interface SeenRequest {
  /** 1 for the first. */
  readonly number: number
  readonly path: string
  readonly api: ModelApiName
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Json
  readonly atMs: number
}

/** What goes wrong with one request: an answer, a dropped connection, or silence. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | "drop"
  | "hang"

export interface ModelServerOptions {
  readonly port?: number
  /** Any other key gets 401. Default: any key does. */
  readonly apiKey?: string
  readonly latencyMs?: number
  /** Requests per window of time; those above it get 429, with `Retry-After` unless told otherwise. */
  readonly quota?: { readonly requests: number; readonly perMs: number; readonly tellsWhen?: boolean }
  /** More at once than this get 429. */
  readonly maxAtOnce?: number
  /** Asked for each request before it is answered. */
  readonly fault?: (request: SeenRequest) => Fault | undefined
  /** What the model says instead of an echo. */
  readonly say?: (request: SeenRequest) => Partial<SaidMessage> | undefined
}

const API_OF_PATH: ReadonlyArray<readonly [string, ModelApiName]> = [
  ["/chat/completions", "chat"],
  ["/completions", "completion"],
  ["/embeddings", "embedding"]
]

export class ModelServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  /** Requests that got a success. */
  answered = 0
  /** Requests that got 429. */
  rejected = 0
  /** Requests whose client left before the answer. */
  aborted = 0
  mostAtOnce = 0
  options: ModelServerOptions
  readonly #server: Server
  #waiting: Array<() => void> = []
  #atOnce = 0
  #windowStartMs = 0
  #inWindow = 0

  private constructor(options: ModelServerOptions) {
    this.options = options
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async open(options: ModelServerOptions = {}): Promise<ModelServer> {
    const server = new ModelServer(options)
    await new Promise<void>((resolve) => server.#server.listen(options.port ?? 0, "127.0.0.1", resolve))
    return server
  }

  /** `http://127.0.0.1:PORT`: Azure's `api_base`. */
  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** OpenAI's `base_url`. */
  get baseUrl(): string {
    return `${this.address}/v1`
  }

  /** Resolves when so many requests have come. */
  seen(count: number): Promise<void> {
    return this.#until(() => this.requests.length >= count)
  }

  /** Resolves when so many clients have left before their answer. */
  left(count: number): Promise<void> {
    return this.#until(() => this.aborted >= count)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  #announce(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ""
    const api = API_OF_PATH.find(([ending]) => path.replace(/\?.*/, "").endsWith(ending))?.[1]
    let body: Json
    try {
      body = JSON.parse(await textOf(request)) as Json
    } catch {
      return refuse(response, 400, "The request's body is no JSON.", "invalid_request_error")
    }
    if (api === undefined) return refuse(response, 404, `There is nothing at ${path}.`, "invalid_request_error")
    const { headers } = request
    const seen: SeenRequest = { number: this.requests.length + 1, path, api, headers, body, atMs: performance.now() }
    this.requests.push(seen)
    this.#announce()
    this.#atOnce++
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce)
    const left = new AbortController()
    response.on("close", () => {
      this.#atOnce--
      if (response.writableFinished) return
      this.aborted++
      this.#announce()
      left.abort()
    })
    try {
      await this.#answer(seen, response, left.signal)
    } catch (error) {
      if (!left.signal.aborted) throw error
    }
  }

  async #answer(seen: SeenRequest, response: ServerResponse, left: AbortSignal): Promise<void> {
    const { apiKey, latencyMs = 0, fault, maxAtOnce = Number.POSITIVE_INFINITY } = this.options
    if (apiKey !== undefined && keyOf(seen.headers) !== apiKey) {
      return refuse(response, 401, `Incorrect API key provided: ${keyOf(seen.headers)}.`, "invalid_request_error")
    }
    const wrong = fault?.(seen)
    if (wrong === "hang") return
    if (wrong === "drop") return void response.destroy()
    if (wrong !== undefined) {
      if (wrong.status === 429) this.rejected++
      response.writeHead(wrong.status, { "content-type": "application/json", ...wrong.headers })
      response.end(typeof wrong.body === "string" ? wrong.body : JSON.stringify(wrong.body ?? {}))
      return
    }
    const waitMs = this.#atOnce > maxAtOnce ? undefined : this.#takeFromQuota()
    if (waitMs !== 0) {
      this.rejected++
      const tells = waitMs !== undefined && this.options.quota?.tellsWhen !== false
      const when = tells ? { "retry-after": String(Math.ceil(waitMs / 1000)), "retry-after-ms": String(waitMs) } : {}
      return refuse(response, 429, "Rate limit reached for requests.", "requests", when)
    }
    if (latencyMs > 0) await delay(latencyMs, undefined, { signal: left })
    this.answered++
    this.#say(seen, response)
  }

  /** 0 when the request is within the quota, else milliseconds until the next window. */
  #takeFromQuota(): number {
    const { quota } = this.options
    if (quota === undefined) return 0
    const now = performance.now()
    if (now - this.#windowStartMs >= quota.perMs) {
      this.#windowStartMs = now
      this.#inWindow = 0
    }
    if (this.#inWindow >= quota.requests) return Math.ceil(this.#windowStartMs + quota.perMs - now)
    this.#inWindow++
    return 0
  }

  #say(seen: SeenRequest, response: ServerResponse): void {
    const { body, api } = seen
    const model = modelOf(seen)
    const about = { id: `call-${seen.number}`, created: 1_700_000_000, model }
    if (api === "embedding") {
      const inputs = Array.isArray(body.input) ? body.input : [body.input]
      const data = inputs.map((text, index) => ({ object: "embedding", index, embedding: embed(String(text)) }))
      const { prompt_tokens } = usageOf(inputs.join(" "), "")
      sendJson(response, { object: "list", data, model, usage: { prompt_tokens, total_tokens: prompt_tokens } })
      return
    }
    const said =
      api === "chat" ? { ...answerChat(body, model), ...this.options.say?.(seen) } : answerCompletion(body, model)
    const usage = usageOf(body.messages ?? body.prompt, typeof said === "string" ? said : (said.content ?? said))
    const object = api === "chat" ? "chat.completion" : "text_completion"
    if (body.stream === true) {
      stream(response, body, { ...about, object: `${object}.chunk` }, said, usage)
      return
    }
    const choice = typeof said === "string" ? { text: said } : { message: said }
    const finish_reason = typeof said === "string" || said.content !== null ? "stop" : "tool_calls"
    sendJson(response, { ...about, object, choices: [{ index: 0, ...choice, finish_reason, logprobs: null }], usage })
  }
}

function modelOf({ path, body }: SeenRequest): string {
  return decodeURIComponent(/\/deployments\/([^/]+)\//.exec(path)?.[1] ?? String(body.model ?? "no model"))
}

function keyOf(headers: SeenRequest["headers"]): string | undefined {
  const key = headers["api-key"] ?? headers.authorization
  return typeof key === "string" ? key.replace(/^Bearer /, "") : undefined
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString("utf8")
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" })
  response.end(JSON.stringify(value))
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  type: string,
  headers: Readonly<Record<string, string>> = {}
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify({ error: { message, type, param: null, code: null } }))
}

function stream(response: ServerResponse, body: Json, about: Json, said: SaidMessage | string, usage: Json): void {
  response.writeHead(200, { "content-type": "text/event-stream" })
  const event = (fields: Json) => response.write(`data: ${JSON.stringify({ ...about, ...fields })}\n\n`)
  const choice = (fields: Json, finish_reason: string | null = null) =>
    event({ choices: [{ index: 0, ...fields, finish_reason }] })
  const text = typeof said === "string" ? said : (said.content ?? "")
  if (typeof said !== "string") choice({ delta: { role: "assistant", content: "" } })
  for (const piece of text.match(/\S+\s*|\s+/g) ?? []) {
    choice(typeof said === "string" ? { text: piece } : { delta: { content: piece } })
  }
  if (typeof said !== "string" && said.tool_calls !== undefined) choice({ delta: { tool_calls: said.tool_calls } })
  choice(typeof said === "string" ? { text: "" } : { delta: {} }, "stop")
  if ((body.stream_options as Json | undefined)?.include_usage === true) event({ choices: [], usage })
  response.end("data: [DONE]\n\n")
}
