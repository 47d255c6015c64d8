// Where a call goes: the address, the headers and the spelling of each kind of service. Sends nothing.

import { type Connection, fieldOfConnection, type ModelRequest } from "@throughline/core/contracts"
import { modelFailure } from "./model-errors.ts"

export interface Endpoint {
  /** `https://host:port`: what a pool of sockets is for. */
  readonly origin: string
  /** Path and query. */
  readonly path: string
  /** Without what signs the call in, where that is a token. */
  readonly headers: Readonly<Record<string, string>>
  readonly needsToken: boolean
  /** Calls with the same key share a quota: services count by account and model. */
  readonly quotaKey: string
}

const PATHS = { chat: "/chat/completions", completion: "/completions", embedding: "/embeddings" } as const
const OPENAI = "https://api.openai.com/v1"

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {ToolFailure} for a connection that is for no model, or has no usable address */
export function endpointOf(request: ModelRequest, env: Environment = process.env): Endpoint {
  const { connection } = request
  switch (connection.type) {
    case "azure_open_ai":
      return azure(request)
    case "open_ai":
      return openAI(request, field(connection, "base_url") ?? present(env.OPENAI_BASE_URL) ?? OPENAI, env)
    case "serverless":
      return openAI(request, withSuffix(required(connection, "api_base"), "/v1"), {})
    default:
      throw modelFailure(
        ["UserError", "ToolValidationError", "InvalidConnectionType"],
        `The connection '${connection.name}' is of type ${connection.type}, which is for no language model.`,
        "use a connection of type azure_open_ai, open_ai or serverless"
      )
  }
}

function azure({ connection, api, model, headers }: ModelRequest): Endpoint {
  const base = parse(connection, "api_base", required(connection, "api_base"))
  const key = field(connection, "api_key")
  const deployment = model === undefined ? "" : `/deployments/${encodeURIComponent(model)}`
  const version = encodeURIComponent(field(connection, "api_version") ?? "2024-02-01")
  return {
    origin: base.origin,
    path: `${trimmed(base.pathname)}/openai${deployment}${PATHS[api]}?api-version=${version}`,
    headers: { ...(key === undefined ? {} : { "api-key": key }), ...headers },
    needsToken: key === undefined,
    quotaKey: `${base.origin} ${connection.name} ${model ?? ""}`
  }
}

function openAI({ connection, api, model, headers }: ModelRequest, address: string, env: Environment): Endpoint {
  const base = parse(connection, connection.type === "open_ai" ? "base_url" : "api_base", address)
  const key = required(connection, "api_key")
  const organization = field(connection, "organization") ?? present(env.OPENAI_ORG_ID)
  const project = present(env.OPENAI_PROJECT_ID)
  return {
    origin: base.origin,
    path: `${trimmed(base.pathname)}${PATHS[api]}${base.search}`,
    headers: {
      authorization: `Bearer ${key}`,
      ...(organization === undefined ? {} : { "openai-organization": organization }),
      ...(project === undefined ? {} : { "openai-project": project }),
      ...headers
    },
    needsToken: false,
    quotaKey: `${base.origin} ${connection.name} ${model ?? ""}`
  }
}

const field = fieldOfConnection
const present = (value: string | undefined): string | undefined => (value === "" ? undefined : value)
const trimmed = (path: string): string => path.replace(/\/+$/, "")
const withSuffix = (address: string, suffix: string): string =>
  trimmed(address).endsWith(suffix) ? address : trimmed(address) + suffix

function required(connection: Connection, key: string): string {
  const value = field(connection, key)
  if (value !== undefined) return value
  throw modelFailure(
    ["UserError", "OpenAIError", "OpenAIError"],
    `The connection '${connection.name}' (${connection.type}) has no ${key}.`
  )
}

function parse(connection: Connection, key: string, address: string): URL {
  const url = URL.parse(address)
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw modelFailure(
    ["UserError", "OpenAIError", "APIConnectionError"],
    `The ${key} of connection '${connection.name}' is no http(s) address: ${JSON.stringify(address)}`
  )
}
