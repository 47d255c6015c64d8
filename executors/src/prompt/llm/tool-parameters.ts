// The parameters of promptflow's language model tools, and what each sends of them. Tables: no call is made here.

import type { InputType, ModelApi } from "@throughline/core/contracts"
import { badFunctions, badTools, checkFunctions, checkTools, functionCallOf, toolChoiceOf } from "./check-tools.ts"

export type Provider = "AzureOpenAI" | "OpenAI"

/** Parameter → promptflow's type of it. */
export type ParameterTypes = Readonly<Record<string, InputType>>
export type Values = Readonly<Record<string, unknown>>

const SAMPLING: ParameterTypes = {
  temperature: "double",
  top_p: "double",
  stream: "bool",
  stop: "list",
  max_tokens: "int",
  presence_penalty: "double",
  frequency_penalty: "double"
}
const CHAT: ParameterTypes = {
  ...SAMPLING,
  logit_bias: "object",
  user: "string",
  function_call: "object",
  functions: "list",
  tool_choice: "object",
  tools: "list",
  response_format: "object",
  seed: "int"
}
const COMPLETION: ParameterTypes = {
  ...SAMPLING,
  suffix: "string",
  n: "int",
  logprobs: "int",
  echo: "bool",
  best_of: "int",
  logit_bias: "object",
  user: "string"
}
const NAME_OF_MODEL = { AzureOpenAI: "deployment_name", OpenAI: "model" } as const

/** What the tool of an `llm` node takes beside its prompt and the prompt's variables. */
export function parametersOf(provider: Provider, api: "chat" | "completion"): ParameterTypes {
  const model: ParameterTypes = { [NAME_OF_MODEL[provider]]: "string" }
  if (api === "completion") return { ...model, ...COMPLETION }
  return provider === "AzureOpenAI" ? { ...model, ...CHAT, n: "int" } : { ...model, ...CHAT }
}

/** The model (or deployment) that the values name; `undefined` where they name none and the tool has no default. */
export function modelOf(provider: Provider, api: ModelApi, values: Values): string | undefined {
  const named = values[NAME_OF_MODEL[provider]]
  if (isPresent(named)) return String(named)
  if (provider === "AzureOpenAI") return undefined
  return api === "completion" ? "text-davinci-003" : ""
}

/** Parameters that services learned after promptflow's tools were written. */
const NEWER_PARAMETERS = [
  "max_completion_tokens",
  "reasoning_effort",
  "parallel_tool_calls",
  "logprobs",
  "top_logprobs",
  "service_tier",
  "stream_options",
  "prediction",
  "modalities",
  "audio",
  "store",
  "metadata",
  "verbosity",
  "safety_identifier",
  "prompt_cache_key"
]

/**
 * What a chat sends beside its messages. Newer parameters are sent where a node gives them and its prompt does not use
 * them as variables.
 *
 * @throws {ToolFailure} for tools and functions that are none
 */
export function chatBody(provider: Provider, values: Values, isVariable: (name: string) => boolean): Values {
  const body: Record<string, unknown> = {
    temperature: values.temperature ?? 1,
    top_p: values.top_p ?? 1,
    ...(provider === "AzureOpenAI" ? { n: values.n ?? 1 } : {}),
    stream: isTrue(values.stream),
    ...toolFields(provider, values)
  }
  if (isSet(values.stop)) body.stop = values.stop
  if (isPresent(values.max_tokens) && String(values.max_tokens).toLowerCase() !== "inf") {
    body.max_tokens = Math.trunc(Number(values.max_tokens))
  }
  for (const name of ["logit_bias", "response_format", "user"]) if (isSet(values[name])) body[name] = values[name]
  for (const name of ["seed", "presence_penalty", "frequency_penalty"]) {
    if (isPresent(values[name])) body[name] = values[name]
  }
  for (const name of NEWER_PARAMETERS) if (isPresent(values[name]) && !isVariable(name)) body[name] = values[name]
  return body
}

/** Tools win over functions. Azure's tool checks them and has a default choice; OpenAI's passes them on. */
function toolFields(provider: Provider, values: Values): Values {
  const { tools, tool_choice, functions, function_call } = values
  if (isSet(tools)) {
    if (provider === "OpenAI") return { tools, tool_choice: tool_choice ?? null }
    checkTools(tools, badTools)
    return { tools, tool_choice: toolChoiceOf(tool_choice, badTools) }
  }
  if (!isSet(functions)) return {}
  checkFunctions(functions, badFunctions)
  return { functions, function_call: functionCallOf(function_call, badFunctions) }
}

/**
 * What a completion sends beside its prompt.
 *
 * @param mostTokens where the values do not say: the tools have different defaults
 */
export function completionBody(provider: Provider, values: Values, mostTokens: number | null): Values {
  const number = (name: string) => (isPresent(values[name]) ? Number(values[name]) : null)
  const penalties = { presence_penalty: number("presence_penalty"), frequency_penalty: number("frequency_penalty") }
  return {
    suffix: isSet(values.suffix) ? values.suffix : null,
    max_tokens: isPresent(values.max_tokens) ? Math.trunc(Number(values.max_tokens)) : mostTokens,
    temperature: Number(values.temperature ?? 1),
    top_p: Number(values.top_p ?? 1),
    n: Math.trunc(Number(values.n ?? 1)),
    stream: isTrue(values.stream),
    logprobs: isSet(values.logprobs) ? Math.trunc(Number(values.logprobs)) : null,
    echo: isTrue(values.echo),
    stop: isSet(values.stop) ? values.stop : null,
    best_of: Math.trunc(Number(values.best_of ?? 1)),
    logit_bias: isSet(values.logit_bias) ? values.logit_bias : {},
    user: values.user ?? "",
    ...(provider === "OpenAI" ? penalties : withoutNulls(penalties))
  }
}

/** What a vision tool sends beside its messages. */
export const visionBody = (values: Values): Values => ({
  temperature: values.temperature ?? 1,
  top_p: values.top_p ?? 1,
  n: 1,
  stream: isTrue(values.stream),
  presence_penalty: values.presence_penalty ?? 0,
  frequency_penalty: values.frequency_penalty ?? 0,
  ...(isSet(values.stop) ? { stop: values.stop } : {}),
  ...(isPresent(values.max_tokens) ? { max_tokens: values.max_tokens } : {}),
  ...(isPresent(values.seed) ? { seed: values.seed } : {})
})

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

/** Python's truth of a value. */
export function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (value !== null && typeof value === "object") return Object.keys(value).length > 0
  return Boolean(value)
}

const isTrue = (value: unknown): boolean => String(value).toLowerCase() === "true"

const withoutNulls = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
