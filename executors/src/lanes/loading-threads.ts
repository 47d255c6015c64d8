// Which threads of a pool still load the lane's module. They must not be terminated: the pool's threads load it with
// `require`, and Node aborts the whole process when a thread is terminated just as `require` has loaded an ES module.
//
// T1. A thread is loading from its start to its first message, with which the pool has it say that it is ready, or to
//     its exit. That holds for those that the pool starts in the place of dead ones too.

import type { Worker } from "node:worker_threads"
import type { Piscina } from "piscina"

export class LoadingThreads {
  readonly #pool: Piscina
  readonly #loadings = new WeakMap<Worker, Promise<void>>()

  /** Made in the turn in which the pool was. */
  constructor(pool: Piscina) {
    this.#pool = pool
    this.#look()
    // The pool tells of a thread that is gone just before it starts another.
    pool.on("workerDestroy", () => queueMicrotask(() => this.#look()))
  }

  /** Resolves when none of the threads there are now is loading. */
  async done(): Promise<void> {
    await Promise.all(this.#pool.threads.map((thread) => this.#loadings.get(thread)))
  }

  #look(): void {
    for (const thread of this.#pool.threads) {
      if (this.#loadings.has(thread)) continue
      const loading = new Promise<void>((resolve) => {
        thread.once("message", () => resolve())
        thread.once("exit", () => resolve())
      })
      this.#loadings.set(thread, loading)
    }
  }
}
