// The host's side of the desk: answers what lanes ask.
//
// D1. A lane has a number of its own as long as it lives; when it is gone, whatever it held of a quota is free.

import { MessageChannel, type MessagePort } from "node:worker_threads"
import { type ExecutorContext, unexpectedErrorRecord } from "@throughline/core/contracts"
import { clearLane, newLimiter } from "../models/limiter-words.ts"
import { AzureIdentity } from "./azure-identity.ts"
import type { Answered, Asked, Question, QuotaWords } from "./questions.ts"

type DeskContext = Pick<ExecutorContext, "connections" | "shared">

/** What all runs of a runtime share. */
interface Shared {
  readonly quotas: Map<string, SharedArrayBuffer>
  readonly lanes: Set<number>
  readonly identity: AzureIdentity
}

const KEY = "throughline.desk"

export class HostDesk {
  readonly #connections: ExecutorContext["connections"]
  readonly #shared: Shared

  constructor({ connections, shared = new Map() }: DeskContext) {
    this.#connections = connections
    const known = shared.get(KEY) as Shared | undefined
    this.#shared = known ?? { quotas: new Map(), lanes: new Set(), identity: new AzureIdentity() }
    shared.set(KEY, this.#shared)
  }

  /**
   * A port for one lane, to be transferred; it keeps nothing alive.
   *
   * @param sharesMemory false for a lane in a process of its own
   */
  openPort(sharesMemory: boolean): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const { lanes, quotas } = this.#shared
    let lane = 0
    while (lanes.has(lane)) lane++
    lanes.add(lane)
    port1.on("message", ({ id, question }: Asked) => {
      this.#answer(question, lane, sharesMemory).then(
        (answer) => port1.postMessage({ id, answer } satisfies Answered),
        (error: unknown) =>
          port1.postMessage({ id, answer: undefined, record: unexpectedErrorRecord(error, "Executor") })
      )
    })
    port1.on("close", () => {
      for (const words of quotas.values()) clearLane(words, lane)
      lanes.delete(lane)
    })
    port1.unref()
    return port2
  }

  async #answer(question: Question, lane: number, sharesMemory: boolean): Promise<unknown> {
    switch (question.kind) {
      case "connection":
        return this.#connections?.get(question.name)
      case "connectionNames":
        return this.#connections?.names?.()
      case "quota":
        return { words: sharesMemory ? this.#quota(question.key) : undefined, lane } satisfies QuotaWords
      case "azureToken":
        return this.#shared.identity.token()
    }
  }

  #quota(key: string): SharedArrayBuffer {
    const { quotas } = this.#shared
    const words = quotas.get(key) ?? newLimiter()
    quotas.set(key, words)
    return words
  }
}
