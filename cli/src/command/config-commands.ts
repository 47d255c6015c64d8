// `throughline config …`: what its commands take, as data.

import type { CommandSpec, GroupSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"

const set: CommandSpec = {
  name: "config set",
  summary: "Set keys of the configuration.",
  takesPairs: true,
  options: [
    {
      name: "--path",
      takes: "word",
      word: "FOLDER",
      help: "Write FOLDER/pf.yaml, which counts in that folder and below. Default: config.yaml of the home."
    },
    ...COMMON_OPTIONS
  ],
  examples: ["throughline config set trace.destination=none", "throughline config set team.name=green --path ."],
  load: () => import("../config/set.ts")
}

const show: CommandSpec = {
  name: "config show",
  summary: "Show the configuration that counts in this folder.",
  options: [
    { name: "--origin", takes: "nothing", isOurs: true, help: "Show each file with its own keys, the nearest first." },
    ...COMMON_OPTIONS
  ],
  examples: ["throughline config show", "throughline config show --origin"],
  load: () => import("../config/show.ts")
}

export const CONFIG_COMMANDS: GroupSpec = {
  name: "config",
  summary: "Set and show the configuration.",
  commands: [set, show]
}
