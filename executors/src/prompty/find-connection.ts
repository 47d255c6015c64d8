// The connection of a prompty: named, written out in its configuration, or the environment's.

import type { Connection, ConnectionProvider } from "@throughline/core/contracts"
import { connectionFromEnvironment } from "../models/environment.ts"
import { coreFailure } from "./failures.ts"
import type { Environment, Json, Prompty } from "./load-prompty.ts"

const TYPES: Readonly<Record<string, "azure_open_ai" | "open_ai">> = {
  azure_openai: "azure_open_ai",
  azure_open_ai: "azure_open_ai",
  openai: "open_ai",
  open_ai: "open_ai"
}

/** @throws {ToolFailure} with promptflow's class where there is none, or it is of no use */
export async function findConnection(
  { configuration, env }: Pick<Prompty, "configuration" | "env">,
  connections: ConnectionProvider
): Promise<Connection> {
  const { connection: name, type } = configuration
  if (typeof name === "string" && name !== "") return named(name, connections)
  const kind = typeof type === "string" ? TYPES[type] : undefined
  if (kind === undefined) {
    throw coreFailure(
      "UnknownConnectionType",
      `Not Support connection type ${type ?? "None"} for embedding api. Connection type should be in [azure_open_ai, open_ai].`,
      { hint: "write `type: azure_openai` or `type: openai` under model.configuration" }
    )
  }
  return isEmpty(configuration) ? fromEnvironment(kind, env) : written(kind, configuration)
}

async function named(name: string, connections: ConnectionProvider): Promise<Connection> {
  const connection = await connections.get(name)
  if (connection === undefined) {
    const names = (await connections.names?.().catch(() => [])) ?? []
    throw coreFailure(
      "ConnectionNotFound",
      `Connection '${name}' is not found (there are: ${names.join(", ") || "none"}).`,
      {
        hint: "make it with `throughline connection create --file connection.yaml`, or give it to the runtime as `connections`"
      }
    )
  }
  if (connection.type === "azure_open_ai" || connection.type === "open_ai") return connection
  throw coreFailure(
    "UnknownConnectionType",
    `Not Support connection type ${connection.type} for embedding api. Connection type should be in [azure_open_ai, open_ai].`
  )
}

/** The model alone says nothing of where it is. */
const isEmpty = (configuration: Json): boolean =>
  Object.entries(configuration).every(([key, value]) => ["type", "azure_deployment", "model"].includes(key) || !value)

const VARIABLES = {
  azure_open_ai: "'AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY'",
  open_ai: "'OPENAI_API_KEY'"
} as const
const CLASSES = { azure_open_ai: "AzureOpenAIConnection", open_ai: "OpenAIConnection" } as const

function fromEnvironment(kind: "azure_open_ai" | "open_ai", env: Environment): Connection {
  const connection = connectionFromEnvironment(kind, env)
  if (connection !== undefined) return connection
  throw coreFailure(
    "RequiredEnvironmentVariablesNotSetError",
    `Required environment variables [${VARIABLES[kind]}] to build ${CLASSES[kind]} not set.`,
    { hint: "set them, or write them under model.configuration" }
  )
}

/** Field of the configuration → field of a connection. */
const FIELDS: Readonly<Record<string, string>> = {
  azure_endpoint: "api_base",
  api_base: "api_base",
  api_version: "api_version",
  base_url: "base_url",
  organization: "organization"
}

function written(kind: "azure_open_ai" | "open_ai", configuration: Json): Connection {
  const configs: Record<string, string> = {}
  for (const [key, value] of Object.entries(configuration)) {
    const field = FIELDS[key]
    if (field !== undefined && value) configs[field] = String(value)
  }
  const { api_key: key } = configuration
  return { name: "model.configuration", type: kind, configs, secrets: key ? { api_key: String(key) } : {} }
}
