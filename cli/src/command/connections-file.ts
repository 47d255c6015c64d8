// `--connections-file`: connections that are in no store, for one command.

import { resolve } from "node:path"
import type { OpenRuntimeOptions } from "../open-runtime.ts"
import type { Arguments } from "./arguments.ts"
import type { OptionSpec } from "./command-spec.ts"

export const CONNECTIONS_FILE: OptionSpec = {
  name: "--connections-file",
  takes: "word",
  word: "FILE",
  isOurs: true,
  help: "A JSON or YAML file of connections by name, before the stored ones (THROUGHLINE_CONNECTIONS)."
}

export function connectionsOf(args: Arguments): Pick<OpenRuntimeOptions, "connectionsFile"> {
  const file = args.text(CONNECTIONS_FILE.name)
  return file === undefined ? {} : { connectionsFile: resolve(file) }
}
