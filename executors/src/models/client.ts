// The client for language models of one lane: sends a call when its quota has room, tries again what is worth it, counts
// its tokens once.
//
// M1. A call ends with an answer, a `ToolFailure` of promptflow's codes, or its signal's reason; an aborted call leaves no
//     request behind.
// M2. Tokens are added to the caller once per answer, when it is complete.
// M3. Only what has not answered is tried again: once a stream has begun, its end is the caller's.
// M4. A call refused for its quota (429) waits for its turn. The refusal counts as a try only when nothing of that quota
//     succeeded since the last one: while others get on, it will too.

import { setTimeout as delay } from "node:timers/promises"
import type { ModelCaller, ModelClient, ModelReply, ModelRequest } from "@throughline/core/contracts"
import { pythonJson } from "@throughline/core/data/thread"
import type { Question, QuotaWords, Token } from "../desk/questions.ts"
import { type Endpoint, endpointOf } from "./endpoint.ts"
import { Limiter } from "./limiter.ts"
import { newLimiter } from "./limiter-words.ts"
import { LineClock } from "./line-clock.ts"
import { modelFailure, ServiceError, statusError, wrapped } from "./model-errors.ts"
import { readEvents } from "./read-events.ts"
import { addTokens, replyOf, tokensOf } from "./read-reply.ts"
import { type OpenAnswer, readText, Sockets } from "./sockets.ts"

/** Where the client asks for what there is once for all lanes. */
export interface ModelsDesk {
  ask(question: Question): Promise<unknown>
}

const DEFAULT_ATTEMPTS = 10
const UNPROCESSABLE_ATTEMPTS = 3
/** A token that has less left than this is asked for again. */
const TOKEN_MARGIN_MS = 60_000

export class Models implements Pick<ModelClient, "call" | "stream"> {
  readonly #desk: ModelsDesk
  readonly #sockets = new Sockets()
  readonly #clock = new LineClock()
  readonly #limiters = new Map<string, Promise<Limiter>>()
  #token: Promise<Token> | undefined

  constructor(desk: ModelsDesk) {
    this.#desk = desk
  }

  async call(request: ModelRequest, caller: ModelCaller): Promise<ModelReply> {
    const body = bodyOf(request, false)
    const reply = await this.#trying(request, caller, async (endpoint) => {
      const post = await this.#signed(endpoint, request)
      const { status, headers, text } = await this.#sockets.exchange(post, body, caller.signal)
      if (!isSuccess(status)) throw statusError(status, headers, text)
      return replyOf(parseAnswer(text))
    })
    if (reply.tokens !== undefined) caller.tokens = addTokens(caller.tokens, reply.tokens)
    return reply
  }

  async stream(request: ModelRequest, caller: ModelCaller): Promise<AsyncIterable<Record<string, unknown>>> {
    const body = bodyOf(request, true)
    const answer = await this.#trying(request, caller, async (endpoint) => {
      const opened = await this.#sockets.open(await this.#signed(endpoint, request), body, caller.signal)
      if (isSuccess(opened.status)) return opened
      throw statusError(opened.status, opened.headers, await readText(opened, caller.signal))
    })
    return this.#events(answer, caller, request)
  }

  releaseLine(position: number): void {
    this.#clock.forget(position)
  }

  runningSinceMs(position: number): number | undefined {
    return this.#clock.runningSinceMs(position)
  }

  close(): Promise<void> {
    return this.#sockets.close()
  }

  async *#events(
    answer: OpenAnswer,
    caller: ModelCaller,
    request: ModelRequest
  ): AsyncGenerator<Record<string, unknown>> {
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

  /** Runs the attempt until it succeeds or is not worth another try. */
  async #trying<A>(
    request: ModelRequest,
    { signal, position }: ModelCaller,
    attempt: (endpoint: Endpoint) => Promise<A>
  ): Promise<A> {
    const endpoint = endpointOf(request)
    const limiter = await this.#limiterOf(endpoint.quotaKey)
    const { maxAttempts = DEFAULT_ATTEMPTS } = request
    let tries = 0
    let unprocessable = 0
    let isRefused = false
    this.#clock.begin(position)
    try {
      for (;;) {
        const slot = await this.#clock.waiting(position, limiter.enter(signal, isRefused))
        const progress = limiter.progress
        let failure: ServiceError
        try {
          const done = await attempt(endpoint)
          limiter.succeeded(slot)
          return done
        } catch (error) {
          isRefused = error instanceof ServiceError && error.status === 429 && error.canRetry
          if (isRefused) limiter.refused(slot, (error as ServiceError).retryAfterMs)
          else limiter.left()
          if (!(error instanceof ServiceError)) throw error
          failure = error
        }
        unprocessable = failure.status === 422 ? unprocessable + 1 : 0
        if (!isRefused || limiter.progress === progress) tries++
        const isExhausted = tries >= maxAttempts || unprocessable >= UNPROCESSABLE_ATTEMPTS
        if (!failure.canRetry || isExhausted) {
          throw wrapped(failure, failure.canRetry, endpoint.origin, request.connection)
        }
        if (!isRefused) await pause(failure.retryAfterMs ?? backoffMs(tries), signal)
      }
    } finally {
      this.#clock.end(position)
    }
  }

  #limiterOf(key: string): Promise<Limiter> {
    let limiter = this.#limiters.get(key)
    if (limiter === undefined) {
      limiter = this.#desk.ask({ kind: "quota", key }).then((answer) => {
        const { words = newLimiter(), lane } = answer as QuotaWords
        return new Limiter(words, lane)
      })
      this.#limiters.set(key, limiter)
    }
    return limiter
  }

  async #signed(endpoint: Endpoint, { connection }: ModelRequest): Promise<Endpoint> {
    if (!endpoint.needsToken) return endpoint
    try {
      const { token } = await this.#freshToken()
      return { ...endpoint, headers: { ...endpoint.headers, authorization: `Bearer ${token}` } }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw modelFailure(
        ["UserError", "LLMError"],
        `Connection '${connection.name}' has no api_key, so this machine's Azure identity is to sign in ` +
          `(DefaultAzureCredential), and it cannot: ${reason}`,
        "give the connection an api_key, or sign in: az login, a managed identity, or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET"
      )
    }
  }

  async #freshToken(): Promise<Token> {
    const known = await this.#token?.catch(() => undefined)
    if (known !== undefined && known.expiresAtMs - Date.now() > TOKEN_MARGIN_MS) return known
    this.#token = this.#desk.ask({ kind: "azureToken" }) as Promise<Token>
    return this.#token
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch {
    signal.throwIfAborted()
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
