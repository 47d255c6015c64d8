// Python's values, as templates see them, over JavaScript's.
//
// V1. From outside come null, booleans, numbers, texts, arrays (lists) and plain objects (dicts with text keys). What
//     only a template can make has a class here: tuples, dicts with other keys, ranges, views, generators, undefined.
// V2. Lists and dicts are shared, never copied: `xs.append(1)` changes the caller's array, as it does in promptflow.

import { pythonRepr } from "@throughline/core/data/thread"
import { JinjaError, typeError } from "./errors.ts"
import { Float, float, floatRepr, isFloat } from "./numbers.ts"
import { points } from "./text.ts"

/** The value of a variable that has none. Never leaves the engine. */
export const MISSING = Symbol("missing")

/** Every value that is not one of JavaScript's. */
export abstract class PyObject {
  abstract readonly typeName: string
  /** Python's module, where it is shown: `jinja2.utils`. */
  get moduleName(): string {
    return "builtins"
  }
  abstract repr(): string
  /** `MISSING` when there is no such attribute. */
  attribute(_name: string): unknown {
    return MISSING
  }
  get isTrue(): boolean {
    return true
  }
}

export class Tuple extends PyObject {
  readonly typeName: string = "tuple"
  readonly items: readonly unknown[]
  readonly #names: readonly string[]

  /** With `names`: a named tuple that prints as a plain one. */
  constructor(items: readonly unknown[], names: readonly string[] = []) {
    super()
    this.items = items
    this.#names = names
  }
  repr(): string {
    return this.items.length === 1 ? `(${repr(this.items[0])},)` : `(${this.items.map(repr).join(", ")})`
  }
  override attribute(name: string): unknown {
    const at = this.#names.indexOf(name)
    return at < 0 ? MISSING : this.items[at]
  }
  override get isTrue(): boolean {
    return this.items.length > 0
  }
}

/** A text that counts as HTML: what `escape`, `safe` and `tojson` return. */
export class Markup extends PyObject {
  readonly typeName = "Markup"
  readonly text: string
  constructor(text: string) {
    super()
    this.text = text
  }
  override get moduleName(): string {
    return "markupsafe"
  }
  repr(): string {
    return `Markup(${pythonRepr(this.text)})`
  }
  override get isTrue(): boolean {
    return this.text !== ""
  }
}

/** What a missing variable or attribute gives: empty when printed or looped over, an error for almost all else. */
export class Undefined extends PyObject {
  readonly typeName = "Undefined"
  readonly #describe: () => string
  readonly #errorType: string

  constructor(describe: () => string, errorType = "UndefinedError") {
    super()
    this.#describe = describe
    this.#errorType = errorType
  }
  static ofName(name: string): Undefined {
    return new Undefined(() => `${pythonRepr(name)} is undefined`)
  }
  static ofMember(owner: unknown, name: unknown): Undefined {
    return new Undefined(() =>
      typeof name === "string"
        ? `${pythonRepr(describeType(owner))} has no attribute ${pythonRepr(name)}`
        : `${describeType(owner)} has no element ${repr(name)}`
    )
  }
  override get moduleName(): string {
    return "jinja2.runtime"
  }
  fail(): never {
    throw new JinjaError(this.#errorType, this.#describe())
  }
  repr(): string {
    return "Undefined"
  }
  override get isTrue(): boolean {
    return false
  }
}

export class Range extends PyObject {
  readonly typeName = "range"
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly length: number
  constructor(start: number, stop: number, step: number) {
    super()
    this.start = start
    this.stop = stop
    this.step = step
    this.length = Math.max(0, Math.ceil((stop - start) / step))
  }
  at(index: number): number {
    return this.start + index * this.step
  }
  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.length; index++) yield this.at(index)
  }
  repr(): string {
    return this.step === 1 ? `range(${this.start}, ${this.stop})` : `range(${this.start}, ${this.stop}, ${this.step})`
  }
  override attribute(name: string): unknown {
    return name === "start" ? this.start : name === "stop" ? this.stop : name === "step" ? this.step : MISSING
  }
  override get isTrue(): boolean {
    return this.length > 0
  }
}

/** A generator or another one-time iterator. `typeName` is Python's for it. */
export class Lazy extends PyObject {
  readonly typeName: string
  readonly #label: string
  readonly iterator: Iterator<unknown>
  constructor(iterator: Iterator<unknown>, typeName = "generator", label = "generator object") {
    super()
    this.iterator = iterator
    this.typeName = typeName
    this.#label = label
  }
  /** Python prints where in memory it lies; there is nothing to match. */
  repr(): string {
    return `<${this.#label} at 0x7f0000000000>`
  }
}

export const isStr = (value: unknown): value is string | Markup => typeof value === "string" || value instanceof Markup

/** The text of a `str`. */
export const textOf = (value: string | Markup): string => (typeof value === "string" ? value : value.text)

/** Python's name of a value's type. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType"
  if (typeof value === "string") return "str"
  if (typeof value === "boolean") return "bool"
  if (typeof value === "bigint") return "int"
  if (typeof value === "number") return isFloat(value) ? "float" : "int"
  if (value instanceof Float) return "float"
  if (value instanceof PyObject) return value.typeName
  return Array.isArray(value) ? "list" : "dict"
}

/** How messages about missing members call their owner: `dict object`, `None`, `jinja2.utils.Namespace object`. */
function describeType(owner: unknown): string {
  if (owner === null || owner === undefined) return "None"
  const module = owner instanceof PyObject ? owner.moduleName : "builtins"
  return module === "builtins" ? `${typeName(owner)} object` : `${module}.${typeName(owner)} object`
}

/** `bool(value)`. */
export function isTrue(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    if (value instanceof PyObject) return value.isTrue
    if (Array.isArray(value)) return value.length > 0
    if (value instanceof Float) return value.value !== 0
    for (const _ in value) return true
    return false
  }
  return typeof value === "number" ? value !== 0 : Boolean(value)
}

const open: unknown[] = []

/** `repr(value)`. A list or dict inside of itself prints as `[...]` or `{...}`. */
export function repr(value: unknown): string {
  if (value instanceof Float) return floatRepr(value.value)
  if (typeof value !== "object" || value === null) return isFloat(value) ? float_(value) : pythonRepr(value)
  const isList = Array.isArray(value)
  if (!isList && !(value instanceof PyObject) && !isPlainObject(value)) return pythonRepr(value)
  if (open.includes(value)) return isList ? "[...]" : "{...}"
  open.push(value)
  try {
    if (value instanceof PyObject) return value.repr()
    if (isList) return `[${value.map(repr).join(", ")}]`
    return `{${Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => `${pythonRepr(key)}: ${repr(member)}`)
      .join(", ")}}`
  } finally {
    open.pop()
  }
}
const float_ = (value: number | Float) => floatRepr(typeof value === "number" ? value : value.value)

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A list that prints as its items, one a line: what Azure's chat tool makes of every list that its prompt sees. */
export class ChatList extends Array<unknown> {
  static override get [Symbol.species]() {
    return Array
  }
}

/** `str(value)`: what `{{ value }}` prints. */
export function str(value: unknown): string {
  if (typeof value === "string") return value
  if (value instanceof Markup) return value.text
  if (value instanceof ChatList) return Array.from(value, str).join("\n")
  return value instanceof Undefined ? "" : repr(value)
}

/** A dict that a template made: any hashable key, in order of insertion. */
export class Dict extends PyObject {
  readonly typeName = "dict"
  readonly #entries = new Map<unknown, readonly [key: unknown, value: unknown]>()

  get(key: unknown): unknown {
    const entry = this.#entries.get(hashKey(key))
    return entry === undefined ? MISSING : entry[1]
  }
  set(key: unknown, value: unknown): void {
    const hash = hashKey(key)
    this.#entries.set(hash, [this.#entries.get(hash)?.[0] ?? key, value])
  }
  delete(key: unknown): void {
    this.#entries.delete(hashKey(key))
  }
  clear(): void {
    this.#entries.clear()
  }
  get size(): number {
    return this.#entries.size
  }
  entries(): Array<readonly [key: unknown, value: unknown]> {
    return [...this.#entries.values()]
  }
  repr(): string {
    return `{${this.entries()
      .map(([key, value]) => `${repr(key)}: ${repr(value)}`)
      .join(", ")}}`
  }
  override get isTrue(): boolean {
    return this.size > 0
  }
}

/**
 * Something that two keys share exactly when Python holds them for equal: `1`, `1.0` and `True` are one key.
 *
 * @throws {JinjaError} `TypeError` for what cannot be a key
 */
export function hashKey(key: unknown): unknown {
  if (typeof key === "string") return `s${key}`
  if (typeof key === "boolean") return Number(key)
  if (key instanceof Float) return key.value
  if (typeof key === "bigint")
    return float(Number(key)) instanceof Float && BigInt(Number(key)) === key ? Number(key) : key
  if (key instanceof Markup) return `s${key.text}`
  if (key instanceof Tuple)
    return `t${key.items.map((item) => `${typeof hashKey(item)}:${String(hashKey(item))}`).join("\0")}`
  if (key === undefined) return null
  if (key instanceof Undefined) return Undefined
  if (Array.isArray(key)) throw typeError("unhashable type: 'list'")
  if (isDict(key)) throw typeError("unhashable type: 'dict'")
  return key
}

export type DictLike = Dict | Record<string, unknown>

export const isDict = (value: unknown): value is DictLike =>
  value instanceof Dict ||
  (typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof PyObject) &&
    !(value instanceof Float))

/** `MISSING` when the key is not there. */
export function dictGet(dict: DictLike, key: unknown): unknown {
  if (dict instanceof Dict) return dict.get(key)
  if (typeof key === "string") return Object.hasOwn(dict, key) ? dict[key] : MISSING
  if (key instanceof Markup) return dictGet(dict, key.text)
  hashKey(key)
  return MISSING
}

export function dictSet(dict: DictLike, key: unknown, value: unknown): void {
  if (dict instanceof Dict) dict.set(key, value)
  else Object.defineProperty(dict, str(key), { value, writable: true, enumerable: true, configurable: true })
}

export function dictDelete(dict: DictLike, key: unknown): void {
  if (dict instanceof Dict) dict.delete(key)
  else delete dict[str(key)]
}

export const dictEntries = (dict: DictLike): Array<readonly [key: unknown, value: unknown]> =>
  dict instanceof Dict ? dict.entries() : Object.entries(dict)

export const dictKeys = (dict: DictLike): unknown[] =>
  dict instanceof Dict ? dict.entries().map(([key]) => key) : Object.keys(dict)

/** `dict.keys()`, `.values()` and `.items()`: they see later changes of the dict. */
export class DictView extends PyObject {
  readonly typeName: "dict_keys" | "dict_values" | "dict_items"
  readonly dict: DictLike
  constructor(typeName: DictView["typeName"], dict: DictLike) {
    super()
    this.typeName = typeName
    this.dict = dict
  }
  get items(): unknown[] {
    if (this.typeName === "dict_keys") return dictKeys(this.dict)
    const entries = dictEntries(this.dict)
    return this.typeName === "dict_values" ? entries.map(([, value]) => value) : entries.map((pair) => new Tuple(pair))
  }
  repr(): string {
    return `${this.typeName}([${this.items.map(repr).join(", ")}])`
  }
  override get isTrue(): boolean {
    return this.items.length > 0
  }
}

/**
 * `iter(value)`.
 *
 * @throws {JinjaError} `TypeError` for what cannot be looped over
 */
export function iterate(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) return value
  if (isStr(value)) return points(textOf(value))
  if (value instanceof Tuple || value instanceof DictView) return value.items
  if (value instanceof Range) return value
  if (value instanceof Lazy) return { [Symbol.iterator]: () => keepOpen(value.iterator) }
  if (value instanceof Undefined) return []
  if (isDict(value)) return dictKeys(value)
  throw typeError(`'${typeName(value)}' object is not iterable`)
}

/** An iterator that a loop which ends early does not close. */
const keepOpen = (iterator: Iterator<unknown>): Iterator<unknown> => ({ next: () => iterator.next() })

export const listOf = (value: unknown): unknown[] => Array.from(iterate(value))

/** `len(value)`; `undefined` for what has none. */
export function sizeOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length
  if (isStr(value)) return points(textOf(value)).length
  if (value instanceof Tuple || value instanceof DictView) return value.items.length
  if (value instanceof Range) return value.length
  if (value instanceof Undefined) return 0
  if (value instanceof Dict) return value.size
  return isDict(value) ? Object.keys(value).length : undefined
}

export function length(value: unknown): number {
  const size = sizeOf(value)
  if (size === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`)
  return size
}
