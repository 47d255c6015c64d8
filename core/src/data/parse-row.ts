// One row's text → row. The only parser of rows; it runs in the worker, once a line.

import type { FlowPlan } from "../contracts/flow-plan.ts"
import { ForeignValue, losesNumbers, parseExactJson, parsePythonJson, type Row, setOwn } from "../contracts/value.ts"
import { findJsonMistake } from "./json-mistake.ts"
import { lineInputError } from "./line-input-error.ts"
import { pythonJson } from "./python-text.ts"

/**
 * Parses one row. Besides JSON it takes what promptflow's reader takes: the bare words `NaN`, `Infinity` and
 * `-Infinity`, a comma after an object's last member, numbers such as `01` and `1.`, and a raw tab inside a string.
 *
 * @throws {LineInputError} `InvalidUserData`, when the text is not JSON (naming the column) or not an object
 */
export function parseRow(text: string): Row {
  let row: unknown
  try {
    row = JSON.parse(text)
  } catch (error) {
    row = parseTolerantly(text, error)
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    const kind = row === null ? "null" : Array.isArray(row) ? "a list" : `a ${typeof row}`
    throw lineInputError(
      "InvalidUserData",
      "The row is {kind}, not an object with a value for each column: {excerpt}",
      {
        kind,
        excerpt: text.length > 60 ? `${text.slice(0, 57)}...` : text
      }
    )
  }
  return row as Row
}

/**
 * Parses one row for a flow that hands its values to Python: a column that holds a number JavaScript would change on the
 * way (`1.0`, an integer beyond 2^53) is a `ForeignValue`.
 *
 * @param isJoined true for rows of several sources, whose columns are one level further down
 * @throws {LineInputError} as `parseRow` does
 */
export function parseExactRow(text: string, isJoined = false): Row {
  const row = parseRow(text)
  return losesNumbers(text) ? exactRow(row, text, isJoined) : row
}

/**
 * How the rows of a flow are parsed: JavaScript sees numbers as it parses them; every other language is to see them as the
 * data has them.
 */
export function compileParsing(plan: FlowPlan, isJoined: boolean): (text: string) => Row {
  const isForeign = plan.nodes.length === 0 || plan.nodes.some((node) => node.type !== "javascript")
  return isForeign ? (text) => parseExactRow(text, isJoined) : parseRow
}

/** The row with each column that JavaScript would change for Python as the text it stands in. */
function exactRow(row: Row, text: string, isJoined: boolean): Row {
  let exact: Row
  try {
    exact = parseExactJson(text) as Row
  } catch {
    // One of promptflow's oddities: its numbers are taken as they were parsed.
    return row
  }
  for (const name of Object.keys(row)) {
    const value = exact[name]
    const isRow = isJoined && value !== null && typeof value === "object" && !(value instanceof ForeignValue)
    if (isRow) setOwn(row, name, exactColumns(row[name] as Row, value as Row))
    else setOwn(row, name, exactColumn(row[name], value))
  }
  return row
}

function exactColumns(row: Row, exact: Row): Row {
  for (const name of Object.keys(row)) setOwn(row, name, exactColumn(row[name], exact[name]))
  return row
}

function exactColumn(value: unknown, exact: unknown): unknown {
  if (exact === null || typeof exact !== "object" || exact instanceof ForeignValue) return exact
  return holdsForeign(exact) ? new ForeignValue(pythonJson(exact)) : value
}

const holdsForeign = (value: unknown): boolean =>
  value instanceof ForeignValue ||
  (value !== null && typeof value === "object" && Object.values(value).some(holdsForeign))

function parseTolerantly(text: string, error: unknown): unknown {
  try {
    return parsePythonJson(text.replace(TOKEN, repairToken))
  } catch {
    throw mistake(text, error)
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|,(?=\s*\})|-?\d[\d.eE+-]*/g

function repairToken(token: string): string {
  if (token === ",") return ""
  if (token.startsWith('"')) return token.replaceAll("\t", "\\t")
  return token.replace(/^(-?)0+(?=\d)/, "$1").replace(/\.$/, "")
}

function mistake(text: string, error: unknown): Error {
  const found = findJsonMistake(text)
  if (found === undefined) {
    const reason = error instanceof Error ? error.message : String(error)
    return lineInputError("InvalidUserData", "The row is not valid JSON: {reason}", { reason })
  }
  const { index, expected } = found
  const excerpt = `${index > 20 ? "..." : ""}${text.slice(Math.max(0, index - 20), index + 20)}${index + 20 < text.length ? "..." : ""}`
  const got =
    index >= text.length
      ? "the row ends"
      : `there is ${JSON.stringify(String.fromCodePoint(text.codePointAt(index) as number))}`
  return lineInputError(
    "InvalidUserData",
    "The row is not valid JSON at column {column}: {got} where {expected} should be, in: {excerpt}",
    { column: String(index + 1), got, expected, excerpt },
    hintFor(text, index)
  )
}

function hintFor(text: string, index: number): string | undefined {
  const char = text[index]
  if (char === "'") return "JSON takes double quotes only."
  if (/^(True|False|None|nan|inf)\b/.test(text.slice(index, index + 6))) {
    return "This looks like a printed Python value: write true, false, null or NaN."
  }
  if (text.includes("\u0000")) return "The row has zero bytes in it: is the file text?"
  return undefined
}
