// Filters over lists, dicts and other things that can be looped over.
//
// Q1. What Jinja2 makes lazily is lazy here: nothing of `map` or `select` runs, or fails, before someone loops over it.

import { type Kwargs, REQUIRED, type Run } from "./callable.ts"
import { sorted } from "./container-methods.ts"
import { JinjaError, typeError } from "./errors.ts"
import { builtin, define, type Filter, type FilterTable, findByName } from "./filter-table.ts"
import { getItem, onlyAttribute } from "./lookup.ts"
import { isNumber, toDouble } from "./numbers.ts"
import { add, compare, isEqual } from "./operators.ts"
import { points } from "./text.ts"
import { escapeValue } from "./text-filters.ts"
import {
  DictView,
  dictEntries,
  hashKey,
  isDict,
  isStr,
  isTrue,
  iterate,
  Lazy,
  length,
  listOf,
  Markup,
  Range,
  str,
  Tuple,
  textOf,
  typeName,
  Undefined
} from "./values.ts"

/** `attribute` of filters: a name, a number, or a dotted path of them. `null`: the value itself. */
function getter(attribute: unknown, fallback: unknown = null): (value: unknown) => unknown {
  const steps = attribute === null ? [] : isStr(attribute) ? path(textOf(attribute)) : [attribute]
  return (value) => {
    let found = value
    for (const step of steps) {
      found = getItem(found, step)
      if (fallback !== null && found instanceof Undefined) found = fallback
    }
    return found
  }
}

const path = (text: string): unknown[] => text.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part))

const ignoreCase = (value: unknown): unknown => (isStr(value) ? textOf(value).toLowerCase() : value)

const caseKey = (key: (value: unknown) => unknown, caseSensitive: unknown) =>
  isTrue(caseSensitive) ? key : (value: unknown) => ignoreCase(key(value))

const count = (value: unknown): number => {
  if (!isNumber(value)) throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`)
  return toDouble(value)
}

function extreme(name: "min" | "max"): Filter {
  const parameters = { value: REQUIRED, case_sensitive: false, attribute: null }
  return define(`do_${name}`, 1, parameters, ([value, caseSensitive, attribute]) => {
    const items = listOf(value)
    if (items.length === 0) return new Undefined(() => "No aggregated item, sequence was empty.")
    const key = caseKey(getter(attribute), caseSensitive)
    return items.reduce((best, item) => {
      const isBetter = name === "min" ? compare(key(item), key(best), "<") < 0 : compare(key(item), key(best), ">") > 0
      return isBetter ? item : best
    })
  })
}

function* unique([value, caseSensitive, attribute]: readonly unknown[]): Generator<unknown> {
  const key = caseKey(getter(attribute), caseSensitive)
  const seen = new Set<unknown>()
  for (const item of iterate(value)) {
    const hash = hashKey(key(item))
    if (seen.has(hash)) continue
    seen.add(hash)
    yield item
  }
}

function groupBy([value, attribute, fallback, caseSensitive]: readonly unknown[]): unknown {
  const plain = getter(attribute, fallback)
  const key = caseKey(plain, caseSensitive)
  const groups: Array<{ key: unknown; items: unknown[] }> = []
  for (const item of sorted(listOf(value), key, false)) {
    const last = groups.at(-1)
    const itemKey = key(item)
    if (last !== undefined && isEqual(last.key, itemKey)) last.items.push(item)
    else groups.push({ key: itemKey, items: [item] })
  }
  return groups.map(({ key, items }) => {
    const shown = isTrue(caseSensitive) ? key : plain(items[0])
    return new Tuple([shown, items], ["grouper", "list"])
  })
}

function* batch([value, size, fill]: readonly unknown[]): Generator<unknown> {
  let row: unknown[] = []
  for (const item of iterate(value)) {
    if (isEqual(row.length, size)) {
      yield row
      row = []
    }
    row.push(item)
  }
  if (row.length === 0) return
  while (fill !== null && row.length < count(size)) row.push(fill)
  yield row
}

function* slices([value, number, fill]: readonly unknown[]): Generator<unknown> {
  const items = listOf(value)
  const columns = count(number)
  if (columns === 0) throw new JinjaError("ZeroDivisionError", "integer division or modulo by zero")
  const size = Math.floor(items.length / columns)
  const longer = items.length % columns
  let start = 0
  for (let column = 0; column < columns; column++) {
    const end = start + size + (column < longer ? 1 : 0)
    const part = items.slice(start, end)
    if (fill !== null && column >= longer) part.push(fill)
    yield part
    start = end
  }
}

function* mapped(value: unknown, args: readonly unknown[], kwargs: Kwargs, run: Run, table: FilterTable) {
  if (!isTrue(value)) return
  const apply = mapper(args, kwargs, run, table)
  for (const item of iterate(value)) yield apply(item)
}

function mapper(args: readonly unknown[], kwargs: Kwargs, run: Run, table: FilterTable): (item: unknown) => unknown {
  if (args.length === 0 && kwargs.has("attribute")) {
    const unexpected = [...kwargs.keys()].find((key) => key !== "attribute" && key !== "default")
    if (unexpected !== undefined) {
      throw new JinjaError("FilterArgumentError", `Unexpected keyword argument '${unexpected}'`)
    }
    return getter(kwargs.get("attribute"), kwargs.get("default") ?? null)
  }
  if (args.length === 0) throw new JinjaError("FilterArgumentError", "map requires a filter argument")
  const [name, ...rest] = args
  return (item) => findByName(table, "filter", str(name))(item, rest, kwargs, run)
}

/** `select`, `reject` and their `attr` forms. */
function choose(name: string, keeps: boolean, byAttribute: boolean, tests: FilterTable): Filter {
  return (value, args, kwargs, run) => {
    function* chosen(): Generator<unknown> {
      if (!isTrue(value)) return
      if (byAttribute && args.length === 0) {
        throw new JinjaError("FilterArgumentError", "Missing parameter for attribute name")
      }
      const get = byAttribute ? getter(args[0]) : (item: unknown) => item
      const [testName, ...rest] = args.slice(byAttribute ? 1 : 0)
      const test =
        testName === undefined
          ? isTrue
          : (item: unknown) => isTrue(findByName(tests, "test", str(testName))(item, rest, kwargs, run))
      for (const item of iterate(value)) if (test(get(item)) === keeps) yield item
    }
    return new Lazy(chosen(), "generator", `generator object sync_do_${name}`)
  }
}

function first(value: unknown): unknown {
  for (const item of iterate(value)) return item
  return new Undefined(() => "No first item, sequence was empty.")
}

function last(value: unknown): unknown {
  const items = reversible(value)
  if (items === undefined) throw typeError(`'${typeName(value)}' object is not reversible`)
  return items.length === 0 ? new Undefined(() => "No last item, sequence was empty.") : items.at(-1)
}

/** The items of what Python's `reversed` takes. */
const reversible = (value: unknown): unknown[] | undefined =>
  Array.isArray(value) ||
  isStr(value) ||
  isDict(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  value instanceof DictView ||
  value instanceof Undefined
    ? listOf(value)
    : undefined

function reverse(value: unknown): unknown {
  if (isStr(value)) {
    const text = points(textOf(value)).reverse().join("")
    return value instanceof Markup ? new Markup(text) : text
  }
  const items = reversible(value)
  if (items !== undefined) {
    const kind = Array.isArray(value)
      ? "list_reverseiterator"
      : isDict(value)
        ? "dict_reversekeyiterator"
        : value instanceof Range
          ? "range_iterator"
          : "reversed"
    return new Lazy(items.reverse().values(), kind, `${kind} object`)
  }
  try {
    return listOf(value).reverse()
  } catch {
    throw new JinjaError("FilterArgumentError", "argument must be iterable")
  }
}

function join([value, separator, attribute]: readonly unknown[], run: Run): unknown {
  const items = attribute === null ? listOf(value) : listOf(value).map(getter(attribute))
  if (!run.autoescape) return items.map(str).join(str(separator))
  if (!(separator instanceof Markup) && !items.some((item) => item instanceof Markup))
    return items.map(str).join(str(separator))
  return new Markup(items.map((item) => escapeValue(item).text).join(escapeValue(separator).text))
}

function dictSort([value, caseSensitive, by, isReversed]: readonly unknown[]): unknown {
  const position = by === "key" ? 0 : by === "value" ? 1 : undefined
  if (position === undefined) {
    throw new JinjaError("FilterArgumentError", 'You can only sort by either "key" or "value"')
  }
  if (value instanceof Undefined) value.fail()
  if (!isDict(value)) throw new JinjaError("AttributeError", `'${typeName(value)}' object has no attribute 'items'`)
  const pairs = dictEntries(value).map((pair) => new Tuple(pair))
  return sorted(
    pairs,
    caseKey((pair) => (pair as Tuple).items[position], caseSensitive),
    isTrue(isReversed)
  )
}

function* itemPairs(value: unknown): Generator<unknown> {
  if (value instanceof Undefined) return
  if (!isDict(value)) throw typeError("Can only get item pairs from a mapping.")
  for (const pair of dictEntries(value)) yield new Tuple(pair)
}

function sum([value, attribute, start]: readonly unknown[]): unknown {
  if (isStr(start)) throw typeError("sum() can't sum strings [use ''.join(seq) instead]")
  const get = getter(attribute)
  let total = start
  for (const item of iterate(value)) total = add(total, get(item))
  return total
}

const sortParameters = { value: REQUIRED, reverse: false, case_sensitive: false, attribute: null }

/** @param filters all filters, for `map`; @param tests all tests, for `select` and `reject` */
export function sequenceFilters(filters: () => FilterTable, tests: FilterTable): FilterTable {
  return {
    length: builtin("len", length),
    count: builtin("len", length),
    first: define("do_first", 1, { seq: REQUIRED }, ([value]) => first(value)),
    last: define("do_last", 1, { seq: REQUIRED }, ([value]) => last(value)),
    random: define("do_random", 1, { seq: REQUIRED }, ([value]) => {
      const items = listOf(value)
      return items.length === 0
        ? new Undefined(() => "No random item, sequence was empty.")
        : items[Math.floor(Math.random() * items.length)]
    }),
    list: define("do_list", 0, { value: REQUIRED }, ([value]) => listOf(value)),
    reverse: define("do_reverse", 0, { value: REQUIRED }, ([value]) => reverse(value)),
    join: define("do_join", 1, { value: REQUIRED, d: "", attribute: null }, join),
    sort: define("do_sort", 1, sortParameters, ([value, isReversed, caseSensitive, attribute]) => {
      const gets = isStr(attribute)
        ? textOf(attribute)
            .split(",")
            .map((part) => getter(part))
        : [getter(attribute)]
      const keys = gets.map((get) => caseKey(get, caseSensitive))
      return sorted(listOf(value), (item) => keys.map((key) => key(item)), isTrue(isReversed))
    }),
    unique: define(
      "sync_do_unique",
      1,
      { value: REQUIRED, case_sensitive: false, attribute: null },
      (bound) => new Lazy(unique(bound), "generator", "generator object sync_do_unique")
    ),
    min: extreme("min"),
    max: extreme("max"),
    sum: define("sync_do_sum", 1, { iterable: REQUIRED, attribute: null, start: 0 }, sum),
    groupby: define(
      "sync_do_groupby",
      1,
      { value: REQUIRED, attribute: REQUIRED, default: null, case_sensitive: false },
      groupBy
    ),
    batch: define(
      "do_batch",
      0,
      { value: REQUIRED, linecount: REQUIRED, fill_with: null },
      (bound) => new Lazy(batch(bound), "generator", "generator object do_batch")
    ),
    slice: define(
      "sync_do_slice",
      0,
      { value: REQUIRED, slices: REQUIRED, fill_with: null },
      (bound) => new Lazy(slices(bound), "generator", "generator object sync_do_slice")
    ),
    map: (value, args, kwargs, run) =>
      new Lazy(mapped(value, args, kwargs, run, filters()), "generator", "generator object sync_do_map"),
    select: choose("select", true, false, tests),
    reject: choose("reject", false, false, tests),
    selectattr: choose("selectattr", true, true, tests),
    rejectattr: choose("rejectattr", false, true, tests),
    dictsort: define("do_dictsort", 0, { value: REQUIRED, case_sensitive: false, by: "key", reverse: false }, dictSort),
    items: define(
      "do_items",
      0,
      { value: REQUIRED },
      ([value]) => new Lazy(itemPairs(value), "generator", "generator object do_items")
    ),
    attr: define("do_attr", 1, { obj: REQUIRED, name: REQUIRED }, ([value, name]) => onlyAttribute(value, str(name)))
  }
}
