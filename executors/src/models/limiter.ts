// How many calls one quota (a connection's model) bears, found out from its answers, and shared by all lanes and runs of
// a runtime: the state is a few words of shared memory, each lane's queue is its own.
//
// It is a window of calls in flight, as in TCP. A refusal (429) takes one from it, so that a burst is cut to what was
// served; successes widen it again. A service that says when to come back (`Retry-After`) is not asked before.
//
// G1. No call begins while the window is full or the quota is paused, in whichever lane.
// G2. Calls of one lane begin in the order they asked; one that was refused goes before those that never began.
// G3. Slots of a lane that died are free again once its words are cleared (`clearLane`).
// G4. Races between lanes may let the window be overstepped by a few calls, never lose a slot.

import {
  EPOCH,
  FIRST_LANE,
  FLOOR,
  laneWord,
  PROGRESS,
  pauseOf,
  SCALE,
  STREAK,
  SUCCESSES,
  WIDEST,
  WINDOW,
  wordsOf
} from "./limiter-words.ts"

/** What is left of a window that was borne for a whole round before it was overrun. */
const KEPT = 0.7
/** Rounds without a refusal after which the window widens by a tenth per round, and not by one call. */
const QUIET_ROUNDS = 10
const TENTH = Math.round(SCALE / 10)
const MAX_PAUSE_MS = 60_000
/** How often a lane looks whether another one has made room. */
const LOOK_MS = 20

/** The clock and the timer, so that tests have their own. */
export interface Time {
  now(): number
  /** Calls back once, later; the returned function calls it off. */
  later(ms: number, call: () => void): () => void
}

const realTime: Time = {
  now: () => performance.timeOrigin + performance.now(),
  later: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  }
}

/** A call that may go on. Hand it back with what became of it. */
export interface Slot {
  readonly epoch: number
}

interface Waiting {
  readonly begin: () => void
}

export class Limiter {
  readonly #words: Int32Array
  readonly #pausedUntil: Float64Array
  readonly #lane: number
  readonly #time: Time
  readonly #queue: Waiting[] = []
  #callOff: (() => void) | undefined

  /** @param lane a number that no other lane has while this one lives */
  constructor(words: SharedArrayBuffer, lane: number, time: Time = realTime) {
    this.#words = wordsOf(words)
    this.#pausedUntil = pauseOf(words)
    this.#lane = laneWord(lane)
    this.#time = time
  }

  /** Successes of this quota so far, in all lanes. */
  get progress(): number {
    return Atomics.load(this.#words, PROGRESS)
  }

  /** Calls that may be in flight at once. */
  get window(): number {
    return Math.floor(Atomics.load(this.#words, WINDOW) / SCALE)
  }

  /**
   * Resolves when the call may begin.
   *
   * @param isAgain it was refused before, and goes first
   * @throws the signal's reason
   */
  async enter(signal: AbortSignal, isAgain = false): Promise<Slot> {
    signal.throwIfAborted()
    if (this.#queue.length > 0 || !this.#take()) await this.#wait(signal, isAgain)
    return { epoch: Atomics.load(this.#words, EPOCH) }
  }

  /** The call was answered. */
  succeeded(_slot: Slot): void {
    const words = this.#words
    Atomics.store(words, STREAK, 0)
    Atomics.add(words, PROGRESS, 1)
    const successes = Atomics.add(words, SUCCESSES, 1) + 1
    const window = Atomics.load(words, WINDOW)
    if (window < WIDEST * SCALE) {
      const isQuiet = successes > (QUIET_ROUNDS * window) / SCALE
      Atomics.add(words, WINDOW, Math.max(isQuiet ? TENTH : 1, Math.floor((SCALE * SCALE) / window)))
    }
    this.left()
  }

  /** The service refused the call for its quota. */
  refused({ epoch }: Slot, retryAfterMs: number | undefined): void {
    const words = this.#words
    if (Atomics.compareExchange(words, EPOCH, epoch, epoch + 1) === epoch) this.#overrun(retryAfterMs)
    if (retryAfterMs !== undefined) this.#pause(retryAfterMs)
    const window = Atomics.load(words, WINDOW)
    Atomics.store(words, WINDOW, Math.max(SCALE, Atomics.load(words, FLOOR), window - SCALE))
    this.left()
  }

  /** The call ended, in whatever way says nothing about the quota. */
  left(): void {
    Atomics.sub(this.#words, this.#lane, 1)
    this.#pump()
  }

  /** A new epoch: how far the window may fall in it, and how long to wait where the service does not say. */
  #overrun(retryAfterMs: number | undefined): void {
    const words = this.#words
    const window = Math.min(Atomics.load(words, WINDOW), this.#inFlight() * SCALE)
    Atomics.store(words, WINDOW, window)
    const wasBorne = Atomics.exchange(words, SUCCESSES, 0) >= window / SCALE
    Atomics.store(words, FLOOR, wasBorne ? Math.floor(window * KEPT) : SCALE)
    const streak = Atomics.add(words, STREAK, 1)
    if (retryAfterMs === undefined && streak > 0) this.#pause(1000 * 2 ** Math.min(streak - 1, 6))
  }

  #pause(ms: number): void {
    const until = this.#time.now() + Math.min(ms, MAX_PAUSE_MS)
    if (this.#pausedUntil[0]! < until) this.#pausedUntil[0] = until
  }

  #take(): boolean {
    if (this.#time.now() < this.#pausedUntil[0]! || this.#inFlight() >= this.window) return false
    Atomics.add(this.#words, this.#lane, 1)
    return true
  }

  #inFlight(): number {
    let count = 0
    for (let i = FIRST_LANE; i < this.#words.length; i++) count += Atomics.load(this.#words, i)
    return count
  }

  #wait(signal: AbortSignal, isAgain: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin: () => {
          signal.removeEventListener("abort", leave)
          resolve()
        }
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1)
        reject(signal.reason)
      }
      signal.addEventListener("abort", leave, { once: true })
      if (isAgain) this.#queue.unshift(waiting)
      else this.#queue.push(waiting)
      this.#lookAgain()
    })
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#take()) this.#queue.shift()!.begin()
    if (this.#queue.length > 0) this.#lookAgain()
  }

  #lookAgain(): void {
    if (this.#callOff !== undefined) return
    const pauseMs = this.#pausedUntil[0]! - this.#time.now()
    this.#callOff = this.#time.later(Math.max(LOOK_MS, Math.ceil(pauseMs)), () => {
      this.#callOff = undefined
      this.#pump()
    })
  }
}
