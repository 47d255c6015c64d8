// `value.name`, `value[key]` and `value[a:b]`, by the sandbox's rules.
//
// U1. `.name` prefers attributes (so `d.items` is the method even where the dict has such a key); `[key]` prefers items.
// U2. A name that starts with `_` is never given out: what Python has under it becomes an undefined value that fails with
//     `SecurityError`, anything else is just not there.

import { Builtin, type Kwargs } from "./callable.ts"
import { describeMethod, methodsOf } from "./container-methods.ts"
import { typeError, valueError } from "./errors.ts"
import { Float, isFloat, isInt, isNumber } from "./numbers.ts"
import { positive } from "./operators.ts"
import { lengthOf, points } from "./text.ts"
import { TEXT_METHODS } from "./text-methods.ts"
import {
  dictGet,
  isDict,
  isStr,
  Markup,
  MISSING,
  PyObject,
  Range,
  Tuple,
  textOf,
  typeName,
  Undefined
} from "./values.ts"

/** `value.name`. */
export function getAttribute(value: unknown, name: string): unknown {
  const attribute = value instanceof Undefined && !SPECIAL.test(name) ? value.fail() : attributeOf(value, name)
  if (attribute !== MISSING) return attribute
  const item = itemOf(value, name)
  return item === MISSING ? Undefined.ofMember(value, name) : item
}

/** `value[key]`. */
export function getItem(value: unknown, key: unknown): unknown {
  if (value instanceof Undefined) value.fail()
  const item = itemOf(value, key)
  if (item !== MISSING) return item
  if (isStr(key)) {
    const attribute = attributeOf(value, textOf(key))
    if (attribute !== MISSING) return attribute
  }
  return Undefined.ofMember(value, key)
}

/** What the `attr` filter gives: never an item. */
export function onlyAttribute(value: unknown, name: string): unknown {
  if (value instanceof Undefined) value.fail()
  const attribute = attributeOf(value, name)
  return attribute === MISSING ? Undefined.ofMember(value, name) : attribute
}

/** Python's special names that every value has. */
const SPECIAL =
  /^__(?:class|doc|init|new|repr|str|eq|ne|lt|le|gt|ge|hash|dir|format|reduce|reduce_ex|sizeof|delattr|getattribute|setattr|init_subclass|subclasshook|getstate)__$/
/** Those that only containers and texts have. */
const SPECIAL_OF_CONTAINERS = /^__(?:len|iter|getitem|contains|add|mul|rmul)__$/

function attributeOf(value: unknown, name: string): unknown {
  if (name.startsWith("_")) {
    const isThere =
      SPECIAL.test(name) ||
      (SPECIAL_OF_CONTAINERS.test(name) && (isStr(value) || Array.isArray(value) || isDict(value)))
    return isThere
      ? new Undefined(() => `access to attribute '${name}' of '${typeName(value)}' object is unsafe.`, "SecurityError")
      : MISSING
  }
  if (isStr(value)) {
    const method = Object.hasOwn(TEXT_METHODS, name) ? TEXT_METHODS[name] : undefined
    if (method === undefined) return MISSING
    const text = textOf(value)
    return boundMethod(value, name, (args, kwargs) =>
      value instanceof Markup ? asMarkup(method(text, args, kwargs)) : method(text, args, kwargs)
    )
  }
  if (value instanceof PyObject) {
    const attribute = value.attribute(name)
    if (attribute !== MISSING) return attribute
  }
  const methods = methodsOf(value)
  if (methods !== undefined && Object.hasOwn(methods, name)) {
    const method = methods[name]! as (self: unknown, args: readonly unknown[], kwargs: Kwargs) => unknown
    return boundMethod(value, name, (args, kwargs) => method(value, args, kwargs))
  }
  if (isNumber(value)) {
    if (name === "real" || (name === "numerator" && !isFloat(value))) return positive(value)
    if (name === "imag") return isFloat(value) ? new Float(0) : 0
    if (name === "denominator" && !isFloat(value)) return 1
  }
  return MISSING
}

const boundMethod = (owner: unknown, name: string, call: (args: readonly unknown[], kwargs: Kwargs) => unknown) =>
  new Builtin(describeMethod(owner, name), call)

function asMarkup(value: unknown): unknown {
  if (typeof value === "string") return new Markup(value)
  return Array.isArray(value) ? value.map(asMarkup) : value
}

function itemOf(value: unknown, key: unknown): unknown {
  if (isDict(value)) {
    try {
      return dictGet(value, key)
    } catch {
      return MISSING
    }
  }
  if (value instanceof PyObject && "item" in value && typeof value.item === "function") return value.item(key)
  const index = typeof key === "boolean" ? Number(key) : key
  if (typeof index !== "number" || !Number.isInteger(index)) return MISSING
  if (Array.isArray(value)) return at(value, index)
  if (isStr(value)) {
    const char = at(points(textOf(value)), index)
    return value instanceof Markup && char !== MISSING ? new Markup(char as string) : char
  }
  if (value instanceof Tuple) return at(value.items, index)
  if (!(value instanceof Range)) return MISSING
  const position = index < 0 ? index + value.length : index
  return position >= 0 && position < value.length ? value.at(position) : MISSING
}

function at(items: readonly unknown[], index: number): unknown {
  const position = index < 0 ? index + items.length : index
  return position >= 0 && position < items.length ? (items[position] ?? null) : MISSING
}

/** `value[start:stop:step]`; `null` for a bound that is not given. */
export function slice(value: unknown, start: unknown, stop: unknown, step: unknown): unknown {
  if (value instanceof Undefined) value.fail()
  const by = bound(step) ?? 1
  if (by === 0) throw valueError("slice step cannot be zero")
  if (isStr(value)) {
    const text = textOf(value)
    const all = points(text)
    const part = pick(lengthOf(text), bound(start), bound(stop), by)
      .map((index) => all[index])
      .join("")
    return value instanceof Markup ? new Markup(part) : part
  }
  if (Array.isArray(value)) return pick(value.length, bound(start), bound(stop), by).map((index) => value[index])
  if (value instanceof Tuple) {
    return new Tuple(pick(value.items.length, bound(start), bound(stop), by).map((index) => value.items[index]))
  }
  if (value instanceof Range) {
    const [from, to] = clamp(value.length, bound(start), bound(stop), by)
    return new Range(value.at(from), value.at(to), value.step * by)
  }
  if (isDict(value)) throw typeError("unhashable type: 'slice'")
  throw typeError(`'${typeName(value)}' object is not subscriptable`)
}

function bound(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === "boolean") return Number(value)
  if (isInt(value)) return Number(value)
  throw typeError("slice indices must be integers or None or have an __index__ method")
}

/** Python's `slice.indices`: where to start and before which index to stop. */
function clamp(size: number, start: number | undefined, stop: number | undefined, step: number): [number, number] {
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1]
  const within = (index: number | undefined, otherwise: number) =>
    index === undefined ? otherwise : Math.max(least, Math.min(most, index < 0 ? index + size : index))
  return step > 0 ? [within(start, 0), within(stop, size)] : [within(start, size - 1), within(stop, -1)]
}

function pick(size: number, start: number | undefined, stop: number | undefined, step: number): number[] {
  const [from, to] = clamp(size, start, stop, step)
  const indexes: number[] = []
  for (let index = from; step > 0 ? index < to : index > to; index += step) indexes.push(index)
  return indexes
}
