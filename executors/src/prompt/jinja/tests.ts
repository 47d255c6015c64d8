// What may follow `is`: `defined`, `none`, `string`, `divisibleby 3` …

import { Callable, checkCount, REQUIRED } from "./callable.ts"
import { builtin, define, type Filter, type FilterTable } from "./filter-table.ts"
import { isFloat, isInt, isNumber } from "./numbers.ts"
import { compare, contains, isEqual, modulo } from "./operators.ts"
import { passes } from "./text-methods.ts"
import { DictView, isDict, isStr, iterate, Lazy, Markup, Range, str, Tuple, Undefined } from "./values.ts"

const simple = (name: string, test: (value: unknown) => boolean): Filter =>
  define(`test_${name}`, 0, { value: REQUIRED }, ([value]) => test(value))

/** An operator of Python's `operator` module. */
const operator =
  (name: string, test: (left: unknown, right: unknown) => boolean): Filter =>
  (value, args) => {
    checkCount(name, [value, ...args], 2, 2)
    return test(value, args[0])
  }

const order = (name: string, symbol: string, test: (difference: number) => boolean): Filter =>
  operator(name, (left, right) => test(compare(left, right, symbol)))

function canIterate(value: unknown): boolean {
  try {
    iterate(value)
    return true
  } catch {
    return false
  }
}

/** Has a length and can be indexed. */
const isSequence = (value: unknown): boolean =>
  Array.isArray(value) ||
  isStr(value) ||
  isDict(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  value instanceof Undefined

const isSame = (left: unknown, right: unknown): boolean =>
  left === right || ((left ?? null) === null && (right ?? null) === null)

const eq = operator("eq", isEqual)
const ne = operator("ne", (left, right) => !isEqual(left, right))
const lt = order("lt", "<", (difference) => difference < 0)
const le = order("le", "<=", (difference) => difference <= 0)
const gt = order("gt", ">", (difference) => difference > 0)
const ge = order("ge", ">=", (difference) => difference >= 0)

/** @param hasFilter whether a filter of that name exists */
export function makeTests(hasFilter: (name: string) => boolean): FilterTable {
  const tests: Record<string, Filter> = {
    odd: simple("odd", (value) => isEqual(modulo(value, 2), 1)),
    even: simple("even", (value) => isEqual(modulo(value, 2), 0)),
    divisibleby: define("test_divisibleby", 0, { value: REQUIRED, num: REQUIRED }, ([value, by]) =>
      isEqual(modulo(value, by), 0)
    ),
    defined: simple("defined", (value) => !(value instanceof Undefined)),
    undefined: simple("undefined", (value) => value instanceof Undefined),
    filter: define("test_filter", 1, { value: REQUIRED }, ([value]) => hasFilter(str(value))),
    test: define("test_test", 1, { value: REQUIRED }, ([value]) => Object.hasOwn(tests, str(value))),
    none: simple("none", (value) => value === null || value === undefined),
    boolean: simple("boolean", (value) => typeof value === "boolean"),
    false: simple("false", (value) => value === false),
    true: simple("true", (value) => value === true),
    integer: simple("integer", isInt),
    float: simple("float", isFloat),
    lower: simple("lower", (value) => passes("islower", value)),
    upper: simple("upper", (value) => passes("isupper", value)),
    string: simple("string", isStr),
    mapping: simple("mapping", isDict),
    number: simple("number", isNumber),
    sequence: simple("sequence", isSequence),
    iterable: simple("iterable", (value) => canIterate(value) || value instanceof Lazy || value instanceof DictView),
    callable: builtin("callable", (value) => value instanceof Callable || value instanceof Undefined),
    sameas: define("test_sameas", 0, { value: REQUIRED, other: REQUIRED }, ([value, other]) => isSame(value, other)),
    escaped: simple("escaped", (value) => value instanceof Markup),
    in: define("test_in", 0, { value: REQUIRED, seq: REQUIRED }, ([value, container]) => contains(container, value)),
    "==": eq,
    eq,
    equalto: eq,
    "!=": ne,
    ne,
    ">": gt,
    gt,
    greaterthan: gt,
    ge,
    ">=": ge,
    "<": lt,
    lt,
    lessthan: lt,
    "<=": le,
    le
  }
  return tests
}
