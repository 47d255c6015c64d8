// A run definition (`run.yaml`): YAML → what it says, with its paths made absolute. What it cannot mean here is refused
// by name; keys nobody knows are only warned about, as promptflow does.

import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import type { Compat } from "@throughline/core"
import { defined } from "../command/defined.ts"
import { readEnvFile } from "../command/environment.ts"
import { isPlainObject } from "../command/pairs.ts"
import { note } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"

export interface RunFile {
  readonly flow?: string
  readonly data?: string
  readonly run?: string
  readonly columnMapping?: Readonly<Record<string, unknown>>
  readonly name?: string
  readonly displayName?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly variant?: string
  readonly environmentVariables?: Readonly<Record<string, unknown>>
  readonly connections?: Readonly<Record<string, unknown>>
  readonly init?: Readonly<Record<string, unknown>>
  /** Ours, under `throughline:`. */
  readonly compat?: readonly Compat[]
  /** The others of ours, by the name of the option they stand for: `line_timeout` is `--line-timeout`. */
  readonly options: ReadonlyMap<string, number>
}

const TEXTS = ["flow", "data", "run", "name", "display_name", "description", "variant"]
const MAPS = ["column_mapping", "tags", "environment_variables", "connections", "init"]
/** What only means something in the cloud, or was written by promptflow for its own use. */
const IGNORED = ["$schema", "resources", "identity", "runtime", "properties", "status", "command", "outputs"]
const OURS = ["concurrency", "workers", "line_timeout", "timeout", "max_lines", "max_output", "grace"]

/** @throws {CommandError} when the file cannot be read, or says something that this version cannot do */
export async function readRunFile(path: string): Promise<RunFile> {
  const fields = await readYaml(path)
  const unknown = Object.keys(fields).filter((key) => ![...TEXTS, ...MAPS, ...IGNORED, "throughline"].includes(key))
  if (unknown.length > 0) {
    note(`Run schema validation warnings. Unknown fields found: {${unknown.map((key) => `'${key}'`).join(", ")}}`)
  }

  const text = (key: string) => textField(path, fields, key)
  const local = (key: string) => {
    const value = text(key)
    if (value === undefined) return undefined
    if (/^(azureml|https?):/i.test(value)) throw new CommandError(`${path}: ${key}: '${value}' is not a local path`)
    return resolve(dirname(path), value)
  }
  const tags = mapField(path, fields, "tags")
  return defined({
    flow: local("flow"),
    data: local("data"),
    run: text("run"),
    columnMapping: mapField(path, fields, "column_mapping"),
    name: text("name"),
    displayName: text("display_name"),
    description: text("description"),
    tags: tags && Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)])),
    variant: text("variant"),
    environmentVariables: environmentIn(path, fields),
    connections: mapField(path, fields, "connections"),
    init: mapField(path, fields, "init"),
    compat: compatIn(path, fields),
    options: ourOptions(path, fields)
  })
}

/** A map, or the path of a `.env` file beside the run file. */
function environmentIn(path: string, fields: Readonly<Record<string, unknown>>) {
  const { environment_variables: value } = fields
  if (typeof value !== "string") return mapField(path, fields, "environment_variables")
  const file = resolve(dirname(path), value)
  if (existsSync(file)) return readEnvFile(file)
  throw new CommandError(`${path}: environment_variables: there is no file ${file}`)
}

async function readYaml(path: string): Promise<Readonly<Record<string, unknown>>> {
  let source: string
  try {
    source = await readFile(path, "utf8")
  } catch (cause) {
    throw new CommandError(`the run file ${path} cannot be read: ${(cause as Error).message}`, 1, { cause })
  }
  const { parseDocument } = await import("yaml")
  const document = parseDocument(source)
  const [mistake] = document.errors
  if (mistake !== undefined) {
    const { line, col } = mistake.linePos?.[0] ?? { line: 1, col: 1 }
    throw new CommandError(`${path}:${line}:${col}: ${mistake.message.split("\n")[0]}`)
  }
  const fields: unknown = document.toJS() ?? {}
  if (!isPlainObject(fields)) throw new CommandError(`${path}: a run file holds keys and values (flow: …, data: …)`)
  return fields
}

function textField(path: string, fields: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = fields[key]
  if (value == null) return undefined
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value)
  throw new CommandError(`${path}: ${key} has to be a text, got ${JSON.stringify(value)}`)
}

function mapField(path: string, fields: Readonly<Record<string, unknown>>, key: string) {
  const value = fields[key]
  if (value == null) return undefined
  if (isPlainObject(value)) return value
  throw new CommandError(`${path}: ${key} has to be a map, got ${JSON.stringify(value)}`)
}

function compatIn(path: string, fields: Readonly<Record<string, unknown>>): readonly Compat[] | undefined {
  const compat = mapField(path, fields, "throughline")?.compat
  if (compat === undefined) return undefined
  if (compat === "pandas-data") return [compat]
  throw new CommandError(`${path}: throughline.compat takes pandas-data, got ${JSON.stringify(compat)}`)
}

function ourOptions(path: string, fields: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const options = new Map<string, number>()
  for (const [key, value] of Object.entries(mapField(path, fields, "throughline") ?? {})) {
    if (key === "compat") continue
    if (!OURS.includes(key)) {
      note(`${path}: throughline.${key} is unknown; known are: ${[...OURS, "compat"].join(", ")}`)
      continue
    }
    if (typeof value !== "number")
      throw new CommandError(`${path}: throughline.${key} has to be a number, got ${JSON.stringify(value)}`)
    options.set(`--${key.replaceAll("_", "-")}`, value)
  }
  return options
}
