// `"%s is %d" % values`: Python's oldest way to format, which the `format` filter uses.

import { JinjaError, typeError, valueError } from "./errors.ts"
import { formatFloat, formatInt } from "./format-spec.ts"
import { isFloat, isNumber, toDouble } from "./numbers.ts"
import { lengthOf, slicePoints } from "./text.ts"
import { dictGet, isDict, isStr, MISSING, Range, repr, str, Tuple, textOf, typeName, Undefined } from "./values.ts"

const DIRECTIVE = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?([\s\S]?)/g

/** `toText` makes text of a value for `%s`; HTML-safe texts escape here. */
export function formatPercent(format: string, values: unknown, toText: (value: unknown) => string = str): string {
  const args = values instanceof Tuple ? values.items : [values]
  let used = 0
  let usesNames = false
  const next = (): unknown => {
    if (used >= args.length) throw typeError("not enough arguments for format string")
    return args[used++]
  }
  const result = format.replace(
    DIRECTIVE,
    (
      directive,
      name: string | undefined,
      flags: string,
      widthText: string,
      precisionText: string | undefined,
      type: string,
      offset: number
    ) => {
      if (type === "%") return "%"
      if (type === "") throw valueError("incomplete format")
      let value: unknown
      if (name !== undefined) {
        usesNames = true
        if (!isDict(values)) throw typeError("format requires a mapping")
        value = dictGet(values, name)
        if (value === MISSING) throw new JinjaError("KeyError", repr(name))
      }
      const width = widthText === "*" ? Number(next()) : Number(widthText)
      const precision =
        precisionText === undefined ? undefined : precisionText === "*" ? Number(next()) : Number(precisionText)
      if (name === undefined) value = next()
      return pad(convert(type, value, flags, precision, toText, offset + directive.length - 1), width, flags, type)
    }
  )
  if (used < args.length && !usesNames && !hasItems(values)) {
    throw typeError("not all arguments converted during string formatting")
  }
  return result
}

function convert(
  type: string,
  value: unknown,
  flags: string,
  precision: number | undefined,
  toText: (value: unknown) => string,
  index: number
): string {
  if (value instanceof Undefined && "diueEfFgG".includes(type)) value.fail()
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "-"
  switch (type) {
    case "s":
      return cut(toText(value), precision)
    case "r":
    case "a":
      return cut(repr(value), precision)
    case "c":
      if (isStr(value) && lengthOf(textOf(value)) === 1) return textOf(value)
      if (isNumber(value) && !isFloat(value)) return charOf(toDouble(value))
      throw typeError("%c requires int or char")
    case "d":
    case "i":
    case "u":
      if (!isNumber(value)) throw typeError(`%${type} format: a real number is required, not ${typeName(value)}`)
      return formatInt(
        isFloat(value) ? BigInt(Math.trunc(toDouble(value))) : BigInt(value),
        "d",
        sign,
        false,
        precision
      )
    case "x":
    case "X":
    case "o":
      if (!isNumber(value) || isFloat(value)) {
        throw typeError(`%${type} format: an integer is required, not ${typeName(value)}`)
      }
      return formatInt(BigInt(value), type, sign, flags.includes("#"), precision)
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      if (!isNumber(value)) throw typeError(`must be real number, not ${typeName(value)}`)
      return formatFloat(toDouble(value), type, precision ?? 6, sign, flags.includes("#"))
    default:
      throw valueError(
        `unsupported format character '${type}' (0x${type.codePointAt(0)!.toString(16)}) at index ${index}`
      )
  }
}

/** What Python takes for a mapping, and so does not miss in the format. */
const hasItems = (value: unknown): boolean =>
  isDict(value) || Array.isArray(value) || value instanceof Undefined || value instanceof Range

function charOf(code: number): string {
  if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code)
  throw new JinjaError("OverflowError", "%c arg not in range(0x110000)")
}

const cut = (text: string, precision: number | undefined): string =>
  precision === undefined ? text : slicePoints(text, 0, precision)

function pad(text: string, width: number, flags: string, type: string): string {
  const missing = width - lengthOf(text)
  if (missing <= 0) return text
  if (flags.includes("-")) return text + " ".repeat(missing)
  if (!flags.includes("0") || "srac".includes(type)) return " ".repeat(missing) + text
  const sign = /^[-+ ]?(?:0[xXo])?/.exec(text)![0]
  return sign + "0".repeat(missing) + text.slice(sign.length)
}
