// `--environment-variables`: the environment of a flow, over what its file says.

import { pythonJson, pythonStr } from "@throughline/core/data"
import type { Arguments } from "./arguments.ts"
import { parsePairs } from "./pairs.ts"

/**
 * @param file what a run file says; the option stands over it
 * @returns texts as promptflow makes them: maps and lists as JSON, other values in Python's text form
 */
export function readEnvironment(
  args: Arguments,
  file: Readonly<Record<string, unknown>> = {}
): Readonly<Record<string, string>> {
  const given = { ...file, ...parsePairs(args.texts("--environment-variables"), "--environment-variables") }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, textOf(value)]))
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value
  return value !== null && typeof value === "object" ? pythonJson(value) : pythonStr(value)
}
