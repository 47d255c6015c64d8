// A `.json` file → rows: a list of objects, or an object of columns. Read as a whole.

import { readFileSync } from "node:fs"
import { InvalidData } from "../contracts/errors.ts"
import { parsePythonJson, type Row } from "../contracts/value.ts"
import { findJsonMistake } from "./json-mistake.ts"
import { readObjects } from "./read-objects.ts"
import type { RowFeed } from "./row-feed.ts"

export interface JsonFile {
  readonly path: string
  /** How messages name it. */
  readonly label: string
}

export function readJson(file: JsonFile): RowFeed {
  const text = readText(file)
  if (text.trim() === "") return readObjects([])
  const value = parse(text, file)
  if (Array.isArray(value)) return readObjects(value, (index) => `${file.label}: row ${index}`)
  if (typeof value === "object" && value !== null) return readObjects(transpose(value as Row, file))
  throw invalid(`the file holds ${JSON.stringify(value)?.slice(0, 40)}, not a list of rows`, file.label)
}

function readText(file: JsonFile): string {
  const bytes = readFileSync(file.path)
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) throw invalid("the file is not UTF-8 text", file.label)
    throw invalid(`the file is too large to be read as one JSON text (${bytes.length} bytes)`, file.label, LINES_HINT)
  }
}

const LINES_HINT = "Write one object a line and name the file .jsonl: such files are read in pieces."

function parse(text: string, file: JsonFile): unknown {
  try {
    return parsePythonJson(text)
  } catch (error) {
    const mistake = findJsonMistake(text)
    if (mistake === undefined) throw invalid((error as Error).message, file.label)
    const before = text.slice(0, mistake.index)
    const line = before.split("\n").length
    const column = mistake.index - before.lastIndexOf("\n")
    const isLines = mistake.expected === "the end of the row" && text[mistake.index] === "{"
    throw invalid(
      isLines ? "a second value follows the first" : `not valid JSON: ${mistake.expected} should be here`,
      `${file.label}:${line}:${column}`,
      isLines ? LINES_HINT : undefined
    )
  }
}

/** `{"a": [1, 2], "b": [3, 4]}`, or the same with `{"0": 1, "1": 2}` for the lists, → rows. */
function transpose(columns: Row, file: JsonFile): readonly Row[] {
  const names = Object.keys(columns)
  const scalar = names.find((name) => typeof columns[name] !== "object" || columns[name] === null)
  if (scalar !== undefined) {
    throw invalid(
      `the file holds one object whose "${scalar}" is a single value, not a list of rows`,
      file.label,
      "Put the object into a list: [{...}]."
    )
  }
  const lengths = new Set(names.map((name) => (Array.isArray(columns[name]) ? columns[name].length : "keyed")))
  if (lengths.size > 1) {
    const told = names.map((name) => `"${name}" has ${Object.keys(columns[name] as object).length}`).join(", ")
    throw invalid(`the file holds columns of unequal length: ${told}`, file.label)
  }
  const keys = new Set(names.flatMap((name) => Object.keys(columns[name] as object)))
  return [...keys].map((key) => {
    const cells = names.filter((name) => Object.hasOwn(columns[name] as object, key))
    return Object.fromEntries(cells.map((name) => [name, (columns[name] as Row)[key]]))
  })
}

function invalid(reason: string, place: string, hint?: string): Error {
  return new InvalidData({ reason, place, code: "InvalidUserData", ...(hint === undefined ? {} : { hint }) })
}
