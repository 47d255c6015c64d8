// One call of a prompty: inputs → request → what the caller gets of the answer.

import {
  type ConnectionProvider,
  ForeignValue,
  losesNumbers,
  type ModelCaller,
  type ModelClient,
  type ModelRequest,
  parseExactJson
} from "@throughline/core/contracts"
import { pythonJson } from "@throughline/core/data/thread"
import { messageOf, pieceOf } from "../prompt/llm/calls.ts"
import {
  badFunctions,
  badTools,
  checkFunctions,
  checkTools,
  functionCallOf,
  toolChoiceOf
} from "../prompt/llm/check-tools.ts"
import { answerFailure, coreFailure } from "./failures.ts"
import { findConnection } from "./find-connection.ts"
import { isMap, type Json, type Prompty } from "./load-prompty.ts"
import { renderPrompty, resolveInputs } from "./render-prompty.ts"

export interface Services {
  readonly models: ModelClient
  readonly connections: ConnectionProvider
}

/** `value`: the text, the parsed JSON, or a message with tool calls. `response`: the whole answer. */
export type Answer =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "response"; readonly response: Json }
  | { readonly kind: "pieces"; readonly pieces: AsyncIterable<string> }
  | { readonly kind: "events"; readonly events: AsyncIterable<Json> }

/**
 * @throws {ToolFailure} with promptflow's codes
 * @throws the caller's signal's reason, when it is aborted
 */
export async function callPrompty(
  prompty: Prompty,
  given: Json,
  { models, connections }: Services,
  caller: ModelCaller
): Promise<Answer> {
  const inputs = resolveInputs(prompty, given)
  const connection = await findConnection(prompty, connections)
  const rendered = renderPrompty(prompty, inputs)
  const { extra_headers, extra_body, extra_query: _query, timeout: _timeout, ...parameters } = prompty.parameters
  const isAzure = connection.type === "azure_open_ai"
  const headers = {
    ...(isMap(extra_headers) ? (extra_headers as Record<string, string>) : {}),
    ...(isAzure ? { "ms-azure-ai-promptflow-called-from": "promptflow-core" } : {})
  }
  const request: ModelRequest = {
    connection,
    api: prompty.api,
    model: prompty.model,
    headers,
    body: {
      ...withChoices(parameters),
      ...(prompty.api === "completion" ? { prompt: rendered } : { messages: rendered }),
      ...(isMap(extra_body) ? extra_body : {})
    }
  }
  if (parameters.stream === true) {
    const events = await models.stream(request, caller)
    if (!prompty.isFirst) return { kind: "events", events }
    if (!isJsonFormat(parameters)) return { kind: "pieces", pieces: piecesOf(events) }
    let text = ""
    for await (const piece of piecesOf(events)) text += piece
    return { kind: "value", value: parsed(text, prompty.outputs) }
  }
  const reply = await models.call(request, caller)
  if (!prompty.isFirst) return { kind: "response", response: reply.response }
  const isCall = reply.finishReason === "tool_calls" || reply.finishReason === "function_calls"
  const content = isCall && reply.message !== undefined ? messageOf(reply.message) : reply.text
  return { kind: "value", value: isJsonFormat(parameters) ? parsed(content, prompty.outputs) : content }
}

function withChoices(parameters: Json): Json {
  if (Object.hasOwn(parameters, "tools")) {
    checkTools(parameters.tools, badTools)
    return { ...parameters, tool_choice: toolChoiceOf(parameters.tool_choice, badTools) }
  }
  if (!Object.hasOwn(parameters, "functions")) return parameters
  checkFunctions(parameters.functions, badFunctions)
  return { ...parameters, function_call: functionCallOf(parameters.function_call, badFunctions) }
}

const isJsonFormat = ({ response_format: format }: Json): boolean => isMap(format) && format.type === "json_object"

/** The parsed answer, reduced to the keys that the prompty declares. */
function parsed(text: unknown, keys: readonly string[]): unknown {
  if (typeof text !== "string") throw answerFailure("TypeError", "the answer has no text that could be JSON")
  let value: unknown
  try {
    value = parseExactJson(text)
  } catch (error) {
    throw answerFailure("JSONDecodeError", `the answer is no JSON (${(error as Error).message}): ${text.slice(0, 200)}`)
  }
  const kept = keys.length === 0 ? value : reduced(value, keys)
  return losesNumbers(text) ? new ForeignValue(pythonJson(kept)) : kept
}

function reduced(value: unknown, keys: readonly string[]): Json {
  const object = isMap(value) ? value : {}
  return Object.fromEntries(
    keys.map((key) => {
      if (Object.hasOwn(object, key)) return [key, object[key]]
      const found = Object.keys(object).map((name) => `'${name}'`)
      throw coreFailure("InvalidOutputKeyError", `Cannot find ${key} in response [${found.join(", ")}]`)
    })
  )
}

/** The texts of a stream's first choice. */
async function* piecesOf(events: AsyncIterable<Json>): AsyncGenerator<string, void> {
  for await (const event of events) {
    const piece = pieceOf(event)
    if (piece !== "") yield piece
  }
}
