// Where flows find connections on this machine: in a file that is named, else in the home's store; and an environment
// variable `<CONNECTION>_<FIELD>` stands over one field of either. `${env:NAME}` in a value is that variable.

import { readFile } from "node:fs/promises"
import {
  CONNECTION_TYPES,
  type Connection,
  type ConnectionProvider,
  connectionProvider,
  type ExecutionConnection
} from "@throughline/core"
import { ConnectionStore } from "@throughline/storage"
import { isPlainObject } from "../command/pairs.ts"
import { findHome } from "../home.ts"
import { connectionOf, fieldsOf } from "./connection-file.ts"

export interface LocalConnectionsOptions {
  /** The home whose store is read. Default: `THROUGHLINE_HOME`, else `~/.throughline`. */
  readonly home?: string
  /**
   * A JSON or YAML file of connections by name, in promptflow's execution form or with the fields of a connection file.
   * Default: `THROUGHLINE_CONNECTIONS`, else `PROMPTFLOW_CONNECTIONS`.
   */
  readonly file?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Variables that the vendors' own clients read: a connection of such a name does not take them for its fields. */
const VENDORS = /^(AZURE_)?OPENAI_(API_KEY|BASE_URL|API_BASE|ENDPOINT|API_VERSION|ORG_ID|ORGANIZATION)$/

/** Opens nothing: file and store are read when a connection is asked for, each time anew. */
export function localConnections(options: LocalConnectionsOptions = {}): ConnectionProvider {
  const env = options.env ?? process.env
  const store = new ConnectionStore(findHome(options.home))
  const file = [options.file, env.THROUGHLINE_CONNECTIONS, env.PROMPTFLOW_CONNECTIONS].find(Boolean)
  const inFile = async () => (file === undefined ? undefined : readConnections(file))
  return {
    get: async (name) => {
      const found = (await (await inFile())?.get(name)) ?? (await store.get(name))
      return found === undefined ? undefined : resolved(overridden(found, env), env)
    },
    names: async () => [...new Set([...((await (await inFile())?.names?.()) ?? []), ...(await store.names())])]
  }
}

/** @throws naming the file and the connection that is none */
async function readConnections(file: string): Promise<ConnectionProvider> {
  const all = fieldsOf((await import("yaml")).parse(await readFile(file, "utf8")) as unknown, file)
  const connections = new Map<string, Connection>()
  for (const [name, value] of Object.entries(all)) {
    const fields = fieldsOf(value, `${file}: ${name}`)
    const given = isPlainObject(fields.value)
      ? await connectionProvider({ [name]: fields as unknown as ExecutionConnection }).get(name)
      : connectionOf({ ...fields, name }, `${file}: ${name}`)
    connections.set(name, given!)
  }
  return { get: async (name) => connections.get(name), names: async () => [...connections.keys()] }
}

type Environment = Readonly<Record<string, string | undefined>>

function overridden(connection: Connection, env: Environment): Connection {
  const { configs, secrets } = CONNECTION_TYPES[connection.type]
  const prefix = connection.name.toUpperCase().replace(/[^A-Z0-9]/g, "_")
  const over = (values: Readonly<Record<string, string>>, known: readonly string[]) =>
    Object.fromEntries(
      [...new Set([...Object.keys(values), ...known])].flatMap((key) => {
        const variable = `${prefix}_${key.toUpperCase()}`
        const value = (VENDORS.test(variable) ? undefined : env[variable]) ?? values[key]
        return value === undefined ? [] : [[key, value] as const]
      })
    )
  return {
    ...connection,
    configs: over(
      connection.configs,
      configs.map(({ key }) => key)
    ),
    secrets: over(
      connection.secrets,
      secrets.map(({ key }) => key)
    )
  }
}

function resolved(connection: Connection, env: Environment): Connection {
  const all = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(values).map(([key, text]) => [
        key,
        text.replace(/\$\{env:([^}]+)\}/g, (_, name: string) => variableOf(name.trim(), key, connection, env))
      ])
    )
  return { ...connection, configs: all(connection.configs), secrets: all(connection.secrets) }
}

function variableOf(variable: string, key: string, { name }: Connection, env: Environment): string {
  const value = env[variable]
  if (value !== undefined) return value
  throw new Error(`${key} of connection '${name}' is the environment variable ${variable}, which is not set`)
}
