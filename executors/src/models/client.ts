// The client for language models of one lane: sends a call, tries again what is worth it, counts its tokens once.
//
// M1. A call ends with an answer, a `ToolFailure` of promptflow's codes, or its signal's reason; an aborted call leaves no
//     request behind.
// M2. Tokens are added to the caller once per answer, when it is complete.
// M3. Only what has not answered is tried again: once a stream has begun, its end is the caller's.

import { setTimeout as delay } from "node:timers/promises"
import type { ModelCaller, ModelClient, ModelReply, ModelRequest } from "@throughline/core/contracts"
import { pythonJson } from "@throughline/core/data/thread"
import { type Endpoint, endpointOf } from "./endpoint.ts"
import { ServiceError, statusError, wrapped } from "./model-errors.ts"
import { readEvents } from "./read-events.ts"
import { addTokens, replyOf, tokensOf } from "./read-reply.ts"
import { type Answer, readText, Sockets } from "./sockets.ts"

const DEFAULT_ATTEMPTS = 10
const UNPROCESSABLE_ATTEMPTS = 3

export class Models implements Pick<ModelClient, "call" | "stream"> {
  readonly #sockets = new Sockets()

  async call(request: ModelRequest, caller: ModelCaller): Promise<ModelReply> {
    const body = bodyOf(request, false)
    const reply = await this.#trying(request, caller, async (endpoint) => {
      const answer = await this.#send(endpoint, body, caller.signal)
      const text = await readText(answer, caller.signal)
      return replyOf(parseAnswer(text))
    })
    if (reply.tokens !== undefined) caller.tokens = addTokens(caller.tokens, reply.tokens)
    return reply
  }

  async stream(request: ModelRequest, caller: ModelCaller): Promise<AsyncIterable<Record<string, unknown>>> {
    const body = bodyOf(request, true)
    const answer = await this.#trying(request, caller, (endpoint) => this.#send(endpoint, body, caller.signal))
    return this.#events(answer, caller, request)
  }

  close(): Promise<void> {
    return this.#sockets.close()
  }

  async *#events(answer: Answer, caller: ModelCaller, request: ModelRequest): AsyncGenerator<Record<string, unknown>> {
    try {
      for await (const event of readEvents(answer, caller.signal)) {
        const tokens = tokensOf(event)
        if (tokens !== undefined) caller.tokens = addTokens(caller.tokens, tokens)
        yield event
      }
    } catch (error) {
      throw error instanceof ServiceError
        ? wrapped(error, false, endpointOf(request).origin, request.connection)
        : error
    }
  }

  /** @throws {ServiceError} for an answer that is no success */
  async #send(endpoint: Endpoint, body: string, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#sockets.post(endpoint, body, signal)
    if (answer.status >= 200 && answer.status < 300) return answer
    throw statusError(answer.status, answer.headers, await readText(answer, signal))
  }

  async #trying<A>(
    request: ModelRequest,
    { signal }: ModelCaller,
    attempt: (endpoint: Endpoint) => Promise<A>
  ): Promise<A> {
    const endpoint = endpointOf(request)
    const { maxAttempts = DEFAULT_ATTEMPTS } = request
    let unprocessable = 0
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(endpoint)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        unprocessable = error.status === 422 ? unprocessable + 1 : 0
        const isExhausted = tries >= maxAttempts || unprocessable >= UNPROCESSABLE_ATTEMPTS
        if (!error.canRetry || isExhausted) throw wrapped(error, error.canRetry, endpoint.origin, request.connection)
        await delay(error.retryAfterMs ?? backoffMs(tries), undefined, { signal }).catch(() => signal.throwIfAborted())
      }
    }
  }
}

/** promptflow's waits: 3 s, then 4, 6, 10 … up to a minute. */
const backoffMs = (tries: number): number => 1000 * Math.min(60, 3 + 2 ** (tries - 1) - 1)

function bodyOf({ model, body }: ModelRequest, isStream: boolean): string {
  return pythonJson({ ...body, ...(model === undefined ? {} : { model }), ...(isStream ? { stream: true } : {}) })
}

function parseAnswer(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Told below, with what came.
  }
  throw new ServiceError("APIResponseValidationError", `The answer is no JSON object: ${text.slice(0, 200)}`)
}
