// What may stand where the cursor is: for the scripts of `completion`, which call `throughline __complete WORD…`. The last
// word is the one being typed. No answer leaves the place to the shell, which offers files.

import { GROUPS, SINGLE_COMMANDS } from "./command-list.ts"
import type { CommandSpec, OptionSpec } from "./command-spec.ts"
import { printResult } from "./print.ts"

const RUN_NAMES = ["--name", "--run", "--resume-from"]

export async function complete(words: readonly string[]): Promise<number> {
  const typed = words.at(-1) ?? ""
  const found = (await candidates(words.slice(0, -1), typed)).filter((word) => word.startsWith(typed))
  if (found.length > 0) await printResult(found.join("\n"))
  return 0
}

async function candidates([first, second, ...rest]: readonly string[], typed: string): Promise<readonly string[]> {
  if (first === undefined) return [...[...GROUPS, ...SINGLE_COMMANDS].map(({ name }) => name), "version"]
  const single = SINGLE_COMMANDS.find(({ name }) => name === first)
  if (single !== undefined) return wordsFor(single, second === undefined ? [] : [second, ...rest], typed)
  const group = GROUPS.find(({ name }) => name === first)
  if (group === undefined) return []
  const supported = group.commands.filter(({ load }) => load !== undefined)
  if (second === undefined) return supported.map(({ name }) => name.slice(group.name.length + 1))
  const command = supported.find(({ name }) => name === `${first} ${second}`)
  return command === undefined ? [] : wordsFor(command, rest, typed)
}

async function wordsFor(command: CommandSpec, before: readonly string[], typed: string): Promise<readonly string[]> {
  const shown = command.options.filter(({ isHidden, isNotYet }) => isHidden !== true && isNotYet !== true)
  if (typed.startsWith("-")) return shown.map(({ name }) => name)
  const last = before.at(-1)
  const option = shown.find(({ name, aliases = [] }) => last !== undefined && [name, ...aliases].includes(last))
  if (option !== undefined && option.takes !== "nothing" && option.takes !== "word?") return valuesOf(option, command)
  return command.takesRunName === true && before.every((word) => word.startsWith("-")) ? runNames() : []
}

async function valuesOf({ name, choices }: OptionSpec, command: CommandSpec): Promise<readonly string[]> {
  if (choices !== undefined) return choices
  const isNewName = name === "--name" && command.takesRunName !== true
  return RUN_NAMES.includes(name) && !isNewName ? runNames() : []
}

async function runNames(): Promise<readonly string[]> {
  const { openRuntime } = await import("../open-runtime.ts")
  await using runtime = await openRuntime()
  return (await runtime.listRuns()).map(({ manifest }) => manifest.name)
}
