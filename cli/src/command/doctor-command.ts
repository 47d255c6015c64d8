// `throughline doctor`: what it takes, as data.

import type { CommandSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"

export const DOCTOR: CommandSpec = {
  name: "doctor",
  summary: "Check what flows need on this machine: home, journal, disk, Python.",
  options: [
    {
      name: "--flow",
      takes: "word",
      word: "FOLDER",
      help: "Look for the Python of this flow. Default: the working directory."
    },
    {
      name: "--output",
      aliases: ["-o"],
      takes: "word",
      word: "FORMAT",
      choices: ["text", "json"],
      help: "text (default) or json."
    },
    ...COMMON_OPTIONS
  ],
  examples: ["throughline doctor", "throughline doctor --flow ./my-flow --output json"],
  load: () => import("./doctor.ts")
}
