// What the test server's model says: always the same to the same request, so that tests and demos can tell requests
// apart by their answers. It is no model; it echoes.

type Json = Readonly<Record<string, unknown>>

export type ModelApiName = "chat" | "completion" | "embedding"

export interface SaidMessage {
  readonly role: "assistant"
  readonly content: string | null
  readonly tool_calls?: readonly Json[]
  readonly function_call?: Json
}

/** `MODEL says: TEXT` of the last message; JSON where JSON was asked for; a call of the first tool where there are tools. */
export function answerChat(body: Json, model: string): SaidMessage {
  const last = lastText(body.messages)
  const tools = body.tools as readonly { readonly function: Json }[] | undefined
  if (Array.isArray(tools) && tools.length > 0 && body.tool_choice !== "none") {
    const call = { name: tools[0]!.function.name, arguments: argumentsOf(tools[0]!.function, last) }
    return { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: call }] }
  }
  const functions = body.functions as readonly Json[] | undefined
  if (Array.isArray(functions) && functions.length > 0 && body.function_call !== "none") {
    return {
      role: "assistant",
      content: null,
      function_call: { name: functions[0]!.name, arguments: argumentsOf(functions[0]!, last) }
    }
  }
  const format = (body.response_format as Json | undefined)?.type
  const text = `${model} says: ${last}`
  return { role: "assistant", content: format === "json_object" ? JSON.stringify({ answer: text }) : text }
}

export const answerCompletion = (body: Json, model: string): string => `${model} completes: ${textOf(body.prompt)}`

/** Eight numbers that depend on the text. */
export function embed(text: string): number[] {
  const numbers = new Array<number>(8).fill(0)
  for (let i = 0; i < text.length; i++) numbers[i % 8] = (numbers[i % 8]! + text.charCodeAt(i)) % 97
  return numbers.map((number) => number / 128)
}

/** Words: this model's tokens. */
export const countTokens = (value: unknown): number =>
  (typeof value === "string" ? value : JSON.stringify(value ?? "")).split(/\s+/).filter(Boolean).length

export function usageOf(prompt: unknown, completion: unknown) {
  const prompt_tokens = countTokens(prompt)
  const completion_tokens = countTokens(completion)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

function lastText(messages: unknown): string {
  const last = Array.isArray(messages) ? (messages.at(-1) as Json | undefined) : undefined
  return textOf(last?.content)
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return JSON.stringify(content ?? null)
  return content
    .map((part: unknown) => {
      if (typeof part === "string") return part
      const { type, text } = part as { readonly type?: string; readonly text?: string }
      return type === "text" ? text : `[${type}]`
    })
    .join(" ")
}

function argumentsOf(tool: Json, text: string): string {
  const { properties = {} } = (tool.parameters ?? {}) as { readonly properties?: Json }
  return JSON.stringify(Object.fromEntries(Object.keys(properties).map((name) => [name, text])))
}
