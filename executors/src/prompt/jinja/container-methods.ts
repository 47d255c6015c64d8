// The methods of lists, tuples, dicts, ranges and numbers. The sandbox allows those that change their object.

import { bind, checkCount, intArgument, type Kwargs } from "./callable.ts"
import { JinjaError, typeError, valueError } from "./errors.ts"
import { isFloat, isInt, toBigInt, toDouble } from "./numbers.ts"
import { compare, isEqual } from "./operators.ts"
import {
  Dict,
  type DictLike,
  DictView,
  dictDelete,
  dictEntries,
  dictGet,
  dictSet,
  isDict,
  isTrue,
  iterate,
  listOf,
  MISSING,
  Range,
  repr,
  Tuple,
  typeName
} from "./values.ts"

type Method<Self> = (self: Self, args: readonly unknown[], kwargs: Kwargs) => unknown
type Methods<Self> = Readonly<Record<string, Method<Self>>>

const exactlyOne = (name: string, args: readonly unknown[]): unknown => {
  if (args.length !== 1) throw typeError(`${name}() takes exactly one argument (${args.length} given)`)
  return args[0]
}

function indexOf(items: readonly unknown[], args: readonly unknown[], message: string): number {
  checkCount("index", args, 1, 3)
  const from = args.length > 1 ? intArgument(args[1]) : 0
  const to = args.length > 2 ? intArgument(args[2]) : items.length
  const at = items.findIndex((item, index) => index >= from && index < to && isEqual(item, args[0]))
  if (at < 0) throw valueError(message)
  return at
}

const countOf = (items: readonly unknown[], value: unknown): number =>
  items.filter((item) => isEqual(item, value)).length

const LIST_METHODS: Methods<unknown[]> = {
  append: (list, args) => {
    list.push(exactlyOne("list.append", args))
    return null
  },
  extend: (list, args) => {
    list.push(...listOf(exactlyOne("list.extend", args)))
    return null
  },
  insert: (list, args) => {
    checkCount("insert", args, 2, 2)
    list.splice(intArgument(args[0]), 0, args[1])
    return null
  },
  pop: (list, args) => {
    checkCount("pop", args, 0, 1)
    const index = args.length > 0 ? intArgument(args[0]) : -1
    if (list.length === 0) throw new JinjaError("IndexError", "pop from empty list")
    const at = index < 0 ? list.length + index : index
    if (at < 0 || at >= list.length) throw new JinjaError("IndexError", "pop index out of range")
    return list.splice(at, 1)[0]
  },
  remove: (list, args) => {
    const value = exactlyOne("list.remove", args)
    const at = list.findIndex((item) => isEqual(item, value))
    if (at < 0) throw valueError("list.remove(x): x not in list")
    list.splice(at, 1)
    return null
  },
  clear: (list) => {
    list.length = 0
    return null
  },
  reverse: (list) => {
    list.reverse()
    return null
  },
  sort: (list, args, kwargs) => {
    if (args.length > 0) throw typeError("sort() takes no positional arguments")
    const [, reverse] = bind("sort", { key: null, reverse: false }, [], kwargs)
    list.splice(0, list.length, ...sorted(list, (item) => item, isTrue(reverse)))
    return null
  },
  copy: (list) => [...list],
  index: (list, args) => indexOf(list, args, `${repr(args[0])} is not in list`),
  count: (list, args) => countOf(list, exactlyOne("list.count", args))
}

const TUPLE_METHODS: Methods<Tuple> = {
  index: (tuple, args) => indexOf(tuple.items, args, "tuple.index(x): x not in tuple"),
  count: (tuple, args) => countOf(tuple.items, exactlyOne("tuple.count", args))
}

const RANGE_METHODS: Methods<Range> = {
  index: (range, args) => indexOf([...range], args, `${repr(args[0])} is not in range`),
  count: (range, args) => countOf([...range], exactlyOne("range.count", args))
}

/** Puts `dict(*args, **kwargs)` into a dict. */
export function fill(dict: DictLike, args: readonly unknown[], kwargs: Kwargs, name: string): void {
  checkCount(name, args, 0, 1)
  const [source] = args
  if (isDict(source)) {
    for (const [key, value] of dictEntries(source)) dictSet(dict, key, value)
  } else if (args.length > 0) {
    let at = 0
    for (const pair of iterate(source)) {
      const items = listOf(pair)
      if (items.length !== 2) {
        throw valueError(`dictionary update sequence element #${at} has length ${items.length}; 2 is required`)
      }
      dictSet(dict, items[0], items[1])
      at += 1
    }
  }
  for (const [key, value] of kwargs) dictSet(dict, key, value)
}

const DICT_METHODS: Methods<DictLike> = {
  get: (dict, args) => {
    checkCount("get", args, 1, 2)
    const value = dictGet(dict, args[0])
    return value === MISSING ? (args[1] ?? null) : value
  },
  keys: (dict) => new DictView("dict_keys", dict),
  values: (dict) => new DictView("dict_values", dict),
  items: (dict) => new DictView("dict_items", dict),
  copy: (dict) => {
    const copy = new Dict()
    for (const [key, value] of dictEntries(dict)) copy.set(key, value)
    return copy
  },
  update: (dict, args, kwargs) => {
    fill(dict, args, kwargs, "update")
    return null
  },
  setdefault: (dict, args) => {
    checkCount("setdefault", args, 1, 2)
    const value = dictGet(dict, args[0])
    if (value !== MISSING) return value
    dictSet(dict, args[0], args[1] ?? null)
    return args[1] ?? null
  },
  pop: (dict, args) => {
    checkCount("pop", args, 1, 2)
    const value = dictGet(dict, args[0])
    if (value === MISSING) {
      if (args.length > 1) return args[1]
      throw new JinjaError("KeyError", repr(args[0]))
    }
    dictDelete(dict, args[0])
    return value
  },
  popitem: (dict) => {
    const last = dictEntries(dict).at(-1)
    if (last === undefined) throw new JinjaError("KeyError", "'popitem(): dictionary is empty'")
    dictDelete(dict, last[0])
    return new Tuple(last)
  },
  clear: (dict) => {
    for (const [key] of dictEntries(dict)) dictDelete(dict, key)
    return null
  },
  fromkeys: (_, args) => {
    checkCount("fromkeys", args, 1, 2)
    const dict = new Dict()
    for (const key of iterate(args[0])) dict.set(key, args[1] ?? null)
    return dict
  }
}

const magnitude = (value: number | bigint | boolean): bigint => {
  const integer = toBigInt(value)
  return integer < 0n ? -integer : integer
}

const INT_METHODS: Methods<number | bigint | boolean> = {
  bit_length: (value) => (Number(value) === 0 ? 0 : magnitude(value).toString(2).length),
  bit_count: (value) => magnitude(value).toString(2).replaceAll("0", "").length,
  conjugate: (value) => (typeof value === "boolean" ? Number(value) : value)
}

const FLOAT_METHODS: Methods<Parameters<typeof toDouble>[0]> = {
  is_integer: (value) => Number.isInteger(toDouble(value)),
  conjugate: (value) => value
}

/** The methods of a value that is no text; `undefined` when it has none that templates use. */
export function methodsOf(value: unknown): Methods<never> | undefined {
  if (Array.isArray(value)) return LIST_METHODS
  if (value instanceof Tuple) return TUPLE_METHODS
  if (value instanceof Range) return RANGE_METHODS
  if (isDict(value)) return DICT_METHODS
  if (isFloat(value)) return FLOAT_METHODS
  return isInt(value) || typeof value === "boolean" ? INT_METHODS : undefined
}

/**
 * `sorted(values, key=…, reverse=…)`: stable, also when reversed. Keys are made once each. The engine hands over the
 * later value first, which is the order that Python's messages about values without order name them in.
 */
export function sorted(values: readonly unknown[], key: (value: unknown) => unknown, isReversed: boolean): unknown[] {
  const keyed = values.map((value) => ({ value, key: key(value) }))
  if (isReversed) keyed.reverse()
  keyed.sort((a, b) => compare(a.key, b.key, "<"))
  if (isReversed) keyed.reverse()
  return keyed.map(({ value }) => value)
}

export const describeMethod = (owner: unknown, name: string): string =>
  `built-in method ${name} of ${typeName(owner)} object at 0x7f0000000000`
