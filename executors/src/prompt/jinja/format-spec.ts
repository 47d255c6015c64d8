// `format(value, ">10,.2f")`: the small language after the colon of `"{:…}".format(…)`, for texts and numbers.

import { typeError, valueError } from "./errors.ts"
import { floatRepr, isInt, isNumber, toDouble, toFixedEven } from "./numbers.ts"
import { lengthOf, slicePoints } from "./text.ts"
import { isStr, str, textOf, typeName } from "./values.ts"

const SPEC = /^(?:([\s\S])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u

export function formatValue(value: unknown, spec: string): string {
  if (spec === "") return str(value)
  if (!isStr(value) && !isNumber(value)) {
    throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`)
  }
  const match = SPEC.exec(spec)
  if (match === null) throw valueError(`Invalid format specifier '${spec}' for object of type '${typeName(value)}'`)
  const [, fill, align, sign = "-", , alternate, zero, widthText, group, precisionText, type] = match
  const width = Number(widthText ?? 0)
  const precision = precisionText === undefined ? undefined : Number(precisionText)
  if (isStr(value)) {
    if (type !== undefined && type !== "s") throw unknownCode(type, value)
    if (group !== undefined) throw valueError(`Cannot specify '${group}' with 's'.`)
    if (align === "=") throw valueError("'=' alignment not allowed in string format specifier")
    const text = precision === undefined ? textOf(value) : slicePoints(textOf(value), 0, precision)
    return padTo(text, width, fill ?? (zero ? "0" : " "), align ?? "<")
  }
  const body = formatNumber(value, type, precision, sign, alternate !== undefined)
  const grouped = group === undefined ? body : groupDigits(body, group, type)
  return padTo(grouped, width, fill ?? (zero && align === undefined ? "0" : " "), align ?? (zero ? "=" : ">"))
}

function formatNumber(
  value: unknown,
  type: string | undefined,
  precision: number | undefined,
  sign: string,
  isAlternate: boolean
): string {
  const number = value as number
  if (isInt(value) || typeof value === "boolean") {
    if (type === undefined || "dbxXocn".includes(type)) {
      if (precision !== undefined) throw valueError("Precision not allowed in integer format specifier")
      if (type === "c") return String.fromCodePoint(Number(value))
      return formatInt(BigInt(value), type ?? "d", sign, isAlternate, undefined)
    }
  }
  if (type !== undefined && !"eEfFgGn%".includes(type)) throw unknownCode(type, value)
  if (type === undefined && precision === undefined) return withSign(floatRepr(toDouble(number)), sign)
  if (type === undefined) return withSign(general(toDouble(number), precision!, false, true), sign)
  return formatFloat(toDouble(number), type, precision ?? 6, sign, isAlternate)
}

const unknownCode = (type: string, value: unknown) =>
  valueError(`Unknown format code '${type}' for object of type '${typeName(value)}'`)

/** `d`, `x`, `X`, `o` or `b`; `digits`: the least number of them. */
export function formatInt(
  value: bigint,
  type: string,
  sign: string,
  isAlternate: boolean,
  digits: number | undefined
): string {
  const radix = type === "b" ? 2 : type === "o" ? 8 : type === "x" || type === "X" ? 16 : 10
  let text = (value < 0n ? -value : value).toString(radix).padStart(digits ?? 0, "0")
  if (type === "X") text = text.toUpperCase()
  if (isAlternate && radix !== 10) text = `0${type}${text}`
  return withSign(value < 0n ? `-${text}` : text, sign)
}

export function formatFloat(
  value: number,
  type: string,
  precision: number,
  sign: string,
  isAlternate: boolean
): string {
  if (!Number.isFinite(value)) {
    const text = type === type.toUpperCase() && type !== "%" ? floatRepr(value).toUpperCase() : floatRepr(value)
    return withSign(type === "%" ? `${text}%` : text, sign)
  }
  switch (type) {
    case "f":
    case "F":
      return withSign(toFixedEven(value, precision), sign)
    case "%":
      return withSign(`${toFixedEven(value * 100, precision)}%`, sign)
    case "e":
    case "E": {
      const text = exponential(value, precision)
      return withSign(type === "E" ? text.toUpperCase() : text, sign)
    }
    default: {
      const text = general(value, precision, isAlternate, false)
      return withSign(type === "G" ? text.toUpperCase() : text, sign)
    }
  }
}

const exponential = (value: number, precision: number): string =>
  value.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, "e$10$2")

/** `g`; as a float's own format (`isRepr`) it keeps one digit after the point. */
function general(value: number, precision: number, keepsZeros: boolean, isRepr: boolean): string {
  if (!Number.isFinite(value)) return floatRepr(value)
  const digits = Math.max(precision, 1)
  const exponent = value === 0 ? 0 : Number(value.toExponential(Math.min(digits - 1, 100)).split("e")[1])
  const trim = (text: string) => (keepsZeros || !text.includes(".") ? text : text.replace(/\.?0+$/, ""))
  if (exponent < -4 || exponent >= (isRepr ? Math.min(digits, 16) : digits)) {
    const [mantissa = "", power = ""] = exponential(value, digits - 1).split("e")
    return `${trim(mantissa)}e${power}`
  }
  const text = trim(toFixedEven(value, Math.max(0, digits - 1 - exponent)))
  return isRepr && !text.includes(".") ? `${text}.0` : text
}

const withSign = (text: string, sign: string): string => (sign === "-" || text.startsWith("-") ? text : sign + text)

function groupDigits(text: string, separator: string, type: string | undefined): string {
  const size = type === "x" || type === "X" || type === "o" || type === "b" ? 4 : 3
  return text.replace(/\d+|[\da-f]+/i, (digits) =>
    digits.replace(new RegExp(`\\B(?=(?:\\w{${size}})+$)`, "g"), separator)
  )
}

function padTo(text: string, width: number, fill: string, align: string): string {
  const missing = width - lengthOf(text)
  if (missing <= 0) return text
  if (align === "<") return text + fill.repeat(missing)
  if (align === ">") return fill.repeat(missing) + text
  if (align === "^") return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2))
  const sign = /^[-+ ]?(?:0[xXob](?=\w))?/.exec(text)![0]
  return sign + fill.repeat(missing) + text.slice(sign.length)
}
