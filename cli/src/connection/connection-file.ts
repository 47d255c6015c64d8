// Connections as people write them: a YAML file or a `.env` file, fields by promptflow's names, `--set` over them. Gives a
// `Connection`, or says which field is missing. Values may hold `${env:NAME}`, which stays as it is here.

import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import { parseEnv } from "node:util"
import { CONNECTION_TYPES, type Connection, type ConnectionType } from "@throughline/core"
import { plainNameProblem } from "@throughline/core/flow"
import { isPlainObject } from "../command/pairs.ts"
import { note } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"

export type Fields = Readonly<Record<string, unknown>>

/** Fields of a strong type, kept as configs under these names. */
const STRONG = "promptflow.connection."
const STRONG_FIELDS = ["module", "custom_type", "package", "package_version"]
const NOTES = ["$schema", "name", "type", "created_date", "last_modified_date", "expiry_time", "tags"]

/** @throws {CommandError} where the file cannot be read or is no map of fields */
export async function readConnectionFile(path: string): Promise<Fields> {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(code === "ENOENT" ? `No such file or directory: ${path}` : `cannot read ${path} (${code})`)
  }
  if (basename(path).endsWith(".env")) return { type: "custom", configs: {}, secrets: parseEnv(text) }
  if (!/\.ya?ml$/i.test(path)) {
    throw new CommandError(`${path}: a connection file ends in .yaml, .yml or .env`)
  }
  return fieldsOf((await import("yaml")).parse(text) as unknown, path)
}

export function fieldsOf(value: unknown, path: string): Fields {
  if (isPlainObject(value)) return value
  throw new CommandError(`${path}: it has to hold the fields of a connection, such as name and type`)
}

/**
 * @param path of the file that the fields came from, for messages
 * @throws {CommandError} naming the field that is missing or is not what it has to be
 */
export function connectionOf(fields: Fields, path: string): Connection {
  const name = fields.name
  if (typeof name !== "string" || name === "")
    throw new CommandError(`${path}: name is missing; add it, or give --name`)
  const problem = plainNameProblem(name)
  if (problem !== undefined) throw new CommandError(`${path}: the name ${JSON.stringify(name)} ${problem}`)
  const type = typeOf(fields.type, path)
  const { configs, secrets, isOpen = false } = CONNECTION_TYPES[type]
  if (isOpen) return openConnection(name, fields, path)

  const known = [...NOTES, ...STRONG_FIELDS, ...configs.map(({ key }) => key), ...secrets.map(({ key }) => key)]
  warnUnknown(fields, known, `${path}: a connection of type ${type}`)
  const isKeyless = textOf(fields.auth_mode, "auth_mode", path)?.toLowerCase() === "meid_token"
  const read = (list: typeof configs, isSecret: boolean) =>
    list.flatMap(({ key, default: otherwise, isRequired = false }): Array<[string, string]> => {
      const value = textOf(fields[key], key, path) ?? otherwise
      if (value !== undefined) return [[key, value]]
      if (!isRequired || (isSecret && isKeyless)) return []
      throw new CommandError(
        `${path}: Load connection failed with {'${key}': ['Missing data for required field.']}: ` +
          `a connection of type ${type} needs ${key}; add it, or give --set ${key}=…`
      )
    })
  return {
    name,
    type,
    configs: Object.fromEntries(read(configs, false)),
    secrets: Object.fromEntries(read(secrets, true))
  }
}

function openConnection(name: string, fields: Fields, path: string): Connection {
  warnUnknown(fields, [...NOTES, ...STRONG_FIELDS, "configs", "secrets"], `${path}: a custom connection`)
  const isStrong = fields.custom_type !== undefined
  const strong = STRONG_FIELDS.flatMap((key) => {
    const value = isStrong ? textOf(fields[key], key, path) : undefined
    return value === undefined ? [] : [[STRONG + key, value] as const]
  })
  const secrets = textsOf(fields.secrets, "secrets", path)
  if (secrets === undefined) {
    throw new CommandError(
      `${path}: Load connection failed with {'secrets': ['Missing data for required field.']}: a custom connection needs secrets, a map`
    )
  }
  return {
    name,
    type: "custom",
    configs: { ...textsOf(fields.configs, "configs", path), ...Object.fromEntries(strong) },
    secrets
  }
}

/** `azure_open_ai`, `AzureOpenAI` and `AzureOpenAIConnection` are one type. */
function typeOf(value: unknown, path: string): ConnectionType {
  const plain = (text: string) => text.toLowerCase().replace(/connection$|_/g, "")
  const types = Object.keys(CONNECTION_TYPES) as ConnectionType[]
  const found = typeof value === "string" ? types.find((type) => plain(type) === plain(value)) : undefined
  if (found !== undefined) return found
  if (value === undefined) throw new CommandError(`${path}: type is missing; it is one of ${types.join(", ")}`)
  throw new CommandError(
    `${path}: Connection type '${String(value)}' is not supported. Supported types are: ${types.join(", ")}`
  )
}

function textOf(value: unknown, key: string, path: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === "object") throw new CommandError(`${path}: ${key} has to be a text`)
  return String(value)
}

function textsOf(value: unknown, key: string, path: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isPlainObject(value)) throw new CommandError(`${path}: ${key} has to be a map of texts`)
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, textOf(each, `${key}.${name}`, path) ?? ""])
  )
}

function warnUnknown(fields: Fields, known: readonly string[], what: string): void {
  const unknown = Object.keys(fields).filter((key) => !known.includes(key))
  if (unknown.length > 0) note(`warning: ${what} has no ${unknown.join(", ")}: ignored`)
}
