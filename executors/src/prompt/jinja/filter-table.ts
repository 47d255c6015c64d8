// How a filter or a test is written down, and how one is found and applied by name.

import { bind, type Kwargs, type Parameters, type Run } from "./callable.ts"
import { JinjaError, typeError } from "./errors.ts"

/** Applies a filter to a value. */
export type Filter = (value: unknown, args: readonly unknown[], kwargs: Kwargs, run: Run) => unknown

/**
 * A filter that is a Python function: `parameters` are all of them, the value's first.
 *
 * @param hidden what Jinja2 passes before the value (environment, context), which Python's messages count
 */
export function define(
  pythonName: string,
  hidden: number,
  parameters: Parameters,
  apply: (bound: readonly unknown[], run: Run) => unknown
): Filter {
  const size = Object.keys(parameters).length
  const defaults = Object.values(parameters)
  return (value, args, kwargs, run) => {
    // The usual case, without names: no need to look at each argument.
    if (kwargs.size === 0 && args.length === 0 && size === 1) return apply([value], run)
    if (kwargs.size === 0 && args.length === size - 1) return apply([value, ...args], run)
    const bound = bind(pythonName, parameters, [value, ...args], kwargs, hidden)
    return apply(bound.length === size ? bound : [...bound, ...defaults.slice(bound.length)], run)
  }
}

/** A filter that is a built-in of one argument: `len`, `abs` … */
export const builtin =
  (name: string, apply: (value: unknown) => unknown): Filter =>
  (value, args, kwargs) => {
    if (kwargs.size > 0) throw typeError(`${name}() takes no keyword arguments`)
    if (args.length > 0) throw typeError(`${name}() takes exactly one argument (${args.length + 1} given)`)
    return apply(value)
  }

export type FilterTable = Readonly<Record<string, Filter>>

/** The filter or test of that name, asked for while rendering (`map("upper")`, `select("odd")`). */
export function findByName(table: FilterTable, kind: "filter" | "test", name: string): Filter {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found === undefined) throw new JinjaError("TemplateRuntimeError", `No ${kind} named '${name}'.`)
  return found
}
