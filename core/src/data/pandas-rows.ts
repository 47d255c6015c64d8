// Rows as promptflow's data loader hands them on: it reads JSON and JSONL through pandas data frames, whose columns make
// values of rows depend on each other. For runs that ask for it (`compat: ["pandas-data"]`); loads the source whole.
//
// P1. A key that only some rows have is NaN in the others.
// P2. In a column of numbers with a null, a gap or a float among them all are floats, nulls and gaps NaN.
// P3. Floats are read as the loader reads them: integer part + 15 digits of the fraction × a power of ten.
// P4. Columns named like dates hold times, as texts, where all of their values are dates: ISO 8601, or seconds (or finer)
//     since 1970. Other ways of writing dates stay as they are.

import { InvalidData } from "../contracts/errors.ts"
import { setOwn, wholeFloat } from "../contracts/value.ts"
import { feedOfTexts, loadRows } from "./number-rows.ts"
import { parseRow } from "./parse-row.ts"
import { pythonJson } from "./python-text.ts"
import type { RowFeed } from "./row-feed.ts"

/** The feed's rows through a data frame. Nothing is read before the first row is taken. */
export function asPandas(feed: RowFeed): RowFeed {
  let loaded: RowFeed | undefined
  return {
    async take(maxRows, maxBytes) {
      if (loaded === undefined) {
        const { texts, places } = await loadRows(feed)
        loaded = feedOfTexts(
          throughFrame(
            texts.map((text, i) => parseCells(text, places[i] ?? "")),
            places
          ),
          places,
          undefined
        )
      }
      return loaded.take(maxRows, maxBytes)
    },
    get rowCount() {
      return loaded?.rowCount
    },
    get bytesTaken() {
      return feed.bytesTaken
    },
    get sizeBytes() {
      return feed.sizeBytes
    },
    close: () => feed.close()
  }
}

/** A number as it is written. */
class Written {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
  get isInteger(): boolean {
    return /^-?\d+$/.test(this.source)
  }
}

type Cells = Record<string, unknown>

function parseCells(text: string, place: string): Cells {
  try {
    const keepSource = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
      typeof value === "number" && context?.source !== undefined ? new Written(context.source) : value
    const cells: unknown = JSON.parse(text, keepSource as Parameters<typeof JSON.parse>[1])
    if (cells !== null && typeof cells === "object" && !Array.isArray(cells)) return cells as Cells
  } catch {
    // What the loader tolerates, or no row: the parser of rows knows.
  }
  try {
    return Object.fromEntries(
      Object.entries(parseRow(text)).map(([key, value]) => [key, typeof value === "number" ? written(value) : value])
    )
  } catch (error) {
    throw new InvalidData({ reason: (error as Error).message, place, code: "InvalidUserData" })
  }
}

const written = (value: number): unknown => (Number.isFinite(value) ? new Written(String(value)) : value)

const MISSING = Symbol("missing")

function throughFrame(rows: readonly Cells[], places: readonly string[]): readonly string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columns = names.map((name) => {
    const cells = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : MISSING))
    refuseLarge(cells, places)
    return columnTexts(name, cells)
  })
  return rows.map((_, i) => `{${names.map((name, c) => `${JSON.stringify(name)}: ${columns[c]![i]}`).join(", ")}}`)
}

/** The loader takes integers of 64 bits. */
function refuseLarge(cells: readonly unknown[], places: readonly string[]): void {
  for (const [i, cell] of cells.entries()) {
    if (!(cell instanceof Written) || !cell.isInteger || cell.source.length < 19) continue
    const value = BigInt(cell.source)
    if (value >= -(2n ** 63n) && value < 2n ** 64n) continue
    const reason = `the integer ${cell.source} has more than 64 bits`
    throw new InvalidData({ reason, place: places[i], code: "InvalidUserData" })
  }
}

function columnTexts(name: string, cells: readonly unknown[]): readonly string[] {
  const dates = isDateName(name) ? datesOf(cells) : undefined
  if (dates !== undefined) return dates.map((text) => JSON.stringify(text))
  const values = cells.filter((cell) => cell !== null && cell !== MISSING)
  const hasGap = cells.includes(MISSING)
  const isNumeric = values.every((cell) => cell instanceof Written || typeof cell === "number")
  const becomesFloat =
    isNumeric &&
    (values.length > 0 || hasGap) &&
    (values.length < cells.length || values.some((cell) => !(cell instanceof Written) || !cell.isInteger))
  return cells.map((cell) => {
    if (cell === MISSING) return "NaN"
    if (!becomesFloat) return textOf(cell)
    return cell instanceof Written ? floatText(floatOf(cell.source)) : cell === null ? "NaN" : floatText(cell as number)
  })
}

function textOf(cell: unknown): string {
  if (cell instanceof Written) return cell.isInteger ? cell.source : floatText(floatOf(cell.source))
  if (Array.isArray(cell)) return `[${cell.map(textOf).join(", ")}]`
  if (cell === null || typeof cell !== "object") return pythonJson(cell)
  const members: Record<string, string> = {}
  for (const [key, value] of Object.entries(cell)) setOwn(members, key, textOf(value))
  return `{${Object.entries(members)
    .map(([key, text]) => `${JSON.stringify(key)}: ${text}`)
    .join(", ")}}`
}

const floatText = (value: number): string =>
  Number.isInteger(value) ? wholeFloat(value).text : Number.isNaN(value) ? "NaN" : pythonJson(value)

/** P3. */
function floatOf(source: string): number {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? []
  if (whole === "") return Number(source)
  const digits = fraction.slice(0, 15)
  const value = Number(whole) + (digits === "" ? 0 : Number(digits) * Number(`1e-${digits.length}`))
  return (sign === "-" ? -value : value) * 10 ** Number(exponent)
}

const isDateName = (name: string): boolean => {
  const lower = name.toLowerCase()
  return /_(at|time)$/.test(lower) || lower === "modified" || lower === "date" || lower.startsWith("timestamp")
}

/** The cells as texts of times; `undefined` where they are not all dates. */
function datesOf(cells: readonly unknown[]): readonly string[] | undefined {
  const given = cells.filter((cell) => cell !== null && cell !== MISSING && cell !== "")
  const isNumeric = given.length > 0 && given.every((cell) => numberOf(cell) !== undefined)
  const unit = isNumeric ? unitOf(given.map((cell) => numberOf(cell)!)) : undefined
  if (isNumeric && unit === undefined) return undefined
  const texts = cells.map((cell) => {
    if (cell === null || cell === MISSING || cell === "") return "NaT"
    if (unit !== undefined) return timeText(new Date(numberOf(cell)! * unit))
    return typeof cell === "string" ? isoTime(cell) : undefined
  })
  return texts.includes(undefined) ? undefined : (texts as string[])
}

function numberOf(cell: unknown): number | undefined {
  if (cell instanceof Written) return Number(cell.source)
  return typeof cell === "string" && /^\s*-?\d+\s*$/.test(cell) ? Number(cell) : undefined
}

const A_YEAR = 31_536_000
const LAST_SECOND = 9_223_372_036

/** Milliseconds of one unit: seconds, or finer where seconds would end too late. Nothing in 1970 is taken for a time. */
function unitOf(numbers: readonly number[]): number | undefined {
  if (numbers.some((number) => number <= A_YEAR)) return undefined
  const most = Math.max(...numbers)
  return [1000, 1, 1e-3, 1e-6].find((unit) => (most * unit) / 1000 <= LAST_SECOND)
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/

function isoTime(text: string): string | undefined {
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone = ""] = ISO.exec(text) ?? []
  if (year === undefined || Number.isNaN(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`))) {
    return undefined
  }
  const offset = zone === "Z" ? "+00:00" : zone.replace(/^([+-]\d{2}):?(\d{2})$/, "$1:$2")
  return `${year}-${month}-${day} ${hour}:${minute}:${second}${fractionText(fraction)}${offset}`
}

const timeText = (time: Date): string => isoTime(time.toISOString().replace(/Z$/, "")) ?? "NaT"

/** In groups of three digits beyond six, and none for zero. */
function fractionText(fraction: string): string {
  const digits = fraction.slice(1).replace(/0+$/, "")
  if (digits === "") return ""
  return `.${digits.padEnd(digits.length <= 6 ? 6 : 9, "0")}`
}
