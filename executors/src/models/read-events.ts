// Server-sent events of a streamed answer: each `data:` is a JSON object, `[DONE]` is the end.

import { createParser } from "eventsource-parser"
import { connectionError, ServiceError } from "./model-errors.ts"
import type { OpenAnswer } from "./sockets.ts"

/** @throws {ServiceError} for a broken connection, an event that is no JSON, and an error that the service sent inside */
export async function* readEvents({ body }: OpenAnswer, signal: AbortSignal): AsyncGenerator<Record<string, unknown>> {
  const ready: string[] = []
  const parser = createParser({ onEvent: ({ data }) => ready.push(data) })
  const decoder = new TextDecoder()
  try {
    for await (const bytes of body) {
      parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }))
      for (const data of ready.splice(0)) {
        if (data === "[DONE]") return
        yield eventOf(data)
      }
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof ServiceError ? error : connectionError(error)
  }
}

function eventOf(data: string): Record<string, unknown> {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch (cause) {
    throw new ServiceError("APIError", "The stream holds an event that is no JSON.", { cause })
  }
  const { error } = (event ?? {}) as { readonly error?: { readonly message?: unknown } }
  if (error) {
    throw new ServiceError("APIError", String(error.message ?? "An error occurred during streaming"))
  }
  return event as Record<string, unknown>
}
