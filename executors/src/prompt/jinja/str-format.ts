// `"{name} has {0[key]:>5}".format(…)`: replacement fields, with the sandbox's rules for looking into values.

import type { Kwargs } from "./callable.ts"
import { JinjaError, valueError } from "./errors.ts"
import { formatValue } from "./format-spec.ts"
import { getAttribute, getItem } from "./lookup.ts"
import { repr, str } from "./values.ts"

/** @throws {JinjaError} `ValueError`, `IndexError` or `KeyError` in Python's words */
export function formatTemplate(template: string, args: readonly unknown[], kwargs: Kwargs): string {
  return new Formatter(args, kwargs).format(template, 2)
}

class Formatter {
  readonly #args: readonly unknown[]
  readonly #kwargs: Kwargs
  /** The next automatic index; `undefined` once fields are numbered by hand. */
  #nextIndex: number | undefined = 0

  constructor(args: readonly unknown[], kwargs: Kwargs) {
    this.#args = args
    this.#kwargs = kwargs
  }

  format(template: string, depth: number): string {
    if (depth < 0) throw valueError("Max string recursion exceeded")
    let result = ""
    for (let at = 0; at < template.length; ) {
      const char = template[at]!
      if ((char === "{" || char === "}") && template[at + 1] === char) {
        result += char
        at += 2
      } else if (char === "{") {
        const end = fieldEnd(template, at)
        result += this.#field(template.slice(at + 1, end), depth)
        at = end + 1
      } else if (char === "}") {
        throw valueError("Single '}' encountered in format string")
      } else {
        result += char
        at += 1
      }
    }
    return result
  }

  #field(field: string, depth: number): string {
    const match = /^((?:[^[\]!:]|\[[^\]]*\])*)(?:!([^:]*))?(?::([\s\S]*))?$/.exec(field)
    if (match === null) throw valueError("expected '}' before end of string")
    const [, path = "", conversion, spec = ""] = match
    let value = this.#value(path)
    if (conversion === "r" || conversion === "a") value = repr(value)
    else if (conversion === "s") value = str(value)
    else if (conversion !== undefined) throw valueError(`Unknown conversion specifier ${conversion}`)
    return formatValue(value, this.format(spec, depth - 1))
  }

  #value(path: string): unknown {
    const [first = ""] = /^[^.[]*/.exec(path)!
    let value = this.#first(first)
    for (const [step, attribute, index] of path.slice(first.length).matchAll(/\.([^.[]+)|\[([^\]]*)\]|(?:)/g)) {
      if (step === "") continue
      if (attribute !== undefined) value = getAttribute(value, attribute)
      else value = getItem(value, /^\d+$/.test(index!) ? Number(index) : index)
    }
    return value
  }

  #first(name: string): unknown {
    if (name !== "" && !/^\d+$/.test(name)) {
      if (!this.#kwargs.has(name)) throw new JinjaError("KeyError", repr(name))
      return this.#kwargs.get(name)
    }
    if (name === "" && this.#nextIndex === undefined) {
      throw valueError("cannot switch from manual field specification to automatic field numbering")
    }
    if (name !== "" && (this.#nextIndex ?? 0) > 0) {
      throw valueError("cannot switch from manual field specification to automatic field numbering")
    }
    const index = name === "" ? this.#nextIndex! : Number(name)
    this.#nextIndex = name === "" ? index + 1 : undefined
    if (index >= this.#args.length) {
      throw new JinjaError("IndexError", `Replacement index ${index} out of range for positional args tuple`)
    }
    return this.#args[index]
  }
}

function fieldEnd(template: string, start: number): number {
  let depth = 0
  for (let at = start; at < template.length; at++) {
    if (template[at] === "{") depth += 1
    else if (template[at] === "}" && --depth === 0) return at
  }
  throw valueError(
    start === template.length - 1 ? "Single '{' encountered in format string" : "expected '}' before end of string"
  )
}
