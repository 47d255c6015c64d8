// What a command is, as data: enough to parse its arguments and to print its help without loading it.

import type { Arguments } from "./arguments.ts"

/** How many words an option takes. `word?` is given as `--option=word` only. */
export type Takes = "nothing" | "word" | "word?" | "words" | "words?"

export interface OptionSpec {
  /** The long form, `--max-results`. */
  readonly name: string
  /** Other spellings: `-r`, `--assume-yes`. */
  readonly aliases?: readonly string[]
  readonly takes: Takes
  /** What stands for the word in the help. */
  readonly word?: string
  readonly help: string
  readonly isRequired?: boolean
  /** What the word has to be; any text by default. */
  readonly type?: "int" | "number" | "lines"
  readonly choices?: readonly string[]
  readonly isHidden?: boolean
  /** True for options that promptflow does not have: a prefix that fits one of its options too means that one. */
  readonly isOurs?: boolean
  /** True for what promptflow has and this version does not have yet: accepted by the parser, refused by name. */
  readonly isNotYet?: boolean
}

export const PAIRS = "KEY=VALUE"

export interface CommandSpec {
  /** `run create`. */
  readonly name: string
  readonly summary: string
  /** True when the run's name may also stand without `--name`. */
  readonly takesRunName?: boolean
  /** True when it takes `KEY=VALUE` words that belong to no option; they are read as those of the option `PAIRS`. */
  readonly takesPairs?: boolean
  readonly options: readonly OptionSpec[]
  /** Lines of shell that run as they stand, with a comment each. */
  readonly examples: readonly string[]
  /** Absent for a command that this version does not have yet. */
  readonly load?: () => Promise<CommandModule>
}

export interface CommandModule {
  /** Runs the command and gives its exit code. */
  readonly run: (args: Arguments) => Promise<number>
}

export interface GroupSpec {
  readonly name: string
  readonly summary: string
  readonly commands: readonly CommandSpec[]
}
