// The `pprint` filter: `repr` with dicts sorted by key, broken into lines where it is wider than 80.

import { compare } from "./operators.ts"
import { lengthOf } from "./text.ts"
import { type DictLike, dictEntries, isDict, repr, Tuple } from "./values.ts"

const WIDTH = 80

export const prettyPrint = (value: unknown): string => print(value, 0, 0)

/** @param column where the value starts; @param after how many characters must follow it on its last line */
function print(value: unknown, column: number, after: number): string {
  const flat = flatRepr(value)
  if (lengthOf(flat) <= WIDTH - column - after) return flat
  if (Array.isArray(value)) return lines("[", value, "]", column, after)
  if (value instanceof Tuple && value.items.length > 0) {
    return lines("(", value.items, value.items.length === 1 ? ",)" : ")", column, after)
  }
  if (!isDict(value)) return flat
  const entries = sortedEntries(value)
  const inner = column + 1
  const parts = entries.map(([key, item], at) => {
    const keyText = `${flatRepr(key)}: `
    return keyText + print(item, inner + lengthOf(keyText), at === entries.length - 1 ? after + 1 : 1)
  })
  return `{${parts.join(`,\n${" ".repeat(inner)}`)}}`
}

function lines(open: string, items: readonly unknown[], close: string, column: number, after: number): string {
  const inner = column + 1
  const parts = items.map((item, at) => print(item, inner, at === items.length - 1 ? after + close.length : 1))
  return open + parts.join(`,\n${" ".repeat(inner)}`) + close
}

function flatRepr(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flatRepr).join(", ")}]`
  if (value instanceof Tuple) {
    return value.items.length === 1 ? `(${flatRepr(value.items[0])},)` : `(${value.items.map(flatRepr).join(", ")})`
  }
  if (!isDict(value)) return repr(value)
  return `{${sortedEntries(value)
    .map(([key, item]) => `${flatRepr(key)}: ${flatRepr(item)}`)
    .join(", ")}}`
}

function sortedEntries(dict: DictLike): Array<readonly [unknown, unknown]> {
  try {
    return [...dictEntries(dict)].sort(([a], [b]) => compare(a, b, "<"))
  } catch {
    return dictEntries(dict)
  }
}
