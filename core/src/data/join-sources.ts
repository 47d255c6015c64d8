// Several sources → one: rows meet by line number. Loaded in memory, as any row may be the last to come.
//
// A source without numbers is numbered by position; all such sources must be equally long. Lines are the numbers that
// every source has, in ascending order.

import { InvalidData } from "../contracts/errors.ts"
import { feedOfTexts, isPlain, type LoadedRows } from "./number-rows.ts"
import type { RowFeed } from "./row-feed.ts"

/**
 * @returns rows `{"<source>": row, …}` in the order of `sources`; each source's row is its text, unchanged
 * @throws {InvalidData} `EmptyInputsData` when nothing has rows, `InputMappingError` when the sources do not fit
 */
export function joinSources(sources: ReadonlyMap<string, LoadedRows>): RowFeed {
  const names = [...sources.keys()]
  const all = [...sources.values()]
  const empty = names.filter((_, i) => all[i]?.texts.length === 0)
  if (empty.length === names.length) throw noRows(names.map(quote))
  if (empty.length > 0) throw misfit(`the source ${empty.map(quote).join(", ")} has no rows, so no line is complete`)
  checkLengths(sources)

  const indexes = all.map(
    ({ texts, lineNumbers }) => new Map((lineNumbers ?? [...texts.keys()]).map((number, i) => [number, i]))
  )
  const [first] = indexes as [Map<number, number>]
  const common = [...first.keys()].filter((number) => indexes.every((index) => index.has(number))).sort((a, b) => a - b)
  if (common.length === 0) throw misfit(`no line number is in every one of the sources ${names.map(quote).join(", ")}`)

  const prefixes = names.map((name) => `${JSON.stringify(name)}: `)
  const textOf = (number: number) => {
    const parts = all.map(({ texts }, i) => prefixes[i] + (texts[indexes[i]?.get(number) as number] as string))
    return `{${parts.join(", ")}}`
  }
  const places = common.map((number) => `line ${number} of ${names.join(" and ")}`)
  return feedOfTexts(common.map(textOf), places, isPlain(common) ? undefined : common)
}

/** No source has a row. @param shown the sources as a user knows them: their paths, where they have any */
export function noRows(shown: readonly string[]): InvalidData {
  return new InvalidData({
    reason: shown.length === 0 ? "no data was given" : `there are no rows in ${shown.join(", ")}`,
    place: undefined,
    code: "EmptyInputsData"
  })
}

function checkLengths(sources: ReadonlyMap<string, LoadedRows>): void {
  const byPosition = [...sources].filter(([, rows]) => rows.lineNumbers === undefined)
  if (new Set(byPosition.map(([, rows]) => rows.texts.length)).size < 2) return
  const told = byPosition.map(([name, rows]) => `${quote(name)} has ${rows.texts.length}`).join(", ")
  throw misfit(
    `the sources do not have the same number of rows: ${told}`,
    "Rows without a line_number are matched by position. Give all rows a line_number to match them by that."
  )
}

function misfit(reason: string, hint?: string): InvalidData {
  return new InvalidData({
    reason,
    place: undefined,
    code: "InputMappingError",
    ...(hint === undefined ? {} : { hint })
  })
}

const quote = (name: string) => `'${name}'`
