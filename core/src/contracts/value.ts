// The values that move through a flow, and the one wrapper that lets a value stay where it was made.

import type { PathStep } from "./flow-plan.ts"

/** What JSON can hold. Flow inputs, literals and outputs are made of it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** One row of data: column name → value. Made by `JSON.parse`, so own keys only (`__proto__` included). */
export type Row = Record<string, unknown>

/** Flow input name → value, after mapping (and, in the walk, after coercion). */
export type LineInputs = Record<string, unknown>

/** Sets an own property of that name, whatever the name: `__proto__` is a name like any other in a user's data. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") target[name] = value
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

/**
 * A value made by another language's process, carried as the JSON text that process wrote. It keeps what JavaScript's
 * numbers would lose (`1.0`, `NaN`, integers above 2^53), and costs a parse only when JavaScript looks at it.
 *
 * F1. `text` is what goes into `output.jsonl` and into an aggregation list, unchanged.
 * F2. `handle`, when there is one, names the live object inside the process that made it, for the life of the line.
 */
export class ForeignValue {
  readonly text: string
  readonly handle: number | undefined
  /** False when the object could not be written as JSON: `text` is then the JSON string of its text form. */
  readonly isSerializable: boolean
  /** Why it could not be written, as its language says it. Known at most where `isSerializable` is false. */
  readonly reason: string | undefined
  #parsed: unknown
  #isParsed = false

  constructor(text: string, handle?: number, isSerializable = true, reason?: string) {
    this.text = text
    this.handle = handle
    this.isSerializable = isSerializable
    this.reason = reason
  }

  /** The value as JavaScript sees it. `NaN` and the infinities that Python writes as bare words become numbers. */
  get value(): unknown {
    if (!this.#isParsed) {
      this.#parsed = parsePythonJson(this.text)
      this.#isParsed = true
    }
    return this.#parsed
  }
}

/** A part of a foreign value, to be found by the process that made it: its rules for attributes and keys apply. */
export class ForeignReference {
  readonly source: ForeignValue
  readonly path: readonly PathStep[]

  constructor(source: ForeignValue, path: readonly PathStep[]) {
    this.source = source
    this.path = path
  }
}

/** Parses JSON that may hold Python's bare `NaN`, `Infinity` and `-Infinity` (outside of strings). */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return JSON.parse(marked(text), (_, value) => unmarked(value))
  }
}

/**
 * Parses like `parsePythonJson`, but a number that JavaScript would change for Python stays a `ForeignValue`: a float that
 * is whole (`1.0`, `1e3`), an integer beyond 2^53.
 */
export function parseExactJson(text: string): unknown {
  if (!LOSES_NUMBERS.test(text)) return parsePythonJson(text)
  const exact = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const source = context?.source
    if (typeof value !== "number" || source === undefined || !Number.isInteger(value)) return unmarked(value)
    if (/[.eE]/.test(source)) return wholeFloat(value)
    return Number.isSafeInteger(value) ? value : new ForeignValue(source)
  }
  return JSON.parse(/NaN|Infinity/.test(text) ? marked(text) : text, exact)
}

/** True for JSON text with numbers that a JavaScript number may not keep as Python has them. */
export const losesNumbers = (text: string): boolean => LOSES_NUMBERS.test(text)

const LOSES_NUMBERS = /[0-9](?:\.0*(?![0-9])|[eE][+-]?[0-9]|[0-9]{15})/

/** A value of a flow file, as it was written where its JSON text is there to say more than the plain value. */
export const asWritten = (value: unknown, json: string | undefined): unknown =>
  json === undefined ? value : new ForeignValue(json)

/** A whole number as Python's float: `3` as `3.0`. */
export function wholeFloat(value: number): ForeignValue {
  const isPlain = Math.abs(value) < 1e16
  const text = isPlain ? `${Object.is(value, -0) ? "-0" : value}.0` : value.toExponential().replace(/e\+(\d)$/, "e+0$1")
  return new ForeignValue(text)
}

/** Bare words as objects that JSON can hold, and back. */
const marked = (text: string): string =>
  text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/g, (token) =>
    token.startsWith('"') ? token : `{${JSON.stringify(NON_FINITE)}:"${token}"}`
  )
const unmarked = (value: unknown): unknown =>
  value !== null && typeof value === "object" && Object.hasOwn(value, NON_FINITE)
    ? Number((value as Record<string, unknown>)[NON_FINITE])
    : value
const NON_FINITE = "\u0000throughline.non-finite"
