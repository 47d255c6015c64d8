// `KEY=VALUE` words, as promptflow reads them: cut at the first `=`, and one pair of quotes around the word or around
// the value is shed (shells of Windows leave them there). Ours: `KEY:=JSON` gives a value that is no text.

import { UsageError } from "./usage-error.ts"

/** @throws {UsageError} for a word without `=`, naming the option */
export function parsePairs(words: readonly string[], option: string): Record<string, unknown> {
  const pairs: Record<string, unknown> = {}
  for (const quoted of words) {
    const word = unquoted(quoted)
    const equals = word.indexOf("=")
    if (equals < 0) throw new UsageError(`Usage error: ${option} KEY=VALUE [KEY=VALUE ...] (got '${quoted}')`)
    const isJson = equals > 1 && word[equals - 1] === ":"
    const key = word.slice(0, isJson ? equals - 1 : equals)
    const text = unquoted(word.slice(equals + 1))
    put(pairs, key, isJson ? jsonValue(text, key, option) : text)
  }
  return pairs
}

/** `{"tags.a": "1"}` → `{tags: {a: "1"}}`. A later key wins over what stands in its way. */
export function nestDottedKeys(pairs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  for (const [dotted, value] of Object.entries(pairs)) {
    const keys = dotted.split(".")
    let at = nested
    for (const key of keys.slice(0, -1)) {
      const inner = Object.hasOwn(at, key) ? at[key] : undefined
      const next = isPlainObject(inner) ? inner : {}
      put(at, key, next)
      at = next
    }
    put(at, keys.at(-1)!, value)
  }
  return nested
}

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

function unquoted(text: string): string {
  const quote = text[0]
  return text.length >= 2 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text
}

function jsonValue(text: string, key: string, option: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`argument ${option}: ${key}:= wants JSON, got '${text}' (${(error as Error).message})`)
  }
}
