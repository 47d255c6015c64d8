// Cases whose flows call language models: a test server answers both engines, and what it was asked is part of the
// outcome. Words in a prompt make it fail on purpose.

import { type Fault, ModelServer, type SeenRequest } from "@throughline/core/testing/model-server"
import type { Job, Outcome } from "./outcome.ts"

/** Runs the job with a server, where it asks for one. */
export async function withModels(job: Job, run: (job: Job) => Promise<Outcome>): Promise<Outcome> {
  if (job.models !== true) return run(job)
  await using server = await ModelServer.open({ fault })
  const environment = Object.fromEntries(
    Object.entries(job.environment ?? {}).map(([name, text]) => [name, text.replace("<server>", server.address)])
  )
  const outcome = await run({ ...job, environment, connections: connectionsTo(server) })
  return { ...outcome, requests: server.requests.map(requestText).sort() }
}

/** Word in the request → what goes wrong; `once` the first time only. */
const FAULTS: ReadonlyArray<readonly [word: string, fault: Fault, once?: true]> = [
  ["BAD REQUEST", { status: 400, body: { error: { message: "bad", type: "invalid_request_error" } } }],
  ["BAD KEY", { status: 401, body: { error: { message: "no", type: "invalid_request_error" } } }],
  ["NOT FOUND", { status: 404, body: "nothing here" }],
  ["NO QUOTA", { status: 429, body: { error: { message: "no more", type: "insufficient_quota" } } }],
  ["UNPROCESSABLE", { status: 422, headers: { "retry-after": "0" }, body: { error: { message: "odd" } } }],
  ["BUSY ONCE", { status: 429, headers: { "retry-after": "0" }, body: { error: { message: "busy" } } }, true],
  ["BROKEN ONCE", { status: 500, headers: { "retry-after": "0" }, body: { error: { message: "broken" } } }, true]
]

function fault({ body, number }: SeenRequest): Fault | undefined {
  const text = JSON.stringify(body)
  return FAULTS.find(([word, , once]) => text.includes(word) && (once !== true || number === 1))?.[1]
}

function connectionsTo(server: ModelServer): NonNullable<Job["connections"]> {
  const connection = (type: string, value: Readonly<Record<string, string>>) => ({
    type,
    module: "promptflow.connections",
    value: { api_key: "the-key", ...value },
    secret_keys: ["api_key"]
  })
  return {
    openai: connection("OpenAIConnection", { base_url: server.baseUrl }),
    azure: connection("AzureOpenAIConnection", { api_base: server.address, api_version: "2024-02-01" }),
    serverless: connection("ServerlessConnection", { api_base: server.address }),
    custom: connection("CustomConnection", {})
  }
}

/** Path, how it is signed, and the body with its keys in order. */
function requestText({ path, headers, body }: SeenRequest): string {
  const signed = headers["api-key"] === undefined ? headers.authorization : `api-key ${String(headers["api-key"])}`
  return `${path} ${String(signed)} ${JSON.stringify(body, inOrder)}`
}

const inOrder = (_: string, value: unknown): unknown =>
  value === null || typeof value !== "object" || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
