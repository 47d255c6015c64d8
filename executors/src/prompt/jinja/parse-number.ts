// `int(value, base)` and `float(value)`: which texts Python takes for numbers.

import { typeError, valueError } from "./errors.ts"
import { isNumber, normalizeInt, toDouble } from "./numbers.ts"
import { trimEnd, trimStart } from "./text.ts"
import { isStr, repr, textOf, typeName, Undefined } from "./values.ts"

const INTEGER_DIGITS: Readonly<Record<number, RegExp>> = {
  2: /^(?:0b)?_?[01]+(?:_[01]+)*$/i,
  8: /^(?:0o)?_?[0-7]+(?:_[0-7]+)*$/i,
  10: /^\d+(?:_\d+)*$/,
  16: /^(?:0x)?_?[\da-f]+(?:_[\da-f]+)*$/i
}

/** `int(text, base)`; `undefined` for what Python refuses. */
export function parseInteger(text: string, base: number): number | bigint | undefined {
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
export function toFloat(value: unknown): number | undefined {
  if (value instanceof Undefined) value.fail()
  if (isNumber(value)) return toDouble(value)
  return isStr(value) ? parseFloat_(textOf(value)) : undefined
}

/** `float(value)`. */
export function floatOf(value: unknown): number {
  const double = toFloat(value)
  if (double !== undefined) return double
  throw isStr(value)
    ? valueError(`could not convert string to float: ${repr(textOf(value))}`)
    : typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`)
}
