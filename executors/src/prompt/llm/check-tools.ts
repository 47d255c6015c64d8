// Whether tools and functions have the shape that promptflow's tools insist on, and the choice between them.

import type { ToolFailure } from "@throughline/core/contracts"
import { pythonRepr } from "@throughline/core/data/thread"
import { modelFailure } from "../../models/model-errors.ts"

type Fail = (message: string) => ToolFailure
type Json = Readonly<Record<string, unknown>>

const failing =
  (className: string): Fail =>
  (message) =>
    modelFailure(["UserError", "ToolValidationError", className], message)

export const badFunctions = failing("ChatAPIInvalidFunctions")
export const badTools = failing("ChatAPIInvalidTools")

export function checkFunctions(functions: unknown, fail: Fail): void {
  for (const [i, each] of listOf(functions, "functions", fail).entries()) checkFunction(each, `function ${i}`, fail)
}

export function checkTools(tools: unknown, fail: Fail): void {
  for (const [i, each] of listOf(tools, "tools", fail).entries()) {
    const tool = mapOf(each, `tool ${i}`, fail)
    for (const key of ["type", "function"]) need(tool, key, `tool ${i}`, fail)
    checkFunction(tool.function, `the function of tool ${i}`, fail)
  }
}

function checkFunction(value: unknown, what: string, fail: Fail): void {
  const definition = mapOf(value, what, fail)
  for (const key of ["name", "parameters"]) need(definition, key, what, fail)
  const schema = mapOf(definition.parameters, `the parameters of ${what}, a JSON Schema,`, fail)
  for (const key of ["type", "properties"]) need(schema, key, `the parameters of ${what}`, fail)
  if (schema.type !== "object") throw fail(`the parameters of ${what} have to be of type 'object'`)
  mapOf(schema.properties, `the properties of the parameters of ${what}`, fail)
}

export function functionCallOf(choice: unknown, fail: Fail): unknown {
  if (choice === undefined || choice === null) return "auto"
  if (choice === "auto" || choice === "none") return choice
  const what = "function_call"
  need(mapOf(choice, what, fail), "name", what, fail)
  return choice
}

export function toolChoiceOf(choice: unknown, fail: Fail): unknown {
  if (choice === undefined || choice === null) return "auto"
  if (choice === "auto" || choice === "none") return choice
  const map = mapOf(choice, "tool_choice", fail)
  for (const key of ["type", "function"]) need(map, key, "tool_choice", fail)
  need(mapOf(map.function, "the function of tool_choice", fail), "name", "the function of tool_choice", fail)
  return choice
}

function listOf(value: unknown, what: string, fail: Fail): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw fail(`${what} have to be a list, and are ${pythonRepr(value)}`)
}

function mapOf(value: unknown, what: string, fail: Fail): Json {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Json
  throw fail(`${what} has to be a dict, and is ${pythonRepr(value)}`)
}

function need(map: Json, key: string, what: string, fail: Fail): void {
  if (!Object.hasOwn(map, key)) throw fail(`${what} has no '${key}': ${pythonRepr(map)}`)
}
