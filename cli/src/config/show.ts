// `config show`: the configuration that counts in the working directory, or where each part of it comes from.

import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { type Config, configFiles, merged, readConfig } from "./config-files.ts"

export async function run(args: Arguments): Promise<number> {
  const files = configFiles(process.cwd()).map((file) => ({ file, config: readConfig(file) }))
  if (args.has("--origin")) await printJson(files)
  else await printJson(files.reduceRight<Config>((far, { config }) => merged(config, far), {}))
  return 0
}
