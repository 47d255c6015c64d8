// `a, b = value`, with Python's complaints.

import { typeError, valueError } from "./errors.ts"
import { iterate, typeName } from "./values.ts"

/** Exactly `count` items of something that can be looped over. */
export function unpack(value: unknown, count: number): unknown[] {
  let items: Iterator<unknown>
  try {
    items = iterate(value)[Symbol.iterator]()
  } catch {
    throw typeError(`cannot unpack non-iterable ${typeName(value)} object`)
  }
  const values: unknown[] = []
  for (let next = items.next(); !next.done; next = items.next()) {
    if (values.length === count) throw valueError(`too many values to unpack (expected ${count})`)
    values.push(next.value)
  }
  if (values.length < count) throw valueError(`not enough values to unpack (expected ${count}, got ${values.length})`)
  return values
}
