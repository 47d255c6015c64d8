// A connection: what a flow needs to reach a model or another service, and where it is looked up. Finding, storing and
// encrypting is for whoever implements `ConnectionProvider`; which fields a type has is told in `connection-types.ts`.
//
// S1. A secret is in `Connection.secrets` only: never in a plan, a manifest, a record, a log or the text of an error.

import { CONNECTION_TYPES, type ConnectionType, connectionTypeOfClass } from "./connection-types.ts"

export interface Connection {
  readonly name: string
  readonly type: ConnectionType
  /** Field → value. A strong type's class is told by `promptflow.connection.module` and `….custom_type`. */
  readonly configs: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

/** Where connections are looked up, by name. Ours, or a host's own. */
export interface ConnectionProvider {
  /**
   * The connection, with its secrets in clear; `undefined` when there is none of that name. Rejects when there is one
   * that cannot be had (an unset variable, a key that does not open the store); the message says what to do.
   */
  get(name: string): Promise<Connection | undefined>
  /** The names there are, for the message when one is not found. Absent: nobody can tell. */
  names?(): Promise<readonly string[]>
}

/** promptflow's execution form of a connection. `value` holds all fields, secrets in clear. */
export interface ExecutionConnection {
  /** Its class: `AzureOpenAIConnection`. */
  readonly type: string
  readonly module?: string
  readonly value: Readonly<Record<string, unknown>>
  /** Names of the fields of `value` that are secrets. */
  readonly secret_keys?: readonly string[]
}

/** What a host may give as `connections`. */
export type ConnectionsOption = ConnectionProvider | Readonly<Record<string, ExecutionConnection>>

/**
 * The provider of what a host gave.
 *
 * @throws {TypeError} naming the connection that is not in promptflow's execution form
 */
export function connectionProvider(given: ConnectionsOption = {}): ConnectionProvider {
  if (typeof given.get === "function") return given as ConnectionProvider
  const connections = new Map(
    Object.entries(given as Readonly<Record<string, ExecutionConnection>>).map(([name, form]) => [
      name,
      fromExecutionForm(name, form)
    ])
  )
  return {
    get: async (name) => connections.get(name),
    names: async () => [...connections.keys()]
  }
}

/** @throws {TypeError} naming the connection and what is wrong with it; never showing a value */
export function fromExecutionForm(name: string, form: ExecutionConnection): Connection {
  const type = typeof form?.type === "string" ? connectionTypeOfClass(form.type) : undefined
  if (type === undefined) {
    const classes = Object.values(CONNECTION_TYPES).map(({ className }) => className)
    throw new TypeError(`connection '${name}': its type has to be one of ${classes.join(", ")}`)
  }
  if (form.value === null || typeof form.value !== "object") {
    throw new TypeError(`connection '${name}': it needs a value with its fields`)
  }
  const secretKeys = new Set([...(form.secret_keys ?? []), ...CONNECTION_TYPES[type].secrets.map(({ key }) => key)])
  const configs: Record<string, string> = {}
  const secrets: Record<string, string> = {}
  for (const [key, value] of Object.entries(form.value)) {
    if (value === null || value === undefined) continue
    const target = secretKeys.has(key) ? secrets : configs
    target[key] = String(value)
  }
  return { name, type, configs, secrets }
}

/** As promptflow's executors and services want a connection. Holds secrets: never to be logged or kept. */
export function toExecutionForm({ type, configs, secrets }: Connection): ExecutionConnection {
  const { className, module } = CONNECTION_TYPES[type]
  return { type: className, module, value: { ...configs, ...secrets }, secret_keys: Object.keys(secrets) }
}

/** A config or a secret by its name; `undefined` for one that is absent or empty. */
export function fieldOfConnection({ configs, secrets }: Connection, key: string): string | undefined {
  const value = Object.hasOwn(configs, key) ? configs[key] : Object.hasOwn(secrets, key) ? secrets[key] : undefined
  return value === "" ? undefined : value
}
