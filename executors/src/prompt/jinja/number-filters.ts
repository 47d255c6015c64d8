// Filters that make numbers, and the few that take anything: `default`, `pprint`.

import { REQUIRED } from "./callable.ts"
import { JinjaError, typeError } from "./errors.ts"
import { builtin, define, type FilterTable } from "./filter-table.ts"
import { Float, float, isFloat, isInt, isNumber, normalizeInt, roundFloat, toBigInt, toDouble } from "./numbers.ts"
import { divide, multiply, power } from "./operators.ts"
import { prettyPrint } from "./pretty-print.ts"
import { trimEnd, trimStart } from "./text.ts"
import { isStr, isTrue, textOf, typeName, Undefined } from "./values.ts"

const INTEGER_DIGITS: Readonly<Record<number, RegExp>> = {
  2: /^(?:0b)?_?[01]+(?:_[01]+)*$/i,
  8: /^(?:0o)?_?[0-7]+(?:_[0-7]+)*$/i,
  10: /^\d+(?:_\d+)*$/,
  16: /^(?:0x)?_?[\da-f]+(?:_[\da-f]+)*$/i
}

/** `int(text, base)`; `undefined` for what Python refuses. */
function parseInteger(text: string, base: number): number | bigint | undefined {
  const trimmed = trimEnd(trimStart(text))
  const [sign = ""] = /^[-+]?/.exec(trimmed)!
  let digits = trimmed.slice(sign.length)
  let radix = base
  if (base === 0) {
    const prefix = /^0([box])/i.exec(digits)?.[1]?.toLowerCase()
    radix = prefix === "b" ? 2 : prefix === "o" ? 8 : prefix === "x" ? 16 : 10
    if (radix === 10 && /^0[\d_]*[1-9]/.test(digits)) return undefined
  }
  const pattern = INTEGER_DIGITS[radix] ?? /^[\da-z]+$/i
  if (!pattern.test(digits)) return undefined
  digits = digits.replaceAll("_", "").toLowerCase()
  if (radix !== 10) digits = digits.replace(/^0[box]/, "")
  let value = 0n
  for (const digit of digits) {
    const unit = Number.parseInt(digit, 36)
    if (unit >= radix) return undefined
    value = value * BigInt(radix) + BigInt(unit)
  }
  return normalizeInt(sign === "-" ? -value : value)
}

/** `float(text)`; `undefined` for what Python refuses. */
function parseFloat_(text: string): number | undefined {
  const trimmed = trimEnd(trimStart(text)).toLowerCase()
  const special = /^([-+]?)(?:(inf(?:inity)?)|nan)$/.exec(trimmed)
  if (special !== null) return special[2] === undefined ? Number.NaN : special[1] === "-" ? -Infinity : Infinity
  if (!/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/.test(trimmed))
    return undefined
  return Number(trimmed.replaceAll("_", ""))
}

/** `float(value)`; `undefined` where Python raises `TypeError` or `ValueError`. */
function toFloat(value: unknown): number | undefined {
  if (value instanceof Undefined) value.fail()
  if (isNumber(value)) return toDouble(value)
  return isStr(value) ? parseFloat_(textOf(value)) : undefined
}

function toInt([value, fallback, base]: readonly unknown[]): unknown {
  if (value instanceof Undefined) value.fail()
  if (isInt(value)) return value
  if (typeof value === "boolean") return Number(value)
  if (isStr(value)) {
    const integer = parseInteger(textOf(value), typeof base === "number" ? base : 10)
    if (integer !== undefined) return integer
  }
  const double = toFloat(value)
  return double === undefined || !Number.isFinite(double) ? fallback : normalizeInt(BigInt(Math.trunc(double)))
}

function round([value, precision, method]: readonly unknown[]): unknown {
  if (method !== "common" && method !== "ceil" && method !== "floor") {
    throw new JinjaError("FilterArgumentError", "method must be common, ceil or floor")
  }
  if (value instanceof Undefined) value.fail()
  if (!isNumber(value)) {
    throw typeError(
      method === "common"
        ? `type ${typeName(value)} doesn't define __round__ method`
        : `can't multiply sequence by non-int of type '${typeName(value)}'`
    )
  }
  if (method !== "common") {
    const unit = power(10, precision)
    const scaled = toDouble(multiply(value, unit) as number)
    return divide(normalizeInt(BigInt(method === "ceil" ? Math.ceil(scaled) : Math.floor(scaled))), unit)
  }
  if (!isNumber(precision)) {
    if (precision === null) return isFloat(value) ? normalizeInt(BigInt(roundFloat(toDouble(value), 0))) : value
    throw typeError(`'${typeName(precision)}' object cannot be interpreted as an integer`)
  }
  const digits = toDouble(precision)
  if (isFloat(value)) return float(roundFloat(toDouble(value), digits))
  const integer = typeof value === "boolean" ? Number(value) : (value as number | bigint)
  return digits >= 0 ? integer : roundInteger(toBigInt(integer), digits)
}

/** Halves go to the even neighbour. */
function roundInteger(value: bigint, digits: number): number | bigint {
  const unit = 10n ** BigInt(-digits)
  const size = value < 0n ? -value : value
  const rest = size % unit
  const base = size / unit
  const isUp = rest * 2n > unit || (rest * 2n === unit && base % 2n === 1n)
  const rounded = (isUp ? base + 1n : base) * unit
  return normalizeInt(value < 0n ? -rounded : rounded)
}

function absolute(value: unknown): unknown {
  if (value instanceof Undefined) value.fail()
  if (!isNumber(value)) throw typeError(`bad operand type for abs(): '${typeName(value)}'`)
  if (isFloat(value)) return float(Math.abs(toDouble(value)))
  const integer = toBigInt(value)
  return normalizeInt(integer < 0n ? -integer : integer)
}

const fallbackParameters = { value: REQUIRED, default_value: "", boolean: false }

const fallback = define("do_default", 0, fallbackParameters, ([value, otherwise, isBoolean]) =>
  value instanceof Undefined || (isTrue(isBoolean) && !isTrue(value)) ? otherwise : value
)

export const NUMBER_FILTERS: FilterTable = {
  int: define("do_int", 0, { value: REQUIRED, default: 0, base: 10 }, toInt),
  float: define("do_float", 0, { value: REQUIRED, default: new Float(0) }, ([value, otherwise]) => {
    const double = toFloat(value)
    return double === undefined ? otherwise : float(double)
  }),
  round: define("do_round", 0, { value: REQUIRED, precision: 0, method: "common" }, round),
  abs: builtin("abs", absolute),
  default: fallback,
  d: fallback,
  pprint: define("do_pprint", 0, { value: REQUIRED }, ([value]) => prettyPrint(value))
}
