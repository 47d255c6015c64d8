// What a host, or another terminal by way of the store, tells a run while it goes on. Orders that come before the run takes
// them wait; what an order means is for the rooms to say.

import type { RunOrder } from "../contracts/index.ts"

/** More lines a run may be told of before it has begun than anyone would. */
const MOST_WAITING = 10_000

export class RunOrders {
  readonly #cancel: () => void
  #waiting: RunOrder[] = []
  #take: ((order: RunOrder) => void) | undefined

  /** @param cancel the order that every run takes at any time */
  constructor(cancel: () => void) {
    this.#cancel = cancel
  }

  readonly give = (order: RunOrder): void => {
    if (order.type === "cancel") this.#cancel()
    else if (this.#take !== undefined) this.#take(order)
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(order)
  }

  /** Orders go there from now on; the result ends that. */
  takeBy(take: (order: RunOrder) => void): () => void {
    this.#take = take
    for (const order of this.#waiting.splice(0)) take(order)
    return () => {
      this.#take = undefined
    }
  }
}

/** Why a run is stopped when its process has to go: it is left as it is, to be taken up again. */
export class Interruption extends Error {
  /** Milliseconds that lines in flight get. */
  readonly graceMs: number | undefined

  constructor(graceMs?: number) {
    super("The run was interrupted.")
    this.name = "Interruption"
    this.graceMs = graceMs
  }
}
