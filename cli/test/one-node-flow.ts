// A flow of one node for the tests of bad input, and what they look at afterwards.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { type CommandEnd, CommandFolder } from "./run-command.ts"

/** The command that the tests run, and what stands before its error. */
export const CREATE = ["run", "create", "--flow", "flow", "--data", "data.jsonl", "-n", "r1"]
export const ERROR = "throughline run create: error: "
export const NUMBERS = [{ n: 1 }, { n: 2 }, { n: 3 }]

export interface RunObject {
  readonly name: string
  readonly status: string
  readonly error?: { readonly message: string }
  readonly lines: { readonly total: number; readonly completed: number; readonly failed: number }
}

export const GIVE = "export default (n) => n\n"

/** A Python script whose tool is `run`. */
export function pythonTool(body: string, parameters = "n"): string {
  return `from promptflow.core import tool\n\n@tool\ndef run(${parameters}):\n    ${body}\n`
}

/** A flow of one node with this file, and three rows. */
export function oneNode(
  type: string,
  file: string,
  text: string,
  env: Readonly<Record<string, string>> = {}
): CommandFolder {
  const place = new CommandFolder(env)
  place.write({
    "flow/flow.dag.yaml": `inputs: { n: { type: int } }
outputs:
  out: { type: int, reference: "\${a.output}" }
nodes:
- name: a
  type: ${type}
  source: { type: code, path: ${file} }
  inputs: { n: "\${inputs.n}" }
`,
    [`flow/${file}`]: text,
    "data.jsonl": NUMBERS
  })
  return place
}

/** A flow that gives back what it gets, and this data. */
export function giving(data: unknown): CommandFolder {
  const place = oneNode("javascript", "give.mjs", GIVE)
  place.write({ "data.jsonl": data })
  return place
}

/** What is told after the command's name; it begins with a line end where there are several lines of one rank. */
export function told({ stderr }: CommandEnd): string {
  const at = stderr.indexOf(ERROR)
  return at < 0 ? `no error in: ${stderr}` : stderr.slice(at + ERROR.length)
}

export function expectText(text: string, expected: string | RegExp): void {
  if (typeof expected === "string") expect(text).toBe(expected)
  else expect(text).toMatch(expected)
}

export const outputFile = (place: CommandFolder): string => join(place.home, ".runs/r1/flow_outputs/output.jsonl")

export const outputOf = (place: CommandFolder): readonly unknown[] =>
  readFileSync(outputFile(place), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown)
