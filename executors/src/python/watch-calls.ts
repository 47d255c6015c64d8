// Which of the calls under way have been cancelled. Their signals are made when first read, and most calls are over
// before anyone would abort them: so a signal is read, and listened to, only for calls that have been waiting a while.

import type { NodeCall } from "@throughline/core/contracts"

const LOOK_EVERY_MS = 25
/** At the second look a call is at least one interval old. */
const LISTEN_AT_LOOK = 2

export interface WatchedCall {
  readonly call: NodeCall
  isSettled: boolean
  /** How often it was found waiting. */
  looks: number
}

export class CallWatch<T extends WatchedCall> {
  readonly #underWay: () => readonly T[]
  readonly #onAbort: (signal: AbortSignal, calls: readonly T[]) => void
  /** Calls of one line share its signal: one listener for all of them. */
  readonly #bySignal = new WeakMap<AbortSignal, Set<T>>()
  #timer: NodeJS.Timeout | undefined

  constructor(underWay: () => readonly T[], onAbort: (signal: AbortSignal, calls: readonly T[]) => void) {
    this.#underWay = underWay
    this.#onAbort = onAbort
  }

  /** Looks at the calls from time to time, as long as there are any. */
  start(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  forget(call: T): void {
    if (call.looks >= LISTEN_AT_LOOK) this.#bySignal.get(call.call.signal)?.delete(call)
  }

  #look(): void {
    const calls = this.#underWay()
    if (calls.length === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    for (const call of calls) {
      if (!call.isSettled && ++call.looks === LISTEN_AT_LOOK) this.#listen(call.call.signal, call)
    }
  }

  #listen(signal: AbortSignal, call: T): void {
    if (signal.aborted) {
      this.#onAbort(signal, [call])
      return
    }
    const known = this.#bySignal.get(signal)
    if (known !== undefined) {
      known.add(call)
      return
    }
    const calls = new Set([call])
    this.#bySignal.set(signal, calls)
    signal.addEventListener("abort", () => this.#onAbort(signal, [...calls]), { once: true })
  }
}
