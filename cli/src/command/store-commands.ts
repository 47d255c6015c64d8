// `throughline store …`: what its commands take, as data.

import type { CommandSpec, GroupSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"

const command = (
  word: string,
  summary: string,
  load: CommandSpec["load"] & {},
  options: CommandSpec["options"] = [],
  examples: readonly string[] = [`throughline store ${word}`]
): CommandSpec => ({ name: `store ${word}`, summary, options: [...options, ...COMMON_OPTIONS], examples, load })

export const STORE_COMMANDS: GroupSpec = {
  name: "store",
  summary: "Look after the journal of runs.",
  commands: [
    command("info", "Show how large the journal is, and how much of it is free.", () => import("../store/info.ts")),
    command("check", "Read the whole journal and tell what is wrong with it.", () => import("../store/check.ts")),
    command("compact", "Write the journal anew without its free pages.", () => import("../store/compact.ts")),
    command(
      "prune",
      "Delete runs that have ended, oldest first, with their folders.",
      () => import("../store/prune.ts"),
      [
        {
          name: "--older-than",
          takes: "word",
          word: "DAYS",
          type: "number",
          isOurs: true,
          help: "Runs that began longer ago than this."
        },
        {
          name: "--max-size",
          takes: "word",
          word: "MB",
          type: "number",
          isOurs: true,
          help: "Until what is in use of the journal is no more than this."
        },
        { name: "--dry-run", takes: "nothing", isOurs: true, help: "Name them, and delete nothing." }
      ],
      ["# Keep a month, and no more than two gigabytes:", "throughline store prune --older-than 30 --max-size 2048"]
    )
  ]
}
