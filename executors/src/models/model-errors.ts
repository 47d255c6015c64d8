// What can go wrong with a call to a model, in promptflow's words: the classes of OpenAI's Python client, wrapped.

import { type Connection, errorRecord, ToolFailure } from "@throughline/core/contracts"

/** A failure of promptflow's own classes, raised by one of its tools. */
export function modelFailure(codes: readonly string[], message: string, hint?: string): ToolFailure {
  return new ToolFailure(
    errorRecord({ message, codes, referenceCode: "Tool", ...(hint === undefined ? {} : { hint }) })
  )
}

/** One try that failed for the service's reasons, or the network's. */
export class ServiceError extends Error {
  /** The class that OpenAI's client has for it. */
  readonly type: string
  /** `undefined` where no answer came. */
  readonly status: number | undefined
  readonly canRetry: boolean
  /** What the service asked for; `undefined` where it did not. */
  readonly retryAfterMs: number | undefined

  constructor(
    type: string,
    message: string,
    about: {
      readonly status?: number
      readonly canRetry?: boolean
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    } = {}
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause })
    this.name = type
    this.type = type
    this.status = about.status
    this.canRetry = about.canRetry ?? false
    this.retryAfterMs = about.retryAfterMs
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** An answer that is no success. */
export function statusError(status: number, headers: Headers, text: string): ServiceError {
  const error = errorObject(text)
  const message = typeof error?.message === "string" && error.message !== "" ? error.message : undefined
  return new ServiceError(
    typeOfStatus(status),
    `Error code: ${status}${message === undefined ? "" : ` - ${message}`}`,
    {
      status,
      canRetry: (status >= 500 || status === 429 || status === 422) && error?.type !== "insufficient_quota",
      retryAfterMs: retryAfterMs(headers)
    }
  )
}

/** No answer at all. A refused connection or an unknown host is told at once; a dropped one is worth another try. */
export function connectionError(error: unknown): ServiceError {
  const { code = "" } = error as { readonly code?: string }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return new ServiceError("APITimeoutError", "Request timed out.", { canRetry: true, cause: error })
  }
  const isDropped = ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE", "ECONNABORTED"].includes(code)
  return new ServiceError("APIConnectionError", "Connection error.", { canRetry: isDropped, cause: error })
}

/**
 * The failure that a node reports. A service may quote what it was sent: secrets are taken out.
 *
 * @param isExhausted after the last of several tries
 */
export function wrapped(
  error: ServiceError,
  isExhausted: boolean,
  place: string,
  { secrets }: Connection
): ToolFailure {
  const reason = error.cause instanceof Error ? ` (${place}: ${error.cause.message})` : ""
  let message =
    `${isExhausted ? "Exceed max retry times. " : ""}OpenAI API hits ${error.type}: ${error.message}${reason} ` +
    "[Error reference: https://platform.openai.com/docs/guides/error-codes/api-errors]"
  for (const secret of Object.values(secrets)) {
    if (secret.length > 2) message = message.replaceAll(secret, "**data_scrubbed**")
  }
  return modelFailure(["UserError", "OpenAIError", error.type], message, HINTS[error.status ?? 0])
}

const HINTS: Readonly<Record<number, string>> = {
  401: "the key of the connection is not accepted: check it with `throughline connection show`, set a new one with `connection update`",
  403: "the key or identity may not use this resource",
  404: "check the base address of the connection, and the model or deployment that the node names"
}

function typeOfStatus(status: number): string {
  const TYPES: Readonly<Record<number, string>> = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError"
  }
  return TYPES[status] ?? (status >= 500 ? "InternalServerError" : "APIStatusError")
}

function errorObject(text: string): { readonly message?: unknown; readonly type?: unknown } | undefined {
  try {
    const body: unknown = JSON.parse(text)
    if (body === null || typeof body !== "object") return undefined
    const { error = body } = body as { readonly error?: unknown }
    return error !== null && typeof error === "object" ? error : undefined
  } catch {
    return undefined
  }
}

function retryAfterMs(headers: Headers): number | undefined {
  const exact = Number(headers["retry-after-ms"] ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.max(0, exact)
  const given = headers["retry-after"]
  if (typeof given !== "string") return undefined
  const seconds = Number(given)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const atMs = Date.parse(given)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now())
}
