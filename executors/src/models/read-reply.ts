// What an answer of a model says: the message, the text, the tokens.

import type { ModelReply, TokenCounts } from "@throughline/core/contracts"

type Json = Readonly<Record<string, unknown>>

export function replyOf(response: Json): ModelReply {
  const choice = firstChoice(response)
  const message = objectOf(choice?.message)
  const text = message === undefined ? choice?.text : message.content
  return {
    response,
    message,
    text: typeof text === "string" ? text : null,
    finishReason: typeof choice?.finish_reason === "string" ? choice.finish_reason : undefined,
    tokens: tokensOf(response)
  }
}

/** What the service counted, in an answer or in the last event of a stream. */
export function tokensOf(response: Json): TokenCounts | undefined {
  const usage = objectOf(response.usage)
  if (usage === undefined) return undefined
  const prompt = count(usage.prompt_tokens)
  const completion = count(usage.completion_tokens)
  return { prompt, completion, total: count(usage.total_tokens) || prompt + completion }
}

export const addTokens = (known: TokenCounts | undefined, more: TokenCounts): TokenCounts =>
  known === undefined
    ? more
    : {
        prompt: known.prompt + more.prompt,
        completion: known.completion + more.completion,
        total: known.total + more.total
      }

function firstChoice({ choices }: Json): Json | undefined {
  return Array.isArray(choices) ? objectOf(choices[0]) : undefined
}

const objectOf = (value: unknown): Json | undefined =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : undefined

const count = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0)
