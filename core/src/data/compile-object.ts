// Functions that build one object: the same keys, in the same order, every time. Loads in a thread.

import { setOwn } from "../contracts/value.ts"

/** One or two arguments. */
type Arguments = readonly [unknown] | readonly [unknown, unknown]
type Build<A extends Arguments, R = unknown> = (...from: A) => R

/**
 * Compiles the building of an object.
 *
 * V8 gives an object literal its shape at once and inlines the readers, where assigning by name looks the name up each
 * time: a third of the cost for what every line does several times. Where the host forbids code from texts, names are
 * assigned.
 *
 * @param names distinct; any text, `__proto__` too
 * @param reads by name; called in order, and what one throws comes out
 * @returns a function whose result has exactly `names` as own keys
 */
export function compileObject<A extends Arguments>(
  names: readonly string[],
  reads: ReadonlyArray<Build<A>>
): Build<A, Record<string, unknown>> {
  const readers = reads.map((_, i) => `read${i}`)
  // A computed key is always the object's own, `__proto__` too.
  const members = names.map((name, i) => `[${JSON.stringify(name)}]: read${i}(a, b)`)
  try {
    const bind = new Function(...readers, `return (a, b) => ({ ${members.join(", ")} })`)
    return bind(...reads) as Build<A, Record<string, unknown>>
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    return (...from) => {
      const built: Record<string, unknown> = {}
      for (const [i, name] of names.entries()) setOwn(built, name, reads[i]!(...from))
      return built
    }
  }
}
