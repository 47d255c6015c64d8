// From a `.prompty` file, and what its caller gives over it, to a prompty that can be called: references resolved, model
// chosen, template compiled.
//
// L1. The environment is the caller's, which may not be this thread's.

import { existsSync, readFileSync } from "node:fs"
import { dirname, isAbsolute, join, parse } from "node:path"
import { BrokenReference, IssueList, readPrompty, resolveReferences, toPlain } from "@throughline/core/flow/thread"
import { compileTemplate, JinjaError, type Template } from "../prompt/jinja/index.ts"
import { imagesOnLines } from "../prompt/llm/prepare.ts"
import { coreFailure } from "./failures.ts"

export type Json = Readonly<Record<string, unknown>>
export type Environment = Readonly<Record<string, string | undefined>>

export interface PromptySource {
  /** Absolute. */
  readonly path: string
  /** Over the file's front matter, maps over maps. */
  readonly overrides?: Json
  /** `overrides.model.configuration` stands instead of the file's, not over it. */
  readonly replacesConfiguration?: boolean
  readonly env: Environment
}

export interface Prompty {
  readonly name: string
  readonly file: string
  readonly folder: string
  readonly api: "chat" | "completion"
  readonly configuration: Json
  /** The deployment, or the model. */
  readonly model: string | undefined
  readonly parameters: Json
  readonly isFirst: boolean
  /** Input → whether it has a default, and which; those of the sample where the file declares none. */
  readonly inputs: ReadonlyMap<string, { readonly hasDefault: boolean; readonly default: unknown }>
  /** Keys to keep of a JSON answer; empty: all. */
  readonly outputs: readonly string[]
  readonly sample: unknown
  readonly template: Template
  readonly templateLine: number
  readonly env: Environment
}

/** @throws {ToolFailure} with promptflow's class for what is wrong with the file */
export function loadPrompty({ path, overrides = {}, replacesConfiguration = false, env }: PromptySource): Prompty {
  const file = parse(path).base
  const folder = dirname(path)
  const issues = new IssueList()
  const parts = readPrompty(readText(path), file, issues)
  const front = parts && (toPlain(parts.front, issues, { dates: "text" }) as Json)
  const [issue] = issues.issues
  if (parts === undefined || front === undefined || issue !== undefined) {
    const { line, column } = issue?.place ?? { line: 1, column: 1 }
    throw coreFailure("UserErrorException", issue?.message ?? "the file cannot be read", {
      place: `${file}:${line}:${column}`,
      ...(issue?.hint === undefined ? {} : { hint: issue.hint })
    })
  }
  const resolve = (value: unknown) => resolved(value, folder, env)
  const given = resolve(overrides) as Json
  const configs = merged(resolve(front) as Json, given)
  const model = modelOf(configs.model, file)
  const configuration = replacesConfiguration
    ? (((given.model as Json | undefined)?.configuration ?? {}) as Json)
    : model.configuration
  checkConfiguration(configuration)
  const { inputs, outputs, name, sample } = configs
  return {
    name: typeof name === "string" && name !== "" ? name : parse(path).name,
    file,
    folder,
    api: model.api === "completion" ? "completion" : "chat",
    configuration,
    model: textOf(configuration.azure_deployment) ?? textOf(configuration.model),
    parameters: model.parameters,
    isFirst: model.response !== "all",
    inputs: signatureOf(inputs, sample, env),
    outputs: isMap(outputs) ? Object.keys(outputs) : [],
    sample,
    template: compile(imagesOnLines(parts.template), file, parts.templateLine),
    templateLine: parts.templateLine,
    env
  }
}

/**
 * The inputs of the sample: a map, or the path of a JSON file, relative to the current directory.
 *
 * @throws {ToolFailure} `InvalidSampleError`
 */
export function sampleInputs(sample: unknown, env: Environment): Json {
  if (sample === undefined || sample === null || sample === "") return {}
  if (isMap(sample)) return sample
  if (typeof sample !== "string" || !sample.endsWith(".json")) {
    throw coreFailure("InvalidSampleError", "Only dict and json file are supported as sample in prompty.")
  }
  const given = sample.replace(/^file:/, "")
  const path = isAbsolute(given) ? given : join(env.PWD ?? ".", given)
  if (!existsSync(path)) throw coreFailure("InvalidSampleError", `Cannot find sample file ${given}.`)
  return JSON.parse(readFileSync(path, "utf8")) as Json
}

export const isMap = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value)

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    throw coreFailure("UserErrorException", `Source ${path} cannot be read: ${(error as Error).message}`)
  }
}

function compile(template: string, file: string, line: number): Template {
  try {
    return compileTemplate(template)
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    throw templateFailure(error, file, line)
  }
}

export const templateFailure = (error: JinjaError, file: string, templateLine: number) =>
  coreFailure(
    "JinjaTemplateError",
    `Failed to render jinja template: ${error.type}: ${error.message}. Please modify your prompt to fix the issue.`,
    { place: `${file}:${templateLine + (error.line ?? 1) - 1}` }
  )

function resolved(value: unknown, folder: string, env: Environment): unknown {
  try {
    return resolveReferences(value, folder, env)
  } catch (error) {
    throw error instanceof BrokenReference ? coreFailure("UserErrorException", error.message) : error
  }
}

function merged(base: Json, over: Json): Json {
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const under = base[key]
    result[key] = isMap(value) ? merged(isMap(under) ? under : {}, value) : value
  }
  return result
}

// --- the model ------------------------------------------------------------------------------------------------------

function modelOf(value: unknown, file: string) {
  const model = isMap(value) ? value : {}
  const missing = ["configuration", "parameters"].filter((name) => !Object.hasOwn(model, name))
  if (missing.length > 0) {
    const names = missing.map((name) => `'${name}'`).join(" and ")
    const arguments_ = `argument${missing.length === 1 ? "" : "s"}`
    const message = `PromptyModelConfiguration.__init__() missing ${missing.length} required positional ${arguments_}: ${names}`
    throw coreFailure("TypeError", message, {
      place: file,
      hint: "promptflow needs both; `parameters: {}` is enough. Files of the newer prompty runtime have to be adapted"
    })
  }
  const { api, response, configuration, parameters } = model
  return {
    api,
    response,
    configuration: isMap(configuration) ? configuration : {},
    parameters: isMap(parameters) ? parameters : {}
  }
}

const NO_CONNECTION_FIELDS = ["type", "connection", "model", "azure_deployment"]

function checkConfiguration(configuration: Json): void {
  const others = Object.entries(configuration).filter(([key, value]) => !NO_CONNECTION_FIELDS.includes(key) && value)
  if (!configuration.connection || others.length === 0) return
  throw coreFailure(
    "InvalidConnectionError",
    "Cannot configure model config and connection in configuration at the same time.",
    { hint: `take away connection, or ${others.map(([key]) => key).join(", ")}` }
  )
}

const textOf = (value: unknown): string | undefined =>
  value === undefined || value === null || value === "" ? undefined : String(value)

function signatureOf(inputs: unknown, sample: unknown, env: Environment): Prompty["inputs"] {
  if (isMap(inputs) && Object.keys(inputs).length > 0) {
    return new Map(
      Object.entries(inputs).map(([name, definition]) => {
        const hasDefault = isMap(definition) && Object.hasOwn(definition, "default")
        return [name, { hasDefault, default: hasDefault ? definition.default : undefined }]
      })
    )
  }
  const names = sample === undefined ? [] : Object.keys(sampleInputs(sample, env))
  return new Map(names.map((name) => [name, { hasDefault: false, default: undefined }]))
}
