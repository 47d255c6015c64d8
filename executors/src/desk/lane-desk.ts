// The lane's side of the desk: asks, and hands the runtime's connections to the lane's tool hosts.
//
// Q1. Every question is answered or refused once. A lane that ends leaves its questions open: nobody waits any more.

import type { MessagePort } from "node:worker_threads"
import { type Connection, type ConnectionProvider, ToolLoadFailure } from "@throughline/core/contracts"
import type { Answered, Asked, Question } from "./questions.ts"
import { Secrets } from "./secrets.ts"

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (reason: unknown) => void
}

export class LaneDesk {
  /** Those of every connection that was asked for. */
  readonly secrets = new Secrets()
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
          connection = this.#connection(name)
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

  async #connection(name: string): Promise<Connection | undefined> {
    const connection = (await this.ask({ kind: "connection", name })) as Connection | undefined
    this.secrets.add(connection?.secrets ?? {})
    return connection
  }

  #receive({ id, answer, record }: Answered): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (record === undefined) waiting?.resolve(answer)
    else waiting?.reject(new ToolLoadFailure(record))
  }
}
