// The flow's environment variables as its threads and processes see them: `${connection.key}` is that field of that
// connection. The texts are secrets then, and go nowhere but into the threads' environment.

import { type ConnectionProvider, errorRecord, fieldOfConnection, ToolLoadFailure } from "@throughline/core/contracts"

const REFERENCE = /^\$\{([^.{}]+)\.([^{}]+)\}$/

/** The connections that the variables take fields of. */
export const connectionsNamed = (variables: Readonly<Record<string, string>>): readonly string[] => [
  ...new Set(Object.values(variables).flatMap((text) => REFERENCE.exec(text.trim())?.[1] ?? []))
]

/**
 * A key that the connection does not have leaves the text as it is, as in promptflow.
 *
 * @throws {ToolLoadFailure} `ConnectionNotFoundError`, naming variable and connection
 */
export async function resolveEnvironment(
  variables: Readonly<Record<string, string>>,
  connections: ConnectionProvider | undefined
): Promise<Readonly<Record<string, string>>> {
  const resolved: Record<string, string> = {}
  for (const [variable, text] of Object.entries(variables)) {
    const [, name, key] = REFERENCE.exec(text.trim()) ?? []
    if (name === undefined || key === undefined) {
      resolved[variable] = text
      continue
    }
    const connection = await connections?.get(name)
    if (connection === undefined) throw await notFound(name, variable, connections)
    resolved[variable] = fieldOfConnection(connection, key) ?? text
  }
  return resolved
}

async function notFound(name: string, variable: string, connections: ConnectionProvider | undefined) {
  const names = (await connections?.names?.()) ?? []
  return new ToolLoadFailure(
    errorRecord({
      message:
        `Connection '${name}' is not found: the environment variable ${variable} takes its value from it ` +
        `(there are: ${names.join(", ") || "none"}).`,
      messageParameters: { connection: name, variable },
      codes: ["UserError", "SDKError", "ConnectionNotFoundError"],
      referenceCode: "Executor",
      hint: `create the connection, or give ${variable} another value`
    })
  )
}
