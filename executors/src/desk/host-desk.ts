// The host's side of the desk: answers what lanes ask.

import { MessageChannel, type MessagePort } from "node:worker_threads"
import { type ExecutorContext, unexpectedErrorRecord } from "@throughline/core/contracts"
import type { Answered, Asked, Question } from "./questions.ts"

type DeskContext = Pick<ExecutorContext, "connections" | "shared">

export class HostDesk {
  readonly #context: DeskContext

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** A port for one lane, to be transferred; it keeps nothing alive. */
  openPort(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    port1.on("message", ({ id, question }: Asked) => {
      this.#answer(question).then(
        (answer) => port1.postMessage({ id, answer } satisfies Answered),
        (error: unknown) =>
          port1.postMessage({ id, answer: undefined, record: unexpectedErrorRecord(error, "Executor") })
      )
    })
    port1.unref()
    return port2
  }

  async #answer(question: Question): Promise<unknown> {
    const { connections } = this.#context
    switch (question.kind) {
      case "connection":
        return connections?.get(question.name)
      case "connectionNames":
        return connections?.names?.()
    }
  }
}
