// The sockets of a lane: one keep-alive pool per service, loaded with the first call (undici takes a while to load).
// Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY` …).
//
// K1. `close` ends requests under way and leaves no socket.

import type { Dispatcher } from "undici"
import { connectionError } from "./model-errors.ts"

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** An answer that has begun. */
export interface OpenAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Dispatcher.ResponseData["body"]
}

export interface Post {
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** As OpenAI's client: five seconds to connect, ten minutes for an answer. */
const CONNECT_MS = 5_000
const ANSWER_MS = 600_000
const KEEP_ALIVE_MS = 30_000

export class Sockets {
  readonly #pools = new Map<string, Promise<Dispatcher>>()

  /**
   * Sends, and reads the answer to its end. By callbacks: a stream for each answer would cost as much again.
   *
   * @throws {ServiceError} when no whole answer came
   * @throws the signal's reason
   */
  async exchange(post: Post, body: string, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const pool = await this.#poolOf(post.origin)
    return new Promise((resolve, reject) => {
      let stop = (): void => reject(signal.reason)
      const onAbort = () => stop()
      signal.addEventListener("abort", onAbort, { once: true })
      const pieces: Buffer[] = []
      let status = 0
      let headers: Headers = {}
      pool.dispatch(requestOf(post, body), {
        onRequestStart: (controller) => {
          stop = () => controller.abort(signal.reason)
          if (signal.aborted) stop()
        },
        onResponseStart: (_, statusCode, given) => {
          status = statusCode
          headers = given
        },
        onResponseData: (_, piece) => void pieces.push(piece),
        onResponseEnd: () => {
          signal.removeEventListener("abort", onAbort)
          const [only = Buffer.of()] = pieces
          resolve({ status, headers, text: (pieces.length > 1 ? Buffer.concat(pieces) : only).toString("utf8") })
        },
        onResponseError: (_, error) => {
          signal.removeEventListener("abort", onAbort)
          reject(signal.aborted ? signal.reason : connectionError(error))
        }
      })
    })
  }

  /**
   * Sends, and resolves when the answer begins.
   *
   * @throws {ServiceError} when no answer came
   * @throws the signal's reason
   */
  async open(post: Post, body: string, signal: AbortSignal): Promise<OpenAnswer> {
    signal.throwIfAborted()
    const pool = await this.#poolOf(post.origin)
    try {
      const { statusCode, headers, body: stream } = await pool.request({ ...requestOf(post, body), signal })
      return { status: statusCode, headers, body: stream }
    } catch (error) {
      signal.throwIfAborted()
      throw connectionError(error)
    }
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.allSettled(pools.map(async (pool) => (await pool).destroy()))
  }

  #poolOf(origin: string): Promise<Dispatcher> {
    let pool = this.#pools.get(origin)
    if (pool === undefined) {
      pool = openPool(origin)
      this.#pools.set(origin, pool)
    }
    return pool
  }
}

const requestOf = ({ origin, path, headers }: Post, body: string): Dispatcher.DispatchOptions => ({
  origin,
  path,
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json", ...headers },
  body
})

async function openPool(origin: string): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, Pool } = await import("undici")
  const options = {
    connect: { timeout: CONNECT_MS },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    keepAliveTimeout: KEEP_ALIVE_MS
  }
  const { env } = process
  const hasProxy = [env.HTTPS_PROXY, env.https_proxy, env.HTTP_PROXY, env.http_proxy].some((proxy) => Boolean(proxy))
  return hasProxy ? new EnvHttpProxyAgent(options) : new Pool(origin, options)
}

/** @throws {ServiceError} when the connection broke before the end */
export async function readText({ body }: OpenAnswer, signal: AbortSignal): Promise<string> {
  try {
    return await body.text()
  } catch (error) {
    signal.throwIfAborted()
    throw connectionError(error)
  }
}
