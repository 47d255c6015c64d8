// Lanes that a run is done with, kept for the next run of the same flow in the same runtime: the flow is compiled in
// them, and the engine runs there as machine code.
//
// S1. Lanes serve one run at a time, and only runs that are opened alike (`key`).
// S2. They serve another run only if opening new ones would load the same files.
// S3. One set of lanes is kept: for `SPARE_MS`, until those of another flow take the place, or the runtime is closed.

import type { ExecutorContext } from "@throughline/core/contracts"

/** What is kept, as this file sees it. */
export interface Spare {
  /** Makes ready for the next run; false when it cannot serve one. */
  renew(context: ExecutorContext): Promise<boolean>
  close(graceMs?: number): Promise<void>
}

/** A pool's thread with a task keeps the process alive: a host that forgets to close its runtime ends so much later. */
const SPARE_MS = 5_000
const KEY = "throughline.spareLanes"

export class SpareLanes<S extends Spare> {
  #kept: { readonly key: string; readonly spare: S; readonly timer: NodeJS.Timeout } | undefined
  readonly #closing = new Set<Promise<void>>()
  #isClosed = false

  /** The runtime's; it closes them. `undefined` where nothing outlives the run. */
  static of<S extends Spare>({ shared }: ExecutorContext): SpareLanes<S> | undefined {
    if (shared === undefined) return undefined
    const known = shared.get(KEY) as SpareLanes<S> | undefined
    const spares = known ?? new SpareLanes<S>()
    shared.set(KEY, spares)
    return spares
  }

  async take(key: string, context: ExecutorContext): Promise<S | undefined> {
    if (this.#kept?.key !== key) return undefined
    const { spare, timer } = this.#kept
    clearTimeout(timer)
    this.#kept = undefined
    if (await spare.renew(context)) return spare
    void this.#close(spare)
    return undefined
  }

  async keep(key: string, spare: S): Promise<void> {
    if (this.#isClosed) return spare.close()
    this.#letGo()
    const timer = setTimeout(() => this.#letGo(), SPARE_MS)
    timer.unref()
    this.#kept = { key, spare, timer }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#letGo()
    await Promise.all(this.#closing)
  }

  #letGo(): void {
    if (this.#kept === undefined) return
    const { spare, timer } = this.#kept
    clearTimeout(timer)
    this.#kept = undefined
    void this.#close(spare)
  }

  #close(spare: S): Promise<void> {
    const closing = spare.close().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
    return closing
  }
}
