// The outcome of some work, or the reason of a signal if that comes first.

/** @param stop called when the signal is aborted, before the reason is thrown; the work itself goes on */
export async function untilAborted<A>(
  work: Promise<A>,
  signal: AbortSignal | undefined,
  stop: () => void = () => {}
): Promise<A> {
  if (signal === undefined) return work
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      stop()
      reject(signal.reason)
    }
  })
  work.catch(() => {})
  if (signal.aborted) onAbort()
  else signal.addEventListener("abort", onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener("abort", onAbort)
  }
}
