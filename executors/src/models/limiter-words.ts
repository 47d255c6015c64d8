// The shared words of a limiter: where each number is, and how they begin. See limiter.ts for what they mean.

/** Indexes of the shared words. */
export const WINDOW = 0
export const FLOOR = 1
/** Counts the times that the quota was overrun: a refusal of a call that began before the last one is no news. */
export const EPOCH = 2
export const SUCCESSES = 3
/** Overruns since the last success. */
export const STREAK = 4
/** Successes since the beginning: whether anything went forward meanwhile. */
export const PROGRESS = 5
/** From here on, the calls in flight of each lane. */
export const FIRST_LANE = 8
const LANES = 256
const PAUSE_BYTE = 4 * (FIRST_LANE + LANES)

/** Windows are kept in parts, as they grow by less than a call. */
export const SCALE = 1024
export const WIDEST = 100_000

export function newLimiter(): SharedArrayBuffer {
  const words = new SharedArrayBuffer(PAUSE_BYTE + 8)
  wordsOf(words)[WINDOW] = WIDEST * SCALE
  return words
}

export const wordsOf = (words: SharedArrayBuffer): Int32Array => new Int32Array(words, 0, FIRST_LANE + LANES)

/** One number: until when the quota is left alone, in milliseconds since the epoch. */
export const pauseOf = (words: SharedArrayBuffer): Float64Array => new Float64Array(words, PAUSE_BYTE, 1)

export const laneWord = (lane: number): number => FIRST_LANE + (lane % LANES)

/** Frees the slots that a lane has, when it has died. */
export function clearLane(words: SharedArrayBuffer, lane: number): void {
  Atomics.store(wordsOf(words), laneWord(lane), 0)
}
