// The service is simulated, with a clock of its own: each test plays minutes in milliseconds.

import { describe, expect, test } from "vitest"
import { Limiter, type Time } from "./limiter.ts"
import { clearLane, newLimiter } from "./limiter-words.ts"

/** A clock that jumps to whatever is due next. */
class Clock implements Time {
  ms = 1_000
  #due: Array<{ readonly atMs: number; readonly call: () => void }> = []
  now() {
    return this.ms
  }
  later(ms: number, call: () => void) {
    const entry = { atMs: this.ms + ms, call }
    this.#due.push(entry)
    return () => {
      this.#due = this.#due.filter((each) => each !== entry)
    }
  }
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, resolve))
  }
  async runUntil(isDone: () => boolean, limitMs: number): Promise<void> {
    while (!isDone() && this.ms < limitMs) {
      for (let i = 0; i < 20; i++) await Promise.resolve()
      const next = this.#due.sort((a, b) => a.atMs - b.atMs).shift()
      if (next === undefined) return
      this.ms = Math.max(this.ms, next.atMs)
      next.call()
    }
  }
}

type Answer = "served" | { readonly retryAfterMs: number | undefined }
type Service = (nowMs: number, atOnce: number) => Answer

const never = new AbortController().signal

/** So many calls at once through so many lanes; when they are all served, and how many refusals it took. */
async function play(
  service: Service,
  calls: number,
  about: { lanes?: number; latencyMs?: number; limitMs?: number } = {}
) {
  const { lanes = 2, latencyMs = 200, limitMs = 3_600_000 } = about
  const clock = new Clock()
  const words = newLimiter()
  const limiters = Array.from({ length: lanes }, (_, lane) => new Limiter(words, lane, clock))
  let served = 0
  let refused = 0
  let atOnce = 0
  let mostAtOnce = 0
  const one = async (limiter: Limiter) => {
    for (let isAgain = false; ; isAgain = true) {
      const slot = await limiter.enter(never, isAgain)
      mostAtOnce = Math.max(mostAtOnce, ++atOnce)
      const answer = service(clock.ms, atOnce)
      await clock.sleep(answer === "served" ? latencyMs : 10)
      atOnce--
      if (answer === "served") {
        served++
        limiter.succeeded(slot)
        return
      }
      refused++
      limiter.refused(slot, answer.retryAfterMs)
    }
  }
  for (let i = 0; i < calls; i++) void one(limiters[i % lanes]!)
  await clock.runUntil(() => served === calls, limitMs)
  return { served, refused, mostAtOnce, tookMs: clock.ms - 1_000, limiters }
}

/** `requests` per fixed window of `perMs`. */
function fixedWindow(requests: number, perMs: number): Service {
  let startMs = 0
  let used = 0
  return (nowMs) => {
    if (nowMs - startMs >= perMs) {
      startMs = nowMs
      used = 0
    }
    return used++ < requests ? "served" : { retryAfterMs: Math.ceil((startMs + perMs - nowMs) / 1000) * 1000 }
  }
}

/** A bucket of `size` that fills by one each `everyMs`. */
function bucket(size: number, everyMs: number, tellsWhen = true): Service {
  let tokens = size
  let atMs = 1_000
  return (nowMs) => {
    tokens = Math.min(size, tokens + (nowMs - atMs) / everyMs)
    atMs = nowMs
    if (tokens < 1) return { retryAfterMs: tellsWhen ? Math.ceil(((1 - tokens) * everyMs) / 1000) * 1000 : undefined }
    tokens--
    return "served"
  }
}

const atMost =
  (count: number): Service =>
  (_, atOnce) =>
    atOnce <= count ? "served" : { retryAfterMs: undefined }

describe("500 calls at once against a small quota are all served, and the rate is used", () => {
  test.each([
    ["60 in a window of a minute", fixedWindow(60, 60_000), 8 * 60_000, 1.1],
    ["60 a minute from a bucket", bucket(60, 1_000), 440_000, 1.1],
    ["60 a minute from a bucket that does not say when", bucket(60, 1_000, false), 440_000, 1.1],
    ["600 a minute from a bucket", bucket(60, 100), 44_000, 1.2],
    ["100 in windows of ten seconds", fixedWindow(100, 10_000), 40_000, 1.2],
    ["one a second, whatever came before", bucket(1, 1_000), 500_000, 1.3],
    ["8 at once", atMost(8), (500 / 8) * 200, 1.3]
  ])("%s", async (_, service, idealMs, most) => {
    const { served, refused, tookMs } = await play(service, 500)

    expect(served).toBe(500)
    expect(tookMs).toBeLessThan(idealMs * most + 2_000)
    expect(refused).toBeLessThan(2_000)
  })
})

test("a service that refuses nothing is given everything at once", async () => {
  const { mostAtOnce, tookMs } = await play(() => "served", 1_000, { lanes: 4 })

  expect(mostAtOnce).toBe(1_000)
  expect(tookMs).toBeLessThan(300)
})

test("a burst is cut to what was served, and the window recovers when the service does", async () => {
  let isSmall = true
  const { limiters } = await play((nowMs, atOnce) => (isSmall ? atMost(8)(nowMs, atOnce) : "served"), 300)
  expect(limiters[0]!.window).toBeLessThan(16)

  isSmall = false
  const limiter = limiters[0]!
  for (let i = 0; i < 2_000; i++) limiter.succeeded(await limiter.enter(never))

  expect(limiter.window).toBeGreaterThan(150)
})

test("who stops waiting leaves the queue, and nobody waits for it", async () => {
  const clock = new Clock()
  const limiter = new Limiter(newLimiter(), 0, clock)
  const slot = await limiter.enter(never)
  limiter.refused(slot, 5_000)
  const stopping = new AbortController()
  const order: string[] = []
  const stopped = limiter.enter(stopping.signal).catch((reason: unknown) => order.push(String(reason)))
  void limiter.enter(never).then(() => order.push("first"))
  void limiter.enter(never, true).then(() => order.push("refused before"))

  stopping.abort("stopped")
  await stopped
  await clock.runUntil(() => order.length === 3, 20_000)

  expect(order.slice(0, 2)).toEqual(["stopped", "refused before"])
  expect(clock.ms).toBeGreaterThanOrEqual(6_000)
})

test("the slots of a lane that died are free again (G3)", async () => {
  const clock = new Clock()
  const words = newLimiter()
  const dying = new Limiter(words, 3, clock)
  const living = new Limiter(words, 4, clock)
  const slots = await Promise.all([1, 2, 3].map(() => dying.enter(never)))
  for (const slot of slots.slice(1)) dying.refused(slot, undefined)
  expect(living.window).toBe(1)
  let hasBegun = false
  void living.enter(never).then(() => {
    hasBegun = true
  })
  await clock.runUntil(() => hasBegun, 3_000)
  expect(hasBegun).toBe(false)

  clearLane(words, 3)
  await clock.runUntil(() => hasBegun, 20_000)

  expect(hasBegun).toBe(true)
})
