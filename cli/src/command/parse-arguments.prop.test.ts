import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { GROUPS } from "./command-list.ts"
import type { CommandSpec, OptionSpec } from "./command-spec.ts"
import { parseArguments } from "./parse-arguments.ts"
import { UsageError } from "./usage-error.ts"

const COMMANDS = GROUPS.flatMap((group) => group.commands).filter((command) => command.load !== undefined)

/** Every way to cut an option of a command, so that no other visible option begins like that and none is called so. */
const CUTS = COMMANDS.flatMap((command) =>
  command.options
    .filter((option) => option.isHidden !== true && option.takes !== "word?")
    .flatMap((option) =>
      Array.from({ length: option.name.length - 2 }, (_, i) => option.name.slice(0, i + 3))
        .filter((cut) => fitsAlone(command, option, cut))
        .map((cut) => ({ command, option, cut }))
    )
)

function fitsAlone({ options }: CommandSpec, option: OptionSpec, cut: string): boolean {
  const others = options.filter((each) => each !== option)
  return others.every(({ name, aliases = [], isHidden = false }) =>
    [name, ...aliases].every((spelling) => spelling !== cut && (isHidden || !spelling.startsWith(cut)))
  )
}

const wordFor = ({ type, choices }: OptionSpec): string => choices?.[0] ?? (type === undefined ? "k=v" : "7")

/** The command line that gives this option, and whatever else is required. */
function lineWith(command: CommandSpec, option: OptionSpec, spelling: string): readonly string[] {
  const required = command.options.filter((each) => each.isRequired === true && each !== option)
  return [
    ...required.flatMap(({ name }) => [name, "needed"]),
    spelling,
    ...(option.takes === "nothing" ? [] : [wordFor(option)])
  ]
}

describe("parseArguments", () => {
  test("any unique prefix parses like the full option (A1)", () => {
    for (const { command, option, cut } of CUTS) {
      const whole = parseArguments(command, lineWith(command, option, option.name))
      const short = parseArguments(command, lineWith(command, option, cut))

      const what = `${command.name} ${cut}`
      for (const { name } of command.options) expect(short.texts(name), what).toEqual(whole.texts(name))
      expect(short.has(option.name), what).toBe(true)
    }
  })

  test("words of repeated options add up, in order, whatever stands between them (A2)", () =>
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), { minLength: 1 }), (groups) => {
        const safe = groups.map((words) => words.map((word) => `k=${word}`))
        const create = COMMANDS.find(({ name }) => name === "run create")!

        const args = parseArguments(
          create,
          safe.flatMap((words) => ["--column-mapping", ...words, "--stream"])
        )

        expect(args.texts("--column-mapping")).toEqual(safe.flat())
      })
    ))

  test("any words parse, or are a UsageError", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...COMMANDS),
        fc.array(
          fc.oneof(fc.string(), fc.constantFrom("--", "-", "-n", "--name", "--na", "--set", "-x", "--inputs=1"))
        ),
        (command, words) => {
          try {
            parseArguments(command, words)
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError)
          }
        }
      )
    ))
})
