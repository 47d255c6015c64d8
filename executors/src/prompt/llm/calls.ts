// One call of a model tool: inputs → request → output, as promptflow's tools do it.

import {
  type Connection,
  ForeignValue,
  type ModelApi,
  type ModelRequest,
  type NodeCall,
  type NodePlan,
  ToolFailure,
  type ToolHostContext,
  wholeFloat
} from "@throughline/core/contracts"
import { modelFailure } from "../../models/model-errors.ts"
import { escapeRoles, type RoleTokens, restoreRoles, tokensFor } from "../chat/escape-roles.ts"
import { type EscapedTexts, flowInputsOf } from "../chat/escaped-texts.ts"
import { mistakeText } from "../chat/mistake-text.ts"
import { type ChatMessage, type ChatMistake, parseChat } from "../chat/parse-chat.ts"
import { imagesByText } from "../image-object.ts"
import { ChatList, compileTemplate, JinjaError, type Template } from "../jinja/index.ts"
import { jinjaFailure, renderTemplate } from "../load-template.ts"
import { plainInputs, pythonInputs } from "../python-values.ts"
import { chatBody, completionBody, isSet, modelOf, type Provider, type Values, visionBody } from "./tool-parameters.ts"

/** A tool, ready to be called. */
export interface ModelTool {
  readonly node: NodePlan
  readonly connection: Connection
  readonly provider: Provider
  /** promptflow's module of the tool, which errors name. */
  readonly module: string
  /** Names of the inputs that are the tool's own; all others are the prompt's variables. */
  readonly parameters: ReadonlySet<string>
  readonly models: ToolHostContext["models"]
}

export interface PromptTool extends ModelTool {
  readonly template: Template
  readonly texts: EscapedTexts
  /** What the call is; an `llm` tool is told by its input `api`. */
  readonly kind: "chat" | "completion" | "vision" | "by input"
}

type Given = Record<string, unknown>

/** promptflow tries these tools' calls a hundred times. */
const ATTEMPTS = 101

export async function callWithPrompt(loaded: PromptTool, given: Given, call: NodeCall): Promise<unknown> {
  const values = plainInputs(given)
  const tool = withGivenPrompt(loaded, values.prompt)
  const kind = tool.kind === "by input" ? (values.api === "completion" ? "completion" : "chat") : tool.kind
  const api = kind === "completion" ? "completion" : "chat"
  const body =
    kind === "completion"
      ? {
          prompt: renderTemplate(tool.template, variablesOf(tool, given), tool.node),
          ...completionBody(tool.provider, values, tool.kind === "by input" ? null : 16)
        }
      : { messages: messagesOf(tool, given, kind === "vision", call.position), ...chatFields(tool, kind, values) }
  const calledFrom = kind === "vision" ? "aoai-gpt4v-tool" : "aoai-tool"
  const request = { ...requestOf(tool, api, values, calledFrom), body }
  return outputOf(tool, request, call, kind === "chat" ? values : {})
}

/** An input named `prompt` stands over the node's template: it is one itself, whatever it came from. */
function withGivenPrompt(tool: PromptTool, prompt: unknown): PromptTool {
  if (prompt === undefined || prompt === null) return tool
  try {
    return { ...tool, template: compileTemplate(String(prompt)) }
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    throw jinjaFailure(error, tool.node)
  }
}

export async function callEmbedding(tool: ModelTool, given: Given, call: NodeCall): Promise<unknown> {
  const values = plainInputs(given)
  const { input } = values
  const isServerless = tool.connection.type === "serverless"
  const model = tool.provider === "OpenAI" ? String(values.model ?? "text-embedding-ada-002") : undefined
  const body = isServerless ? { input: [input], encoding_format: "float" } : { input, encoding_format: "base64" }
  const request = {
    ...requestOf(tool, "embedding", values, "aoai-tool"),
    ...(model === undefined ? {} : { model }),
    body
  }
  const { response } = await tool.models.call(request, call)
  const [first] = (response.data ?? []) as ReadonlyArray<{ readonly embedding?: unknown }>
  return new ForeignValue(`[${numbersOf(first?.embedding).map(floatText).join(", ")}]`)
}

/** Failures as promptflow's tools report them: with the module of the tool, and what is no failure of theirs wrapped. */
export function asToolFailure(error: unknown, module: string): unknown {
  const referenceCode = `Tool/${module}`
  if (error instanceof ToolFailure) return new ToolFailure({ ...error.record, referenceCode })
  if (!(error instanceof TypeError || error instanceof RangeError)) return error
  const { record } = modelFailure(
    ["UserError", "LLMError"],
    `OpenAI API hits exception: ${error.name}: ${error.message}`
  )
  return new ToolFailure({ ...record, referenceCode })
}

function requestOf(tool: ModelTool, api: ModelApi, values: Values, calledFrom: string): Omit<ModelRequest, "body"> {
  const model = modelOf(tool.provider, api, values)
  if (model === undefined) {
    throw modelFailure(
      ["UserError", "LLMError"],
      `OpenAI API hits exception: TypeError: the node '${tool.node.name}' has no deployment_name`,
      "name the deployment of the Azure OpenAI resource: inputs: {deployment_name: …}"
    )
  }
  return {
    connection: tool.connection,
    api,
    model,
    maxAttempts: ATTEMPTS,
    ...(tool.provider === "AzureOpenAI" ? { headers: { "ms-azure-ai-promptflow-called-from": calledFrom } } : {})
  }
}

function chatFields(tool: PromptTool, kind: "chat" | "vision", values: Values): Values {
  if (kind === "vision") return visionBody(values)
  const variables = new Set(tool.template.variables)
  return chatBody(tool.provider, values, (name) => variables.has(name))
}

const variablesOf = ({ parameters }: ModelTool, given: Given): Given =>
  Object.fromEntries(Object.entries(pythonInputs(given)).filter(([name]) => !parameters.has(name)))

function messagesOf(tool: PromptTool, given: Given, isVision: boolean, position: number): ChatMessage[] {
  const { node, texts, template } = tool
  const hasChatLists = isVision || tool.provider === "AzureOpenAI"
  const reach = { lists: hasChatLists, dicts: true }
  const plainVariables = variablesOf(tool, given)
  const typed = flowInputsOf(node).filter((name) => Object.hasOwn(plainVariables, name))
  const tokens = tokensFor(
    typed.map((name) => plainVariables[name]),
    reach,
    texts.tokensOf(node, position)
  )
  const escaped = texts.escape(node, position, plainVariables, (value) => escapeRoles(value, tokens, reach))
  const variables = hasChatLists ? withChatLists(escaped) : escaped
  const messages = parseChat(renderTemplate(template, variables as Given, node), {
    ...(isVision ? { images: imagesByText(plainVariables) } : {}),
    mistake: (mistake) => mistakeOf(mistake, tokens, node)
  })
  return tokens.size === 0 ? messages : messages.map((message) => restored(message, tokens))
}

/** Every list of a value as one that prints its items line by line. */
function withChatLists(value: unknown): unknown {
  if (Array.isArray(value)) return ChatList.from(value, withChatLists)
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withChatLists(member)]))
}

/** The message with the role words back in its texts. */
export function restored(message: ChatMessage, tokens: RoleTokens): ChatMessage {
  const fields = Object.entries(message).map(([key, value]: [string, unknown]) => {
    if (typeof value === "string") return [key, restoreRoles(value, tokens)]
    if (key !== "content" || !Array.isArray(value)) return [key, value]
    return [key, value.map((part) => ("text" in part ? { ...part, text: restoreRoles(part.text, tokens) } : part))]
  })
  return Object.fromEntries(fields) as ChatMessage
}

function mistakeOf(mistake: ChatMistake, tokens: RoleTokens, node: NodePlan): ToolFailure {
  return modelFailure(
    ["UserError", "ToolValidationError", MISTAKE_CLASS[mistake.kind]],
    `${mistakeText(mistake, tokens)} (node '${node.name}', ${node.path})`
  )
}

const MISTAKE_CLASS: Readonly<Record<ChatMistake["kind"], string>> = {
  role: "ChatAPIInvalidRole",
  function: "ChatAPIFunctionRoleInvalidFormat",
  tool: "ChatAPIToolRoleInvalidFormat"
}

async function outputOf(tool: ModelTool, request: ModelRequest, call: NodeCall, values: Values): Promise<unknown> {
  const hasFunctions = isSet(values.functions) || isSet(values.tools)
  if (request.body.stream === true) {
    if (values.functions !== undefined && values.functions !== null) {
      throw modelFailure(
        ["UserError", "ToolValidationError", "FunctionCallNotSupportedInStreamMode"],
        "Function calling has not been supported by stream mode yet."
      )
    }
    let text = ""
    for await (const event of await tool.models.stream(request, call)) text += pieceOf(event)
    return text
  }
  const reply = await tool.models.call(request, call)
  const { choices } = reply.response
  if (!Array.isArray(choices) || choices.length === 0) {
    throw modelFailure(["UserError", "LLMError"], "OpenAI API hits exception: IndexError: the answer has no choices")
  }
  return hasFunctions && reply.message !== undefined ? messageOf(reply.message) : reply.text
}

/** The text in one event of a stream, of chats and completions. */
export function pieceOf({ choices }: Values): string {
  const [choice] = (choices ?? []) as ReadonlyArray<{
    readonly text?: unknown
    readonly delta?: { readonly content?: unknown }
  }>
  const piece = choice?.delta === undefined ? choice?.text : choice.delta.content
  return typeof piece === "string" ? piece : ""
}

/** A message as OpenAI's Python client shows it: every field it knows, in its order, then what else came. */
export function messageOf(message: Values): Values {
  const known = { content: null, refusal: null, role: "assistant", annotations: null, audio: null }
  const { function_call = null, tool_calls = null, ...rest } = message
  return {
    ...known,
    ...Object.fromEntries(Object.keys(known).flatMap((key) => (key in rest ? [[key, rest[key]]] : []))),
    function_call: function_call === null ? null : functionOf(function_call as Values),
    tool_calls: Array.isArray(tool_calls) ? tool_calls.map(toolCallOf) : tool_calls,
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !(key in known)))
  }
}

const functionOf = ({ arguments: text, name, ...rest }: Values): Values => ({ arguments: text, name, ...rest })

const toolCallOf = ({ id, function: called, type, ...rest }: Values): Values => ({
  id,
  ...(called === undefined ? {} : { function: functionOf(called as Values) }),
  type,
  ...rest
})

/** The numbers of an embedding: a list, or the same as base64 of 32-bit floats. */
function numbersOf(embedding: unknown): readonly number[] {
  if (Array.isArray(embedding)) return embedding as number[]
  if (typeof embedding !== "string") throw new TypeError("the answer has no embedding")
  const bytes = Uint8Array.from(Buffer.from(embedding, "base64"))
  return Array.from(new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4)))
}

const floatText = (value: number): string => (Number.isInteger(value) ? wholeFloat(value).text : String(value))
