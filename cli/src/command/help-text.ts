// Help and usage, as text.

import { GROUPS, SINGLE_COMMANDS } from "./command-list.ts"
import { type CommandSpec, type GroupSpec, type OptionSpec, PAIRS } from "./command-spec.ts"

const WIDTH = 100
const LEFT = 26

export function rootHelp(): string {
  const groups = GROUPS.map(({ name, summary }) => entry(`  ${name}`, summary))
  return [
    "usage: throughline GROUP COMMAND [options]",
    "",
    "Runs Prompt flow flows, unchanged, on this machine.",
    "",
    "groups:",
    ...groups,
    ...SINGLE_COMMANDS.map(({ name, summary }) => entry(`  ${name}`, summary)),
    entry("  version", "Print the version (also -v, --version)."),
    "",
    "Examples:",
    "",
    "  throughline flow test --flow ./my-flow --inputs question='What is a flow?'",
    "  throughline run create --flow ./my-flow --data ./data.jsonl --column-mapping question='${data.question}'",
    "  throughline run list --output table",
    "",
    "`throughline GROUP` lists the commands of a group, `throughline GROUP COMMAND --help` explains one.",
    "State is kept in THROUGHLINE_HOME, by default ~/.throughline."
  ].join("\n")
}

export function groupHelp({ name, summary, commands }: GroupSpec): string {
  const lines = commands.map((command) =>
    entry(
      `  ${command.name.slice(name.length + 1)}`,
      command.load === undefined ? `${command.summary} (not supported yet)` : command.summary
    )
  )
  return [
    `usage: throughline ${name} COMMAND [options]`,
    "",
    summary,
    "",
    "commands:",
    ...lines,
    "",
    `\`throughline ${name} COMMAND --help\` explains one.`
  ].join("\n")
}

export function commandHelp(command: CommandSpec): string {
  const shown = command.options.filter((option) => option.isHidden !== true)
  const describe = (option: OptionSpec) =>
    entry(`  ${[...(option.aliases ?? []), option.name].join(", ")}${wordOf(option)}`, option.help)
  const supported = shown.filter((option) => option.isNotYet !== true)
  const notYet = shown.filter((option) => option.isNotYet === true)
  return [
    usage(command),
    "",
    command.summary,
    "",
    "options:",
    ...supported.map(describe),
    ...(notYet.length === 0 ? [] : ["", "not supported yet:", ...notYet.map(describe)]),
    "",
    "Examples:",
    "",
    ...command.examples.map((line) => `  ${line}`)
  ].join("\n")
}

/** `usage: throughline run show --name NAME [--verbose] …`, broken at the width of the page. */
export function usage({ name, takesRunName, takesPairs, options }: CommandSpec): string {
  const start = `usage: throughline ${name}`
  const parts = options
    .filter((option) => option.isHidden !== true)
    .map((option) => {
      const text = `${option.name}${wordOf(option)}`
      if (takesRunName === true && option.name === "--name") return "[--name] NAME"
      return option.isRequired === true ? text : `[${text}]`
    })
  const lines = [takesPairs === true ? `${start} ${PAIRS} […]` : start]
  for (const part of parts) {
    if (lines.at(-1)!.length + part.length + 1 > WIDTH) lines.push(" ".repeat(Math.min(start.length, 30)))
    lines[lines.length - 1] += ` ${part}`
  }
  return lines.join("\n")
}

function wordOf({ takes, word = "VALUE" }: OptionSpec): string {
  switch (takes) {
    case "nothing":
      return ""
    case "word":
      return ` ${word}`
    case "word?":
      return `[=${word}]`
    case "words":
      return ` ${word} …`
    case "words?":
      return ` [${word} …]`
  }
}

/** A name on the left, its text on the right, wrapped. */
function entry(left: string, text: string): string {
  const lines: string[] = []
  let line = left.length > LEFT - 2 ? "" : left.padEnd(LEFT)
  if (line === "") {
    lines.push(left)
    line = " ".repeat(LEFT)
  }
  for (const word of text.split(" ")) {
    if (line.length + word.length > WIDTH) {
      lines.push(line.trimEnd())
      line = " ".repeat(LEFT)
    }
    line += `${word} `
  }
  lines.push(line.trimEnd())
  return lines.join("\n")
}
