// Things that a template can call, and how Python binds arguments to parameters.

import { JinjaError, typeError } from "./errors.ts"
import { isStr, PyObject, textOf, typeName, Undefined } from "./values.ts"

/** Keyword arguments by name, in the order given. */
export type Kwargs = ReadonlyMap<string, unknown>

export const NO_KWARGS: Kwargs = new Map()

/** What is particular to one rendering. */
export interface Run {
  /** True inside of `{% autoescape true %}`. */
  autoescape: boolean
  /** Macros, blocks and recursive loops that are being rendered inside of each other. */
  depth: number
}

export abstract class Callable extends PyObject {
  abstract call(args: readonly unknown[], kwargs: Kwargs, run: Run): unknown
}

/** A function, a class or a bound method, as `typeName` says. */
export class Builtin extends Callable {
  readonly typeName: string
  readonly #text: string
  readonly #call: (args: readonly unknown[], kwargs: Kwargs, run: Run) => unknown

  constructor(
    text: string,
    call: (args: readonly unknown[], kwargs: Kwargs, run: Run) => unknown,
    typeName = "builtin_function_or_method"
  ) {
    super()
    this.#text = text
    this.#call = call
    this.typeName = typeName
  }
  call(args: readonly unknown[], kwargs: Kwargs, run: Run): unknown {
    return this.#call(args, kwargs, run)
  }
  repr(): string {
    return `<${this.#text}>`
  }
}

/** `value(*args, **kwargs)`. */
export function callValue(value: unknown, args: readonly unknown[], kwargs: Kwargs, run: Run): unknown {
  if (value instanceof Callable) return value.call(args, kwargs, run)
  if (value instanceof Undefined) value.fail()
  throw typeError(`'${typeName(value)}' object is not callable`)
}

/** Marks a parameter without default. */
export const REQUIRED = Symbol("required")

/** Parameter → default, or `REQUIRED`; in order. */
export type Parameters = Readonly<Record<string, unknown>>

/**
 * Arguments in the order of the parameters, defaults filled in.
 *
 * @param hidden how many parameters before these Python counts in its messages
 * @throws {JinjaError} `TypeError` in Python's words
 */
export function bind(
  name: string,
  parameters: Parameters,
  args: readonly unknown[],
  kwargs: Kwargs,
  hidden = 0
): unknown[] {
  const names = Object.keys(parameters)
  if (args.length > names.length) throw tooMany(name, parameters, args.length, hidden)
  const bound: unknown[] = [...args]
  for (const key of kwargs.keys()) {
    const at = names.indexOf(key)
    if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`)
    if (at < args.length) throw typeError(`${name}() got multiple values for argument '${key}'`)
  }
  const missing: string[] = []
  for (const key of names.slice(args.length)) {
    const value = kwargs.has(key) ? kwargs.get(key) : parameters[key]
    if (value === REQUIRED) missing.push(`'${key}'`)
    bound.push(value)
  }
  if (missing.length > 0) {
    const last = missing.at(-1)
    const list = missing.length > 2 ? `${missing.slice(0, -1).join(", ")}, and ${last}` : missing.join(" and ")
    throw typeError(
      `${name}() missing ${missing.length} required positional argument${missing.length > 1 ? "s" : ""}: ${list}`
    )
  }
  return bound
}

function tooMany(name: string, parameters: Parameters, given: number, hidden: number): JinjaError {
  const all = Object.values(parameters)
  const most = all.length + hidden
  const least = all.filter((value) => value === REQUIRED).length + hidden
  const takes = least === most ? `${most}` : `from ${least} to ${most}`
  const plural = most === 1 ? "argument" : "arguments"
  return typeError(`${name}() takes ${takes} positional ${plural} but ${given + hidden} were given`)
}

/** How built-in functions (written in C) complain about their number of arguments. */
export function checkCount(name: string, args: readonly unknown[], least: number, most: number): void {
  const given = args.length
  if (given >= least && given <= most) return
  const bound = given < least ? least : most
  const quantity = least === most ? "" : given < least ? "at least " : "at most "
  throw typeError(`${name} expected ${quantity}${bound} argument${bound === 1 ? "" : "s"}, got ${given}`)
}

/** An int argument of a built-in. */
export function intArgument(value: unknown): number {
  if (typeof value === "boolean") return Number(value)
  if (typeof value === "number" && Number.isInteger(value)) return value
  if (typeof value === "bigint") throw new JinjaError("OverflowError", "Python int too large to convert to C ssize_t")
  if (value instanceof Undefined) value.fail()
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`)
}

/** A text argument of a built-in. */
export function textArgument(value: unknown, message: (type: string) => string): string {
  if (isStr(value)) return textOf(value)
  throw typeError(message(typeName(value)))
}
