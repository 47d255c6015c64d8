// Every command, as data. promptflow's groups that this version does not have are named, so that they are refused as such.

import type { CommandSpec, GroupSpec } from "./command-spec.ts"
import { COMPLETION_COMMANDS } from "./completion-commands.ts"
import { CONFIG_COMMANDS } from "./config-commands.ts"
import { CONNECTION_COMMANDS } from "./connection-commands.ts"
import { DOCTOR } from "./doctor-command.ts"
import { FLOW_COMMANDS } from "./flow-commands.ts"
import { RUN_COMMANDS } from "./run-commands.ts"
import { STORE_COMMANDS } from "./store-commands.ts"

export const GROUPS: readonly GroupSpec[] = [
  FLOW_COMMANDS,
  RUN_COMMANDS,
  CONNECTION_COMMANDS,
  STORE_COMMANDS,
  CONFIG_COMMANDS,
  COMPLETION_COMMANDS
]

/** Commands that stand in no group. */
export const SINGLE_COMMANDS: readonly CommandSpec[] = [DOCTOR]

export const GROUPS_NOT_YET: readonly string[] = ["experiment", "service", "tool", "trace", "upgrade"]
