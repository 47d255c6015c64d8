// The lane's side of the desk: asks, and hands the runtime's connections to the lane's tool hosts.
//
// Q1. Every question is answered or refused once. A lane that ends leaves its questions open: nobody waits any more.

import type { MessagePort } from "node:worker_threads"
import { type Connection, type ConnectionProvider, ToolLoadFailure } from "@throughline/core/contracts"
import type { Answered, Asked, Question } from "./questions.ts"

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (reason: unknown) => void
}

export class LaneDesk {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  readonly #connections = new Map<string, Promise<Connection | undefined>>()
  #lastId = 0

  constructor(port: MessagePort) {
    this.#port = port
    port.on("message", (answered: Answered) => this.#receive(answered))
  }

  ask(question: Question): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      this.#port.postMessage({ id, question } satisfies Asked)
    })
  }

  /** The runtime's connections, each asked for once. */
  get connections(): ConnectionProvider {
    return {
      get: (name) => {
        let connection = this.#connections.get(name)
        if (connection === undefined) {
          connection = this.ask({ kind: "connection", name }) as Promise<Connection | undefined>
          this.#connections.set(name, connection)
        }
        return connection
      },
      names: async () => ((await this.ask({ kind: "connectionNames" })) ?? []) as readonly string[]
    }
  }

  close(): void {
    this.#port.close()
  }

  #receive({ id, answer, record }: Answered): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (record === undefined) waiting?.resolve(answer)
    else waiting?.reject(new ToolLoadFailure(record))
  }
}
