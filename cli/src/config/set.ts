// `config set`: keys of the user's configuration, or of a folder's.

import { writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { makeFolder, pythonRepr } from "@throughline/core/data"
import { stringify } from "yaml"
import type { Arguments } from "../command/arguments.ts"
import { PAIRS } from "../command/command-spec.ts"
import { nestDottedKeys, parsePairs } from "../command/pairs.ts"
import { note, printResult } from "../command/print.ts"
import { CommandError, UsageError } from "../command/usage-error.ts"
import { merged, PROJECT_FILE, readConfig, userFile } from "./config-files.ts"

const FLOW_FOLDER = "${flow_directory}"

export async function run(args: Arguments): Promise<number> {
  const words = args.texts(PAIRS)
  if (words.length === 0) throw new UsageError("Usage error: config set KEY=VALUE [KEY=VALUE ...]")
  const pairs = parsePairs(words, "config set")
  if (pairs["run.output_path"] === FLOW_FOLDER) {
    throw new CommandError(
      `Invalid config value '${FLOW_FOLDER}' for 'run.output_path': runs would lie in their own flow`
    )
  }
  const folder = args.text("--path")
  const file = folder === undefined ? userFile() : join(resolve(folder), PROJECT_FILE)
  const config = merged(nestDottedKeys(pairs), readConfig(file))
  makeFolder(dirname(file))
  writeFileSync(file, stringify(config))
  await printResult(
    `Set config ${pythonRepr(Object.entries(pairs).map(([key, value]) => ({ [key]: value })))} successfully.`
  )
  const idle = Object.keys(pairs).filter((key) => WITHOUT_EFFECT.has(key))
  if (idle.length > 0) note(`${idle.join(", ")}: kept, and without effect here`)
  return 0
}

/** promptflow's keys for what this program does not do: it reports nothing, starts no service, and keeps runs in its home. */
const WITHOUT_EFFECT = new Set([
  "connection.provider",
  "trace.destination",
  "run.output_path",
  "service.host",
  "telemetry.enabled",
  "extension.telemetry_enabled",
  "cli.installation_id",
  "user_agent",
  "enable_internal_features",
  "first_run"
])
