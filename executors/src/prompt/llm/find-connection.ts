// The connection of a node that calls a model: the one it names, or the environment's.

import { CONNECTION_TYPES, type Connection, type NodePlan, type ToolHostContext } from "@throughline/core/contracts"
import { loadFailure } from "../load-template.ts"
import type { Provider } from "./tool-parameters.ts"

type Services = Pick<ToolHostContext, "connections" | "models">

/**
 * @param name `undefined`: the environment's connection
 * @param provider which of the environment's is meant, where the node says so
 * @throws {ToolLoadFailure} `GetConnectionError`
 */
export async function findConnection(
  { connections, models }: Services,
  node: NodePlan,
  name: string | undefined,
  provider: string | undefined
): Promise<Connection> {
  if (name === undefined) {
    const kind = provider === "AzureOpenAI" ? "azure_open_ai" : undefined
    const found = models.fromEnvironment(kind) ?? models.fromEnvironment()
    if (found !== undefined) return found
    throw notFound(
      node,
      "None",
      "the node names no connection, and the environment has none",
      "name a connection, or set OPENAI_API_KEY (and OPENAI_BASE_URL), or AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY"
    )
  }
  let connection: Connection | undefined
  try {
    connection = await connections.get(name)
  } catch (error) {
    throw notFound(node, name, error instanceof Error ? error.message : String(error))
  }
  if (connection !== undefined) return connection
  const known = await connections.names?.().catch(() => undefined)
  const list = known === undefined || known.length === 0 ? "" : ` (there are: ${[...known].sort().join(", ")})`
  throw notFound(
    node,
    name,
    `Connection '${name}' is not found${list}.`,
    "make it with `throughline connection create --file connection.yaml`, or give it to the runtime as `connections`"
  )
}

function notFound(node: NodePlan, name: string, reason: string, hint?: string) {
  return loadFailure(node, "GetConnectionError", `Get connection '${name}' for node '${node.name}' error: ${reason}`, {
    codes: ["UserError", "ValidationError", "InvalidRequest", "GetConnectionError"],
    ...(hint === undefined ? {} : { hint })
  })
}

/** Whose tool serves the connection; `undefined` for one that is for no language model. */
export function providerOf({ type }: Connection): Provider | undefined {
  if (type === "azure_open_ai") return "AzureOpenAI"
  return type === "open_ai" || type === "serverless" ? "OpenAI" : undefined
}

export const classOf = ({ type }: Connection): string => CONNECTION_TYPES[type].className
