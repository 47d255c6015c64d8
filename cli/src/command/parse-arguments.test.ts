import { describe, expect, test } from "vitest"
import { FLOW_COMMANDS } from "./flow-commands.ts"
import { parseArguments } from "./parse-arguments.ts"
import { RUN_COMMANDS } from "./run-commands.ts"

const commandNamed = (name: string) =>
  [...RUN_COMMANDS.commands, ...FLOW_COMMANDS.commands].find((command) => command.name === name)!
const create = commandNamed("run create")

describe("parseArguments", () => {
  test("promptflow's options win over ours where a prefix fits both", () => {
    const args = parseArguments(create, ["--con", "node.connection=x"])

    expect(args.texts("--connections")).toEqual(["node.connection=x"])
  })

  test("a prefix that fits a visible and a hidden option means the visible one", () => {
    const args = parseArguments(commandNamed("flow test"), ["--flow", "flow:chat", "--env", "--inp", "a=1"])

    expect([args.has("--environment-variables"), args.texts("--inputs")]).toEqual([true, ["a=1"]])
  })

  test("an exact name is taken although others begin with it", () => {
    const args = parseArguments(commandNamed("flow test"), ["--flow", "f", "--input", "x.jsonl"])

    expect([args.text("--input"), args.has("--inputs")]).toEqual(["x.jsonl", false])
  })

  test("values may stand behind =, and behind the letter of a short option", () => {
    expect(parseArguments(create, ["--name=a=b"]).text("--name")).toBe("a=b")
    expect(parseArguments(create, ["-nabc"]).text("--name")).toBe("abc")
    expect(parseArguments(create, ["-n=abc"]).text("--name")).toBe("abc")
  })

  test("the last of repeated words counts", () => {
    expect(parseArguments(create, ["--name", "a", "--name", "b"]).text("--name")).toBe("b")
  })

  test("a run may be named without --name, once", () => {
    expect(parseArguments(commandNamed("run show"), ["r1"]).text("--name")).toBe("r1")
    expect(() => parseArguments(commandNamed("run show"), ["r1", "r2"])).toThrow("unrecognized arguments: r1 r2")
  })

  test("an option of ours takes its word only behind =", () => {
    expect(parseArguments(create, ["--fail-on-line-error=5%"]).text("--fail-on-line-error")).toBe("5%")
    expect(() => parseArguments(create, ["--fail-on-line-error=few"])).toThrow(
      "neither a number of lines nor a percentage"
    )
  })
})
