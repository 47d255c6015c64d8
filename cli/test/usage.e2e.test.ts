// The command line itself: help, versions and mistakes.

import { describe, expect, test } from "vitest"
import { GROUPS, SINGLE_COMMANDS } from "../src/command/command-list.ts"
import { CommandFolder } from "./run-command.ts"

describe("throughline", () => {
  test("groups alone print their help and exit 0", async () => {
    const place = new CommandFolder()

    for (const words of [[], ["run"], ["flow"], ["run", "-h"]]) {
      const { exitCode, stdout, stderr } = await place.run(...words)
      expect([exitCode, stderr]).toEqual([0, ""])
      expect(stdout).toMatch(/^usage: throughline/)
    }
  })

  test("every supported command explains itself with examples and names all of its visible options", async () => {
    const place = new CommandFolder()
    const commands = [...SINGLE_COMMANDS, ...GROUPS.flatMap((group) => group.commands)].filter(
      (command) => command.load !== undefined
    )

    const ends = await Promise.all(commands.map((command) => place.run(...command.name.split(" "), "--help")))

    for (const [i, { exitCode, stdout }] of ends.entries()) {
      expect(exitCode).toBe(0)
      expect(stdout).toContain(`\nExamples:\n`)
      for (const { name, isHidden } of commands[i]!.options) if (isHidden !== true) expect(stdout).toContain(name)
    }
  })

  test("--version, -v and version print the same JSON", async () => {
    const place = new CommandFolder()

    const [version, ...others] = await Promise.all(
      [["version"], ["-v"], ["--version"]].map((words) => place.run(...words))
    )

    expect(JSON.parse(version!.stdout)).toEqual({
      throughline: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node
    })
    for (const other of others) expect(other).toEqual(version)
  })

  test.each([
    [["run", "create", "--bogus"], "unrecognized arguments: --bogus"],
    [["run", "list", "--a"], "ambiguous option: --a could match --all-results, --archived-only"],
    [["run", "list", "-r", "many"], "argument -r/--max-results: invalid int value: 'many'"],
    [["run", "list", "-o", "xml"], "argument -o/--output: invalid choice: 'xml' (choose from 'json', 'table')"],
    [["run", "show"], "the following arguments are required: -n/--name"],
    [["flow", "test", "--flow", "x", "--inputs", "a=1", "word"], "Usage error: --inputs KEY=VALUE [KEY=VALUE ...]"],
    [["run", "shwo"], "invalid choice: 'shwo' (did you mean 'show'?)"],
    [["runn"], "invalid choice: 'runn' (did you mean 'run'?)"]
  ])("%j is a mistake of usage: exit 2, usage and one error on stderr", async (words, message) => {
    const place = new CommandFolder()
    place.write({ "x/flow.dag.yaml": "inputs: {}\noutputs: {}\nnodes: []\n" })

    const { exitCode, stdout, stderr } = await place.run(...words)

    expect([exitCode, stdout]).toEqual([2, ""])
    expect(stderr).toMatch(/^usage: throughline/)
    expect(stderr).toContain(`error: ${message}`)
  })

  test.each([
    [["run", "create", "--flow", "f", "--data", "d", "--source", "s"], "--source: not supported yet"],
    [["flow", "test", "--flow", "f", "--ui"], "--ui: not supported yet"],
    [["run", "visualize", "-n", "x"], "this command is not supported yet"],
    [["trace", "delete"], "this group of commands is not supported yet"]
  ])("%j is refused by name, exit 1", async (words, message) => {
    const { exitCode, stdout, stderr } = await new CommandFolder().run(...words)

    expect([exitCode, stdout]).toEqual([1, ""])
    expect(stderr).toContain(message)
  })
})
