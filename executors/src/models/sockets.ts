// The sockets of a lane: one keep-alive pool per service, loaded with the first call (undici takes a while to load).
// Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY` …).
//
// K1. `close` ends requests under way and leaves no socket.

import type { Dispatcher } from "undici"
import { connectionError } from "./model-errors.ts"

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Dispatcher.ResponseData["body"]
}

/** As OpenAI's client: five seconds to connect, ten minutes for an answer. */
const CONNECT_MS = 5_000
const ANSWER_MS = 600_000
const KEEP_ALIVE_MS = 30_000

export class Sockets {
  readonly #pools = new Map<string, Promise<Dispatcher>>()

  /**
   * @throws {ServiceError} when no answer came
   * @throws the signal's reason
   */
  async post(
    { origin, path, headers }: { origin: string; path: string; headers: Readonly<Record<string, string>> },
    body: string,
    signal: AbortSignal
  ): Promise<Answer> {
    signal.throwIfAborted()
    const pool = await this.#poolOf(origin)
    try {
      const {
        statusCode,
        headers: given,
        body: stream
      } = await pool.request({
        origin,
        path,
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", ...headers },
        body,
        signal
      })
      return { status: statusCode, headers: given, body: stream }
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
export async function readText({ body }: Answer, signal: AbortSignal): Promise<string> {
  try {
    return await body.text()
  } catch (error) {
    signal.throwIfAborted()
    throw connectionError(error)
  }
}
