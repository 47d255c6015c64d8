// Python's numbers over JavaScript's: what is an int, what is a float, and how a float prints.
//
// N1. An int is a safe integer `number` or a `bigint` outside of that range. A float is a `number` that is not whole,
//     or a `Float`, which exists only so that `6 / 2` stays `3.0`.
// N2. Inputs come from JavaScript, where `1.0` is `1`: a whole number from outside is an int. Whole numbers beyond the
//     safe range are ints up to 1e21, floats above (as in core's `pythonStr`), and `-0` is a float.

/** A float whose value is whole. Made only by `float`. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A JavaScript number as a Python float. */
export const float = (value: number): number | Float => (Number.isInteger(value) ? new Float(value) : value)

export const isFloat = (value: unknown): value is number | Float =>
  value instanceof Float ||
  (typeof value === "number" && (!Number.isInteger(value) || Math.abs(value) >= 1e21 || Object.is(value, -0)))

/** True for ints; bools are ints in Python but not here. */
export const isInt = (value: unknown): value is number | bigint =>
  typeof value === "bigint" || (typeof value === "number" && !isFloat(value))

export const isNumber = (value: unknown): value is number | bigint | Float | boolean =>
  typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" || value instanceof Float

/** An int in the form that N1 asks for. */
export const normalizeInt = (value: bigint): number | bigint =>
  value >= -MAX_SAFE && value <= MAX_SAFE ? Number(value) : value
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** The value of a number or bool as a JavaScript number. */
export const toDouble = (value: number | bigint | Float | boolean): number =>
  typeof value === "number" ? value : value instanceof Float ? value.value : Number(value)

/** The value of an int or bool as a bigint. */
export const toBigInt = (value: number | bigint | boolean): bigint => BigInt(value)

/** `repr` of a float. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2")
  if (Object.is(value, -0)) return "-0.0"
  return Number.isInteger(value) ? `${value}.0` : `${value}`
}

/** The decimal digits of `value` with exactly `digits` after the point; ties go to the even digit, as in C. */
export function toFixedEven(value: number, digits: number): string {
  if (!Number.isFinite(value)) return floatRepr(value)
  const sign = value < 0 || Object.is(value, -0) ? "-" : ""
  const [whole, fraction] = exactDecimal(Math.abs(value))
  const kept = BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"))
  const rest = fraction.slice(digits)
  const isUp = rest !== "" && (rest[0]! > "5" || (rest[0] === "5" && (/[1-9]/.test(rest.slice(1)) || kept % 2n === 1n)))
  const text = (isUp ? kept + 1n : kept).toString().padStart(digits + 1, "0")
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Every digit of a finite, non-negative double: its whole part and its fraction (without trailing zeros). */
function exactDecimal(value: number): [whole: string, fraction: string] {
  if (Number.isInteger(value)) return [BigInt(value).toString(), ""]
  let shift = 0
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shift += 1
  }
  const digits = (BigInt(scaled) * 5n ** BigInt(shift)).toString().padStart(shift + 1, "0")
  return [digits.slice(0, -shift), digits.slice(-shift).replace(/0+$/, "")]
}

/** `round(value, digits)` of a float. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 330) return value
  if (digits >= 0) return Number(toFixedEven(value, digits))
  const unit = 10n ** BigInt(-digits)
  const whole = BigInt(Math.trunc(Math.abs(value)))
  const rest = whole % unit
  const base = whole / unit
  const twice = rest * 2n
  const hasFraction = !Number.isInteger(value)
  const isUp = twice > unit || (twice === unit && (hasFraction || base % 2n === 1n))
  return Math.sign(value) * Number((isUp ? base + 1n : base) * unit)
}
