// When lines that fail end the run: by count, or by part of all lines.
//
// C1. A count ends the run as soon as it is reached. A percentage does so as soon as no outcome of the lines that are left
//     could bring it down again, where the number of lines is known; otherwise at the end.

import { InvalidOption } from "../contracts/errors.ts"

export type LineErrorLimit = { readonly count: number } | { readonly percent: number }

/** @throws {InvalidOption} */
export function lineErrorLimitOf(given: number | string | undefined): LineErrorLimit | undefined {
  if (given === undefined) return undefined
  if (typeof given === "number" && Number.isInteger(given) && given >= 1) return { count: given }
  const percent = typeof given === "string" ? /^(\d+(?:\.\d+)?)%$/.exec(given)?.[1] : undefined
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return { percent: Number(percent) }
  throw new InvalidOption({
    option: "failOnLineErrors",
    got: given,
    accepts: 'a number of lines, or a part such as "10%"'
  })
}

/** @param total all lines; `undefined` while nobody knows */
export function isReached(limit: LineErrorLimit | undefined, failed: number, total: number | undefined): boolean {
  if (limit === undefined || failed === 0) return false
  if ("count" in limit) return failed >= limit.count
  return total !== undefined && failed * 100 >= limit.percent * total
}
