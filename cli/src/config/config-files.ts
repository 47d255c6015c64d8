// The configuration: a file of the user's in the home, and the nearest `pf.yaml` in the working directory or above it, whose
// values win. Knows where they are and how they go together; what a key means is for who reads it.

import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setOwn } from "@throughline/core"
import { parseDocument } from "yaml"
import { isPlainObject } from "../command/pairs.ts"
import { CommandError } from "../command/usage-error.ts"
import { findHome } from "../home.ts"

export type Config = Readonly<Record<string, unknown>>

export const PROJECT_FILE = "pf.yaml"

export const userFile = (): string => join(findHome(), "config.yaml")

/** The nearest first. */
export function configFiles(start: string): readonly string[] {
  const user = userFile()
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, PROJECT_FILE)
    if (existsSync(file)) return [file, user]
    if (folder === dirname(folder)) return [user]
  }
}

/** @throws {CommandError} naming file and line */
export function readConfig(file: string): Config {
  if (!existsSync(file)) return {}
  const document = parseDocument(readFileSync(file, "utf8"))
  const [mistake] = document.errors
  if (mistake !== undefined) {
    throw new CommandError(`${file}:${mistake.linePos?.[0].line ?? 1}: ${mistake.message.split("\n")[0]}`)
  }
  const config: unknown = document.toJS() ?? {}
  if (!isPlainObject(config)) throw new CommandError(`${file}: a configuration holds keys and values`)
  return config
}

/** Maps are merged at any depth; of two other values the nearer one stands. */
export function merged(near: Config, far: Config): Config {
  const result: Record<string, unknown> = { ...far }
  for (const [key, value] of Object.entries(near)) {
    const other = Object.hasOwn(result, key) ? result[key] : undefined
    setOwn(result, key, isPlainObject(value) && isPlainObject(other) ? merged(value, other) : value)
  }
  return result
}
