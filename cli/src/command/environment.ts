// `--environment-variables`: the environment of a flow, over what its file says. As pairs, as a `.env` file, or without a
// word: then the nearest `.env` counts, in the working directory or above it.

import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { parseEnv } from "node:util"
import { pythonJson, pythonStr } from "@throughline/core/data"
import type { Arguments } from "./arguments.ts"
import { parsePairs } from "./pairs.ts"
import { note } from "./print.ts"
import { UsageError } from "./usage-error.ts"

const OPTION = "--environment-variables"

/**
 * @param file what a run file says; the option stands over it
 * @returns texts as promptflow makes them: maps and lists as JSON, other values in Python's text form
 * @throws {UsageError} for a word that is neither a pair nor a `.env` file that is there
 */
export function readEnvironment(
  args: Arguments,
  file: Readonly<Record<string, unknown>> = {}
): Readonly<Record<string, string>> {
  const given = { ...file, ...(args.has(OPTION) ? givenVariables(args.texts(OPTION)) : {}) }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, textOf(value)]))
}

/** The variables of a `.env` file. */
export function readEnvFile(path: string): Readonly<Record<string, unknown>> {
  return parseEnv(readFileSync(path, "utf8"))
}

function givenVariables(words: readonly string[]): Readonly<Record<string, unknown>> {
  const [only] = words
  if (only === undefined) return nearestEnvFile(process.cwd())
  if (words.length > 1 || only.includes("=")) return parsePairs(words, OPTION)
  if (!only.endsWith(".env"))
    throw new UsageError(`${OPTION} takes a file that ends in .env, or KEY=VALUE (got '${only}')`)
  const path = resolve(only)
  if (!existsSync(path)) throw new UsageError(`${OPTION} cannot find the file ${path}`)
  return readEnvFile(path)
}

function nearestEnvFile(start: string): Readonly<Record<string, unknown>> {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, ".env")
    if (existsSync(path)) return readEnvFile(path)
    if (folder === dirname(folder)) break
  }
  note(`warning: ${OPTION}: there is no .env file in ${start} or above it`)
  return {}
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value
  return value !== null && typeof value === "object" ? pythonJson(value) : pythonStr(value)
}
