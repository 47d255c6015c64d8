// Every command, as data. promptflow's groups that this version does not have are named, so that they are refused as such.

import type { GroupSpec } from "./command-spec.ts"
import { FLOW_COMMANDS } from "./flow-commands.ts"
import { RUN_COMMANDS } from "./run-commands.ts"

export const GROUPS: readonly GroupSpec[] = [FLOW_COMMANDS, RUN_COMMANDS]

export const GROUPS_NOT_YET: readonly string[] = [
  "config",
  "connection",
  "experiment",
  "service",
  "tool",
  "trace",
  "upgrade"
]
