// The command: words in, exit code out. It finds the command, parses its options, and only then loads it; help, versions
// and mistakes in the command line are answered from here.
//
// Exit codes: 0 done, 1 error, 2 usage, 3 lines failed (when asked), 130 and 143 stopped by a signal.

import { GROUPS, GROUPS_NOT_YET, SINGLE_COMMANDS } from "./command/command-list.ts"
import type { CommandSpec, GroupSpec } from "./command/command-spec.ts"
import { nearestWord } from "./command/nearest-word.ts"
import { parseArguments } from "./command/parse-arguments.ts"
import { note, printJson, printResult } from "./command/print.ts"
import { reportError } from "./command/report-error.ts"
import { CommandError, UsageError } from "./command/usage-error.ts"

/** Runs the command line and ends the process with its exit code. */
export async function runCommand(words: readonly string[]): Promise<void> {
  // Whoever read our output has gone: nobody is left to tell.
  process.stdout.on("error", () => process.exit(process.exitCode ?? 0))
  process.stderr.on("error", () => {})
  process.exitCode = await main(words)
}

/** @returns the exit code */
export async function main(words: readonly string[]): Promise<number> {
  const [first, second] = words
  if (first === undefined || isHelp(first)) return help(async () => (await import("./command/help-text.ts")).rootHelp())
  if (first === "-v" || first === "--version" || first === "version") return printVersion(words)
  if (first === "__complete") return (await import("./command/complete.ts")).complete(words.slice(1))

  const single = SINGLE_COMMANDS.find(({ name }) => name === first)
  if (single !== undefined) return runOne(single, words.slice(1))
  const group = GROUPS.find(({ name }) => name === first)
  if (group === undefined) return refuseGroup(first)
  if (second === undefined || isHelp(second)) {
    return help(async () => (await import("./command/help-text.ts")).groupHelp(group))
  }
  const command = group.commands.find(({ name }) => name === `${group.name} ${second}`)
  if (command === undefined) return refuseCommand(group, second)
  return runOne(command, words.slice(2))
}

async function runOne(command: CommandSpec, words: readonly string[]): Promise<number> {
  const isDebug = words.includes("--debug") || words.includes("-d")
  try {
    if (command.load === undefined) throw new CommandError("this command is not supported yet")
    const args = parseArguments(command, wantsHelp(words) ? ["--help", ...withoutRequired(command)] : words)
    if (args.has("--help")) return await help(async () => (await import("./command/help-text.ts")).commandHelp(command))
    const notYet = command.options.filter((option) => option.isNotYet === true && args.has(option.name))
    if (notYet.length > 0) {
      throw new CommandError(`${notYet.map((option) => option.name).join(", ")}: not supported yet`)
    }
    const startMs = performance.now()
    const { run } = await command.load()
    const exitCode = await run(args)
    if (args.has("--verbose")) note(`Command ran in ${((performance.now() - startMs) / 1000).toFixed(3)} seconds.`)
    return exitCode
  } catch (error) {
    if (!(error instanceof UsageError)) return reportError(command.name, error, isDebug)
    const { usage } = await import("./command/help-text.ts")
    note(`${usage(command)}\nthroughline ${command.name}: error: ${error.message}`)
    return 2
  }
}

const isHelp = (word: string): boolean => word === "-h" || word === "--help"

function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--")
  return words.slice(0, end < 0 ? words.length : end).some(isHelp)
}

/** Help is given also where options are missing. */
const withoutRequired = ({ options }: CommandSpec): readonly string[] =>
  options.flatMap((option) => (option.isRequired === true ? [option.name, "-"] : []))

async function help(text: () => Promise<string>): Promise<number> {
  await printResult(await text())
  return 0
}

async function printVersion(words: readonly string[]): Promise<number> {
  if (words.length > 1 && !words.slice(1).every((word) => /^(-d|--debug|--verbose)$/.test(word))) {
    note(`usage: throughline version\nthroughline version: error: unrecognized arguments: ${words.slice(1).join(" ")}`)
    return 2
  }
  const { packageVersion } = await import("./version.ts")
  await printJson({ throughline: packageVersion(), node: process.versions.node }, 2)
  return 0
}

function refuseGroup(word: string): number {
  if (GROUPS_NOT_YET.includes(word)) {
    note(`throughline ${word}: error: this group of commands is not supported yet`)
    return 1
  }
  const names = [...[...GROUPS, ...SINGLE_COMMANDS].map(({ name }) => name), "version"]
  return refuseWord("", word, names)
}

function refuseCommand(group: GroupSpec, word: string): number {
  return refuseWord(
    ` ${group.name}`,
    word,
    group.commands.map(({ name }) => name.slice(group.name.length + 1))
  )
}

function refuseWord(path: string, word: string, names: readonly string[]): number {
  const near = nearestWord(word, names)
  const problem = word.startsWith("-") ? `unrecognized arguments: ${word}` : `invalid choice: '${word}'`
  note(
    `usage: throughline${path} [-h] {${names.join(",")}} ...\n` +
      `throughline${path}: error: ${problem}${near === undefined ? "" : ` (did you mean '${near}'?)`}` +
      (word.startsWith("-") ? "" : ` (choose from ${names.map((name) => `'${name}'`).join(", ")})`)
  )
  return 2
}
