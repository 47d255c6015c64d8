// Words of a command line → `Arguments`, by the rules of Python's argparse that scripts for promptflow rely on.
//
// A1. A long option may be cut to any prefix that fits it alone; a whole name is always itself. Hidden options do not
//     count, and promptflow's options win over ours, so that what was unique for promptflow stays unique.
// A2. An option of many words takes all that follow up to the next option, and adds up when it is given again.
// A3. A word that begins with a dash and holds a space is a value; after `--` everything is.

import { Arguments } from "./arguments.ts"
import { type CommandSpec, type OptionSpec, PAIRS } from "./command-spec.ts"
import { nearestWord } from "./nearest-word.ts"
import { UsageError } from "./usage-error.ts"

/** @throws {UsageError} for anything that the command does not take */
export function parseArguments(command: CommandSpec, words: readonly string[]): Arguments {
  const given = new Map<string, string[]>()
  const strays: string[] = []
  const take = (option: OptionSpec, values: readonly string[]) => {
    for (const value of values) checkWord(option, value)
    given.set(option.name, [...(given.get(option.name) ?? []), ...values])
  }

  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === "--") {
      strays.push(...words.slice(at + 1))
      break
    }
    if (!looksLikeOption(word)) {
      strays.push(word)
      continue
    }
    const found = findOption(command, word)
    if (found === undefined) throw new UsageError(unknownOption(command, word))
    const { option, attached } = found
    if (attached !== undefined) {
      if (option.takes === "nothing")
        throw new UsageError(`argument ${spelling(option)}: ignored explicit argument '${attached}'`)
      take(option, [attached])
      continue
    }
    const values: string[] = []
    const most = option.takes === "word" ? 1 : option.takes.startsWith("words") ? Number.POSITIVE_INFINITY : 0
    while (values.length < most && at + 1 < words.length && !looksLikeOption(words[at + 1]!)) values.push(words[++at]!)
    if (values.length === 0 && option.takes === "word")
      throw new UsageError(`argument ${spelling(option)}: expected one argument`)
    if (values.length === 0 && option.takes === "words") {
      throw new UsageError(`argument ${spelling(option)}: expected at least one argument`)
    }
    take(option, values)
  }

  placeStrays(command, strays, given)
  const missing = command.options.filter((option) => option.isRequired === true && !given.has(option.name))
  if (missing.length > 0) {
    throw new UsageError(`the following arguments are required: ${missing.map(spelling).join(", ")}`)
  }
  return new Arguments(command.name, given)
}

interface FoundOption {
  readonly option: OptionSpec
  /** What stands in the same word: after `=`, or after the letter of a short option. */
  readonly attached: string | undefined
}

function findOption({ options }: CommandSpec, word: string): FoundOption | undefined {
  const exact = bySpelling(options, word)
  if (exact !== undefined) return { option: exact, attached: undefined }
  if (!word.startsWith("--")) {
    const short = bySpelling(options, word.slice(0, 2))
    if (short === undefined) return undefined
    return { option: short, attached: word.slice(2).replace(/^=/, "") }
  }
  const equals = word.indexOf("=")
  const start = equals < 0 ? word : word.slice(0, equals)
  const attached = equals < 0 ? undefined : word.slice(equals + 1)
  const whole = bySpelling(options, start)
  if (whole !== undefined) return { option: whole, attached }
  const option = byPrefix(options, start)
  return option === undefined ? undefined : { option, attached }
}

const bySpelling = (options: readonly OptionSpec[], word: string): OptionSpec | undefined =>
  options.find((option) => option.name === word || option.aliases?.includes(word) === true)

/** A1 */
function byPrefix(options: readonly OptionSpec[], start: string): OptionSpec | undefined {
  const fitting = options.filter((option) => longNames(option).some((name) => name.startsWith(start)))
  const visible = fitting.filter((option) => option.isHidden !== true)
  const theirs = visible.filter((option) => option.isOurs !== true)
  const candidates = [theirs, visible, fitting].find((list) => list.length > 0)
  if (candidates === undefined || candidates.length === 1) return candidates?.[0]
  throw new UsageError(
    `ambiguous option: ${start} could match ${candidates.map((option) => longNames(option).find((name) => name.startsWith(start))).join(", ")}`
  )
}

const longNames = ({ name, aliases = [] }: OptionSpec): readonly string[] =>
  [name, ...aliases].filter((spelled) => spelled.startsWith("--"))

/** A3 */
const looksLikeOption = (word: string): boolean =>
  word.length > 1 &&
  word.startsWith("-") &&
  !/^-\d+(\.\d+)?$/.test(word) &&
  (!word.includes(" ") || /^--?[\w-]+=/.test(word))

function placeStrays(command: CommandSpec, strays: readonly string[], given: Map<string, string[]>): void {
  if (strays.length === 0) return
  if (command.takesPairs === true) {
    given.set(PAIRS, [...strays])
    return
  }
  if (command.takesRunName === true && strays.length === 1 && !given.has("--name")) {
    given.set("--name", [strays[0]!])
    return
  }
  throw new UsageError(`unrecognized arguments: ${strays.join(" ")}`)
}

function checkWord(option: OptionSpec, word: string): void {
  const { choices, type } = option
  if (choices !== undefined && !choices.includes(word)) {
    throw new UsageError(
      `argument ${spelling(option)}: invalid choice: '${word}' (choose from ${choices.map((choice) => `'${choice}'`).join(", ")})`
    )
  }
  if (type === "int" && !/^\s*[+-]?\d+\s*$/.test(word)) {
    throw new UsageError(`argument ${spelling(option)}: invalid int value: '${word}'`)
  }
  if (type === "number" && !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(word)) {
    throw new UsageError(`argument ${spelling(option)}: invalid number: '${word}'`)
  }
  if (type === "lines" && !/^(\d+|\d+(\.\d+)?%)$/.test(word)) {
    throw new UsageError(`argument ${spelling(option)}: '${word}' is neither a number of lines nor a percentage`)
  }
}

/** `-r/--max-results` */
const spelling = ({ name, aliases = [] }: OptionSpec): string => [...aliases, name].join("/")

function unknownOption({ options }: CommandSpec, word: string): string {
  const names = options.filter((option) => option.isHidden !== true).map((option) => option.name)
  const near = nearestWord(word.split("=")[0]!, names)
  return `unrecognized arguments: ${word}${near === undefined ? "" : ` (did you mean ${near}?)`}`
}
