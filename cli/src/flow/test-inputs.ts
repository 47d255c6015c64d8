// The inputs of `flow test`: pairs, or a file; checked against what the flow declares.

import { readFileSync } from "node:fs"
import { extname } from "node:path"
import { chatRolesOf, type FlowPlan, type LineInputs, missingForNode, setOwn } from "@throughline/core"
import { parseExactRow, pythonRepr } from "@throughline/core/data"
import type { Arguments } from "../command/arguments.ts"
import { isPlainObject, parsePairs } from "../command/pairs.ts"
import { note } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"

/** @throws {CommandError} when a file is none, or an input without a default is missing */
export function testInputs(args: Arguments, plan: FlowPlan): LineInputs {
  const given = readGiven(args)
  const node = args.text("--node")
  if (node !== undefined) return nodeInputs(plan, node, given)
  const unknown = Object.entries(given).filter(([name]) => !plan.inputs.some((input) => input.name === name))
  if (unknown.length > 0) note(`Unknown input(s) of flow: ${pythonRepr(Object.fromEntries(unknown))}`)

  // The flow's sample stands for inputs that nobody gives.
  if (Object.keys(given).length === 0 && plan.sample?.inputs !== undefined) return {}
  const inputs: LineInputs = {}
  const roles = chatRolesOf(plan)
  for (const { name, hasDefault, isChatHistory } of plan.inputs) {
    const isHistory = isChatHistory === true || (typeof roles !== "string" && roles.history === name)
    if (Object.hasOwn(given, name)) setOwn(inputs, name, given[name])
    else if (isHistory && !hasDefault) setOwn(inputs, name, [])
  }
  const isAsked = (name: string) => args.has("--interactive") && typeof roles !== "string" && roles.input === name
  const missing = plan.inputs.filter(
    ({ name, hasDefault }) => !hasDefault && !Object.hasOwn(inputs, name) && !isAsked(name)
  )
  if (missing.length > 0) {
    throw new CommandError(`Required input(s) ${pythonRepr(missing.map(({ name }) => name))} are missing for "flow".`)
  }
  return inputs
}

/** What a node that is tested alone is given: by its own names, or those of what it refers to. */
function nodeInputs(plan: FlowPlan, node: string, given: LineInputs): LineInputs {
  const missing = missingForNode(plan, node, given)
  if (missing.length === 0) return given
  throw new CommandError(`Required input(s) ${pythonRepr(missing)} are missing for "${node}".`)
}

function readGiven(args: Arguments): Readonly<Record<string, unknown>> {
  const words = args.texts("--inputs")
  const [only] = words
  if (only === undefined) {
    const file = args.text("--input")
    return file === undefined ? {} : readInputFile(file)
  }
  return words.length === 1 && !only.includes("=")
    ? readInputFile(only.replace(/^@/, ""))
    : parsePairs(words, "--inputs")
}

/** A `.json` file's object, or the first line of a `.jsonl` file. */
function readInputFile(path: string): Readonly<Record<string, unknown>> {
  const ending = extname(path).toLowerCase()
  let text: string
  try {
    text = readFileSync(path, "utf8").replace(/^\ufeff/, "")
  } catch (cause) {
    throw new CommandError(`Cannot find inputs file ${path}`, 1, { cause })
  }
  if (ending !== ".json" && ending !== ".jsonl") throw new CommandError("Only support jsonl or json file as input.")
  const object = ending === ".jsonl" ? (text.split("\n").find((line) => line.trim() !== "") ?? "") : text
  if (object.trim() === "") throw new CommandError(`${path} is empty`)
  try {
    const value: unknown = parseExactRow(object)
    if (isPlainObject(value)) return value
  } catch (error) {
    throw new CommandError(`${path}: ${(error as Error).message}`, 1, { cause: error })
  }
  throw new CommandError(`${path} does not hold an object with a value for each input`)
}
