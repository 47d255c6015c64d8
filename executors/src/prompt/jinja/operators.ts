// What `+`, `==`, `<`, `in` and the other operators do to Python values.

import { JinjaError, typeError } from "./errors.ts"
import { Float, float, isFloat, isNumber, normalizeInt, toBigInt, toDouble } from "./numbers.ts"
import { formatPercent } from "./percent-format.ts"
import { compareText, escapeHtml } from "./text.ts"
import {
  DictView,
  dictEntries,
  dictGet,
  hashKey,
  isDict,
  isStr,
  iterate,
  Markup,
  MISSING,
  Range,
  sizeOf,
  str,
  Tuple,
  textOf,
  typeName,
  Undefined
} from "./values.ts"

type Number_ = number | bigint | Float | boolean

export function add(left: unknown, right: unknown): unknown {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right
    if (Number.isSafeInteger(sum) && Number.isInteger(left) && !Object.is(sum, -0)) return sum
  }
  if (typeof left === "string" && typeof right === "string") return left + right
  if (isNumber(left) && isNumber(right))
    return arithmetic(
      left,
      right,
      (a, b) => a + b,
      (a, b) => a + b
    )
  failUndefined(left, right)
  if (isStr(left) && isStr(right)) return new Markup(escaped(left) + escaped(right))
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right]
  if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items])
  if (left instanceof Markup || right instanceof Markup) throw unsupported("+", left, right)
  if (isStr(left)) throw typeError(`can only concatenate str (not "${typeName(right)}") to str`)
  if (Array.isArray(left)) throw typeError(`can only concatenate list (not "${typeName(right)}") to list`)
  if (left instanceof Tuple) throw typeError(`can only concatenate tuple (not "${typeName(right)}") to tuple`)
  throw unsupported("+", left, right)
}

export function subtract(left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right))
    return arithmetic(
      left,
      right,
      (a, b) => a - b,
      (a, b) => a - b
    )
  failUndefined(left, right)
  throw unsupported("-", left, right)
}

export function multiply(left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right))
    return arithmetic(
      left,
      right,
      (a, b) => a * b,
      (a, b) => a * b
    )
  failUndefined(left, right)
  if (isSequence(left)) return repeat(left, right)
  if (isSequence(right)) return repeat(right, left)
  throw unsupported("*", left, right)
}

const isSequence = (value: unknown) => isStr(value) || Array.isArray(value) || value instanceof Tuple

function repeat(sequence: unknown, by: unknown): unknown {
  if (!isNumber(by) || isFloat(by)) throw typeError(`can't multiply sequence by non-int of type '${typeName(by)}'`)
  const times = Math.max(0, toDouble(by))
  if (times * (sizeOf(sequence) ?? 0) > MAX_REPEATED) throw new JinjaError("MemoryError", "")
  if (isStr(sequence)) {
    const text = textOf(sequence).repeat(times)
    return sequence instanceof Markup ? new Markup(text) : text
  }
  const items = Array.isArray(sequence) ? sequence : (sequence as Tuple).items
  const repeated = Array.from({ length: times }, () => items).flat()
  return Array.isArray(sequence) ? repeated : new Tuple(repeated)
}
/** Well below the longest text that JavaScript can hold. */
const MAX_REPEATED = 2 ** 28

export function divide(left: unknown, right: unknown): unknown {
  const [a, b] = operands("/", left, right)
  if (toDouble(b) === 0) throw zeroDivision(isFloat(a) || isFloat(b) ? "float division by zero" : "division by zero")
  return float(toDouble(a) / toDouble(b))
}

export function floorDivide(left: unknown, right: unknown): unknown {
  const [a, b] = operands("//", left, right)
  if (isFloat(a) || isFloat(b)) {
    if (toDouble(b) === 0) throw zeroDivision("float floor division by zero")
    const [quotient] = floatDivmod(toDouble(a), toDouble(b))
    return float(quotient)
  }
  if (toDouble(b) === 0) throw zeroDivision("integer division or modulo by zero")
  return normalizeInt(intDivmod(toBigInt(a), toBigInt(b))[0])
}

export function modulo(left: unknown, right: unknown): unknown {
  if (isStr(left))
    return left instanceof Markup ? new Markup(formatPercent(left.text, right, escaped)) : formatPercent(left, right)
  const [a, b] = operands("%", left, right)
  if (isFloat(a) || isFloat(b)) {
    if (toDouble(b) === 0) throw zeroDivision("float modulo")
    return float(floatDivmod(toDouble(a), toDouble(b))[1])
  }
  if (toDouble(b) === 0) throw zeroDivision("integer modulo by zero")
  return normalizeInt(intDivmod(toBigInt(a), toBigInt(b))[1])
}

export function power(left: unknown, right: unknown): unknown {
  const [a, b] = operands("** or pow()", left, right)
  const base = toDouble(a)
  const exponent = toDouble(b)
  if (base === 0 && exponent < 0) throw zeroDivision("0.0 cannot be raised to a negative power")
  if (isFloat(a) || isFloat(b) || exponent < 0) {
    const result = base ** exponent
    if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent) && base > 0) {
      throw new JinjaError("OverflowError", "(34, 'Numerical result out of range')")
    }
    return float(result)
  }
  if (Math.log2(Math.abs(base)) * exponent > MAX_BITS) throw new JinjaError("MemoryError", "")
  const result = base ** exponent
  return Number.isSafeInteger(result) ? result : normalizeInt(toBigInt(a) ** toBigInt(b))
}

/** Python would go on to compute an int of any size; ours ends where it would take seconds. */
const MAX_BITS = 2 ** 22

export function negate(value: unknown): unknown {
  if (!isNumber(value)) throw unaryError("-", value)
  if (isFloat(value)) return float(-toDouble(value))
  return normalizeInt(-toBigInt(value))
}

export function positive(value: unknown): unknown {
  if (!isNumber(value)) throw unaryError("+", value)
  return typeof value === "boolean" ? Number(value) : value
}

function unaryError(operator: string, value: unknown): JinjaError {
  failUndefined(value, undefined)
  return typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`)
}

function operands(operator: string, left: unknown, right: unknown): [Number_, Number_] {
  if (isNumber(left) && isNumber(right)) return [left, right]
  failUndefined(left, right)
  throw unsupported(operator, left, right)
}

/** Ints stay ints, of any size; one float makes the result a float. */
function arithmetic(
  left: Number_,
  right: Number_,
  onDoubles: (a: number, b: number) => number,
  onInts: (a: bigint, b: bigint) => bigint
): unknown {
  if (isFloat(left) || isFloat(right)) return float(onDoubles(toDouble(left), toDouble(right)))
  const quick = onDoubles(toDouble(left), toDouble(right))
  if (Number.isSafeInteger(quick)) return quick + 0
  return normalizeInt(onInts(toBigInt(left), toBigInt(right)))
}

/** Python rounds quotients down and gives remainders the divisor's sign. */
function intDivmod(a: bigint, b: bigint): [quotient: bigint, remainder: bigint] {
  const remainder = a % b
  return remainder !== 0n && remainder < 0n !== b < 0n ? [a / b - 1n, remainder + b] : [a / b, remainder]
}

function floatDivmod(a: number, b: number): [quotient: number, remainder: number] {
  let remainder = a % b
  let quotient = (a - remainder) / b
  if (remainder === 0) {
    remainder = b < 0 ? -0 : 0
  } else if (b < 0 !== remainder < 0) {
    remainder += b
    quotient -= 1
  }
  const floor = Math.floor(quotient)
  return [quotient - floor > 0.5 ? floor + 1 : floor, remainder]
}

const escaped = (value: unknown): string => (value instanceof Markup ? value.text : escapeHtml(str(value)))

function failUndefined(left: unknown, right: unknown): void {
  if (left instanceof Undefined) left.fail()
  if (right instanceof Undefined) right.fail()
}

const unsupported = (operator: string, left: unknown, right: unknown): JinjaError =>
  typeError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`)

const zeroDivision = (message: string): JinjaError => new JinjaError("ZeroDivisionError", message)

/** `left == right`. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (isNumber(left) && isNumber(right)) {
    if (isFloat(left) || isFloat(right)) return toDouble(left) === toDouble(right)
    return toBigInt(left) === toBigInt(right)
  }
  if (isStr(left)) return isStr(right) && textOf(left) === textOf(right)
  if (left === null || left === undefined) return right === null || right === undefined
  if (Array.isArray(left)) return Array.isArray(right) && isEqualList(left, right)
  if (left instanceof Tuple) return right instanceof Tuple && isEqualList(left.items, right.items)
  if (left instanceof Undefined) return right instanceof Undefined
  if (left instanceof Range) return right instanceof Range && isEqualList([...left], [...right])
  if (!isDict(left) || !isDict(right) || sizeOf(left) !== sizeOf(right)) return false
  return dictEntries(left).every(([key, value]) => {
    const other = dictGet(right, key)
    return other !== MISSING && isEqual(value, other)
  })
}

const isEqualList = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length && left.every((item, at) => isEqual(item, right[at]))

/**
 * Negative, zero or positive; `NaN` when neither is less.
 *
 * @throws {JinjaError} `TypeError` for values that have no order
 */
export function compare(left: unknown, right: unknown, operator: string): number {
  if (typeof left === "number" && typeof right === "number") return left - right
  if (isNumber(left) && isNumber(right)) {
    const a = left instanceof Float ? left.value : typeof left === "boolean" ? Number(left) : left
    const b = right instanceof Float ? right.value : typeof right === "boolean" ? Number(right) : right
    return a < b ? -1 : a > b ? 1 : a >= b && a <= b ? 0 : Number.NaN
  }
  if (isStr(left) && isStr(right)) return compareText(textOf(left), textOf(right))
  failUndefined(left, right)
  const a = Array.isArray(left) ? left : left instanceof Tuple ? left.items : undefined
  const b = Array.isArray(right) ? right : right instanceof Tuple ? right.items : undefined
  if (a !== undefined && b !== undefined && Array.isArray(left) === Array.isArray(right)) {
    for (let at = 0; at < a.length && at < b.length; at++) {
      if (!isEqual(a[at], b[at])) return compare(a[at], b[at], operator)
    }
    return a.length - b.length
  }
  throw typeError(`'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`)
}

/** `item in container`. */
export function contains(container: unknown, item: unknown): boolean {
  if (isStr(container)) {
    if (isStr(item)) return textOf(container).includes(textOf(item))
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
  }
  if (isDict(container)) return dictGet(container, item) !== MISSING
  if (container instanceof DictView && container.typeName === "dict_keys") {
    hashKey(item)
    return dictGet(container.dict, item) !== MISSING
  }
  if (!isIterable(container)) throw typeError(`argument of type '${typeName(container)}' is not iterable`)
  for (const each of iterate(container)) if (isEqual(each, item)) return true
  return false
}

function isIterable(value: unknown): boolean {
  try {
    iterate(value)
    return true
  } catch {
    return false
  }
}
