// Time, as leases see it. Tests hand in their own.

export interface Clock {
  /** Milliseconds since the epoch, comparable between processes. */
  now(): number
  /** Calls `tick` every `intervalMs`, without keeping the process alive; the result stops it. */
  every(intervalMs: number, tick: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  every: (intervalMs, tick) => {
    const timer = setInterval(tick, intervalMs)
    timer.unref()
    return () => clearInterval(timer)
  }
}
