// Options that every command takes.

import type { OptionSpec } from "./command-spec.ts"

export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: "--verbose", takes: "nothing", help: "Tell more, such as how long the command took." },
  { name: "--debug", aliases: ["-d"], takes: "nothing", help: "Show the stack of an error." },
  { name: "--user-agent", takes: "word", word: "TEXT", help: "Ignored.", isHidden: true },
  { name: "--help", aliases: ["-h"], takes: "nothing", help: "Show this help." }
]
