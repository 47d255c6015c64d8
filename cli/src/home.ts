// Where the command and the ready runtime keep their state.

import { homedir } from "node:os"
import { join, resolve } from "node:path"

/** The given folder, else `THROUGHLINE_HOME`, else `~/.throughline`; absolute. */
export function findHome(given?: string): string {
  const chosen = given ?? process.env.THROUGHLINE_HOME
  return chosen === undefined || chosen === "" ? join(homedir(), ".throughline") : resolve(chosen)
}
