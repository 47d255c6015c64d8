// Filters that make numbers, and the few that take anything: `default`, `pprint`.

import { REQUIRED } from "./callable.ts"
import { JinjaError, typeError } from "./errors.ts"
import { builtin, define, type FilterTable } from "./filter-table.ts"
import { Float, float, isFloat, isInt, isNumber, normalizeInt, roundFloat, toBigInt, toDouble } from "./numbers.ts"
import { divide, multiply, power } from "./operators.ts"
import { parseInteger, toFloat } from "./parse-number.ts"
import { prettyPrint } from "./pretty-print.ts"
import { isStr, isTrue, textOf, typeName, Undefined } from "./values.ts"

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
  if (method !== "common") {
    const unit = power(10, precision)
    const scaled = multiply(value, unit)
    if (!isNumber(scaled)) throw typeError(`must be real number, not ${typeName(scaled)}`)
    const whole = method === "ceil" ? Math.ceil(toDouble(scaled)) : Math.floor(toDouble(scaled))
    return divide(normalizeInt(BigInt(whole)), unit)
  }
  if (!isNumber(value)) throw typeError(`type ${typeName(value)} doesn't define __round__ method`)
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
