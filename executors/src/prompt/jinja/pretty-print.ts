// The `pprint` filter: `repr` with dicts sorted by key, broken into lines where it is wider than 80.

import { compare } from "./operators.ts"
import { lengthOf, splitLines } from "./text.ts"
import { type DictLike, dictEntries, isDict, repr, Tuple } from "./values.ts"

const WIDTH = 80

export const prettyPrint = (value: unknown): string => print(value, { column: 0, after: 0, isOutermost: true })

interface Room {
  /** Where the value starts. */
  readonly column: number
  /** How many characters must follow it on its last line. */
  readonly after: number
  readonly isOutermost: boolean
}

function print(value: unknown, room: Room): string {
  const flat = flatRepr(value)
  if (lengthOf(flat) <= WIDTH - room.column - room.after) return flat
  if (typeof value === "string") return printText(value, room)
  if (Array.isArray(value)) return printItems("[", value, "]", room)
  if (value instanceof Tuple) return printItems("(", value.items, value.items.length === 1 ? ",)" : ")", room)
  if (!isDict(value)) return flat
  const column = room.column + 1
  const entries = sortedEntries(value)
  const parts = entries.map(([key, item], at) => {
    const label = `${flatRepr(key)}: `
    const after = at === entries.length - 1 ? room.after + 1 : 1
    return label + print(item, { column: column + lengthOf(label), after, isOutermost: false })
  })
  return `{${parts.join(`,\n${" ".repeat(column)}`)}}`
}

function printItems(open: string, items: readonly unknown[], close: string, room: Room): string {
  const column = room.column + 1
  const parts = items.map((item, at) => {
    const after = at === items.length - 1 ? room.after + close.length : 1
    return print(item, { column, after, isOutermost: false })
  })
  return open + parts.join(`,\n${" ".repeat(column)}`) + close
}

/** A long text becomes several literals, broken after line ends and between words. */
function printText(text: string, room: Room): string {
  const column = room.column + (room.isOutermost ? 1 : 0)
  const after = room.after + (room.isOutermost ? 1 : 0)
  const width = WIDTH - column
  const lines = splitLines(text, true)
  const literals = lines.flatMap((line, at) => {
    const isLast = at === lines.length - 1
    const literal = repr(line)
    return lengthOf(literal) <= width - (isLast ? after : 0) ? [literal] : breakWords(line, width, isLast ? after : 0)
  })
  if (literals.length === 1) return repr(lines.at(-1))
  const joined = literals.join(`\n${" ".repeat(column)}`)
  return room.isOutermost ? `(${joined})` : joined
}

function breakWords(line: string, width: number, after: number): string[] {
  const words = line.match(/\S+\s*|\s+/gu) ?? []
  const literals: string[] = []
  let current = ""
  for (const [at, word] of words.entries()) {
    const room = at === words.length - 1 ? width - after : width
    if (lengthOf(repr(current + word)) <= room) {
      current += word
      continue
    }
    if (current !== "") literals.push(repr(current))
    current = word
  }
  return current === "" ? literals : [...literals, repr(current)]
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
