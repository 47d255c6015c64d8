// A call to a language model, as whoever needs an answer sees it: `llm` nodes, prompty, tools. How the call travels (pools,
// retries, limits, sign-in) is the client's business.

import type { Connection } from "./connection.ts"
import type { TokenCounts } from "./line.ts"

export type ModelApi = "chat" | "completion" | "embedding"

export interface ModelRequest {
  /** `azure_open_ai`, `open_ai` or `serverless`; any other type is refused. */
  readonly connection: Connection
  readonly api: ModelApi
  /** The model, or Azure's deployment. `undefined`: the request names none. */
  readonly model: string | undefined
  /** What is sent beside the model's name: `messages`, `prompt` or `input`, and every parameter, as the service spells it. */
  readonly body: Readonly<Record<string, unknown>>
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** Tries of a call that fails for the service's reasons, before it is given up. Default 10. */
  readonly maxAttempts?: number
}

/** For whom a call is made. A `NodeCall` is one. */
export interface ModelCaller {
  readonly position: number
  readonly signal: AbortSignal
  /** The client adds what each call used, once. */
  tokens: TokenCounts | undefined
}

export interface ModelReply {
  /** The service's answer, as it came. */
  readonly response: Readonly<Record<string, unknown>>
  /** The first choice's message (chat); `undefined` for other calls and for answers without choices. */
  readonly message: Readonly<Record<string, unknown>> | undefined
  /** The first choice's text; `null` where the model gave none. */
  readonly text: string | null
  readonly finishReason: string | undefined
  /** `undefined` where the service does not say. */
  readonly tokens: TokenCounts | undefined
}

/**
 * Makes calls beside the work, many at once. Every failure is a `ToolFailure` whose record has promptflow's codes; an
 * aborted call rejects with its signal's reason and its request is ended.
 */
export interface ModelClient {
  call(request: ModelRequest, caller: ModelCaller): Promise<ModelReply>
  /**
   * Resolves when the answer begins; yields each event's object as it came. `stream: true` is sent. The tokens are added
   * when the stream has ended. Who stops reading early ends the request.
   */
  stream(request: ModelRequest, caller: ModelCaller): Promise<AsyncIterable<Readonly<Record<string, unknown>>>>
  /**
   * The connection of a call that names none: OpenAI's from `OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_ORG_ID`, or
   * Azure's from `AZURE_OPENAI_ENDPOINT`, `AZURE_OPENAI_API_KEY` and `OPENAI_API_VERSION`. `undefined` when neither is set.
   */
  fromEnvironment(kind?: "open_ai" | "azure_open_ai"): Connection | undefined
}
