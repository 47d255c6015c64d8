// Filters that make text of text. Values that are no text are printed first, as in Jinja2.

import { REQUIRED, type Run } from "./callable.ts"
import { JinjaError, typeError } from "./errors.ts"
import { builtin, define, type FilterTable } from "./filter-table.ts"
import { formatFloat } from "./format-spec.ts"
import { slice } from "./lookup.ts"
import { isNumber, toDouble } from "./numbers.ts"
import { add, modulo } from "./operators.ts"
import { floatOf } from "./parse-number.ts"
import { capitalize, escapeHtml, lengthOf, splitLines } from "./text.ts"
import { center, replace, stripText } from "./text-methods.ts"
import { toJson } from "./to-json.ts"
import { urlEncode, urlize } from "./url-filters.ts"
import {
  dictEntries,
  isDict,
  isStr,
  isTrue,
  Markup,
  repr,
  length as sizeOfValue,
  str,
  Tuple,
  textOf,
  typeName,
  Undefined
} from "./values.ts"
import { wrap } from "./word-wrap.ts"

/** `soft_str(value)` changed: HTML-safe text stays safe. */
function softly(value: unknown, change: (text: string) => string): unknown {
  return value instanceof Markup ? new Markup(change(value.text)) : change(str(value))
}

export const escapeValue = (value: unknown): Markup =>
  value instanceof Markup ? value : new Markup(escapeHtml(str(value)))

const noMethod = (value: unknown, name: string): JinjaError =>
  new JinjaError("AttributeError", `'${typeName(value)}' object has no attribute '${name}'`)

const number = (value: unknown, name: string): number => {
  if (value instanceof Undefined) value.fail()
  if (!isNumber(value)) throw typeError(`${name} must be a number, not ${typeName(value)}`)
  return toDouble(value)
}

function indent([value, width, first, blank]: readonly unknown[]): unknown {
  if (!isStr(value)) {
    if (value instanceof Undefined) value.fail()
    if (Array.isArray(value)) throw noMethod(value, "splitlines")
    if (value instanceof Tuple) throw typeError('can only concatenate tuple (not "str") to tuple')
    throw typeError(`unsupported operand type(s) for +=: '${typeName(value)}' and 'str'`)
  }
  return softly(value, (text) => {
    const space = isStr(width) ? textOf(width) : " ".repeat(Math.max(0, number(width, "width")))
    const lines = splitLines(`${text}\n`)
    const indented = lines
      .map((line, at) => (at > 0 && (line !== "" || isTrue(blank)) ? space + line : line))
      .join("\n")
    return isTrue(first) ? space + indented : indented
  })
}

function truncate([value, lengthValue, killWords, endValue, leewayValue]: readonly unknown[]): unknown {
  const length = number(lengthValue, "length")
  const end = textOf(endValue as string)
  if (length < lengthOf(end)) {
    throw new JinjaError("AssertionError", `expected length >= ${lengthOf(end)}, got ${length}`)
  }
  const leeway = leewayValue === null ? 5 : number(leewayValue, "leeway")
  if (sizeOfValue(value) <= length + leeway) return value
  const cut = slice(value, null, length - lengthOf(end), null)
  if (isTrue(killWords)) return add(cut, end)
  if (!isStr(cut)) throw noMethod(cut, "rsplit")
  return softly(cut, (text) => {
    const lastSpace = text.lastIndexOf(" ")
    return (lastSpace < 0 ? text : text.slice(0, lastSpace)) + end
  })
}

function fileSize([value, isBinary]: readonly unknown[]): string {
  const bytes = floatOf(value)
  const base = isTrue(isBinary) ? 1024 : 1000
  if (bytes === 1) return "1 Byte"
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  const prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
  const power = Math.min(
    prefixes.findIndex((_, at) => bytes < base ** (at + 2)),
    prefixes.length - 1
  )
  const at = power < 0 ? prefixes.length - 1 : power
  const prefix = base === 1024 ? `${prefixes[at]!.toUpperCase()}iB` : `${prefixes[at]}B`
  return `${formatFloat((base * bytes) / base ** (at + 2), "f", 1, "-", false)} ${prefix}`
}

const WORD_START = /([-\s({[<]+)/u

function title(text: string): string {
  return text
    .split(WORD_START)
    .filter((part) => part !== "")
    .map((part) => {
      const first = String.fromCodePoint(part.codePointAt(0)!)
      return first.toUpperCase() + part.slice(first.length).toLowerCase()
    })
    .join("")
}

function stripTags(value: unknown): string {
  const text = str(value)
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<[^>]*>/g, "")
  return unescapeHtml(
    text
      .split(/\s+/u)
      .filter((word) => word !== "")
      .join(" ")
  )
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" }

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|#[xX]([\da-fA-F]+)|(\w+));/g, (entity, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? entity
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal))
  })
}

function xmlAttributes([value, autospace]: readonly unknown[], run: Run): unknown {
  if (value instanceof Undefined) value.fail()
  if (!isDict(value)) throw noMethod(value, "items")
  const parts: string[] = []
  for (const [key, item] of dictEntries(value)) {
    if (item === null || item instanceof Undefined) continue
    if (/[\t-\r \x2f>=]/.test(str(key))) {
      throw new JinjaError("ValueError", `Invalid character in attribute name: ${repr(key)}`)
    }
    parts.push(`${escapeValue(key).text}="${escapeValue(item).text}"`)
  }
  const text = parts.length > 0 && isTrue(autospace) ? ` ${parts.join(" ")}` : parts.join(" ")
  return run.autoescape ? new Markup(text) : text
}

function replaceFilter([value, old, by, count]: readonly unknown[], run: Run): unknown {
  const most = count === null ? -1 : number(count, "count")
  if (!run.autoescape) return replace(str(value), str(old), str(by), most)
  const isSafe = old instanceof Markup || (by instanceof Markup && !(value instanceof Markup))
  const text = isSafe ? escapeValue(value) : value
  if (!(text instanceof Markup)) return replace(str(text), str(old), str(by), most)
  return new Markup(replace(text.text, escapeValue(old).text, escapeValue(by).text, most))
}

export const TEXT_FILTERS: FilterTable = {
  upper: define("do_upper", 0, { s: REQUIRED }, ([value]) => softly(value, (text) => text.toUpperCase())),
  lower: define("do_lower", 0, { s: REQUIRED }, ([value]) => softly(value, (text) => text.toLowerCase())),
  capitalize: define("do_capitalize", 0, { s: REQUIRED }, ([value]) => softly(value, capitalize)),
  title: define("do_title", 0, { s: REQUIRED }, ([value]) => title(str(value))),
  trim: define("do_trim", 0, { value: REQUIRED, chars: null }, ([value, chars]) =>
    softly(value, (text) => stripText(text, chars))
  ),
  center: define("do_center", 0, { value: REQUIRED, width: 80 }, ([value, width]) =>
    softly(value, (text) => center(text, number(width, "width")))
  ),
  replace: define("do_replace", 1, { s: REQUIRED, old: REQUIRED, new: REQUIRED, count: null }, replaceFilter),
  indent: define("do_indent", 0, { s: REQUIRED, width: 4, first: false, blank: false }, indent),
  truncate: define(
    "do_truncate",
    1,
    { s: REQUIRED, length: 255, killwords: false, end: "...", leeway: null },
    truncate
  ),
  wordwrap: define(
    "do_wordwrap",
    1,
    { s: REQUIRED, width: 79, break_long_words: true, wrapstring: null, break_on_hyphens: true },
    ([value, width, breakLong, wrapString, onHyphens]) => {
      if (value instanceof Undefined) value.fail()
      if (!isStr(value)) {
        throw noMethod(value, "splitlines")
      }
      const by = wrapString === null ? "\n" : str(wrapString)
      return splitLines(textOf(value))
        .map((line) =>
          wrap(line, number(width, "width"), { breakLong: isTrue(breakLong), onHyphens: isTrue(onHyphens) }).join(by)
        )
        .join(by)
    }
  ),
  wordcount: define(
    "do_wordcount",
    0,
    { s: REQUIRED },
    ([value]) => (str(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length
  ),
  string: builtin("soft_str", (value) => (value instanceof Markup ? value : str(value))),
  escape: builtin("escape", escapeValue),
  e: builtin("escape", escapeValue),
  forceescape: define("do_forceescape", 0, { value: REQUIRED }, ([value]) => new Markup(escapeHtml(str(value)))),
  safe: define("do_mark_safe", 0, { value: REQUIRED }, ([value]) => new Markup(str(value))),
  striptags: define("do_striptags", 0, { value: REQUIRED }, ([value]) => stripTags(value)),
  format: (value, args, kwargs) => {
    if (args.length > 0 && kwargs.size > 0) {
      throw new JinjaError("FilterArgumentError", "can't handle positional and keyword arguments at the same time")
    }
    const values = kwargs.size > 0 ? Object.fromEntries(kwargs) : new Tuple(args)
    return modulo(value instanceof Markup ? value : str(value), values)
  },
  filesizeformat: define("do_filesizeformat", 0, { value: REQUIRED, binary: false }, fileSize),
  xmlattr: define("do_xmlattr", 1, { d: REQUIRED, autospace: true }, xmlAttributes),
  urlencode: define("do_urlencode", 0, { value: REQUIRED }, ([value]) => urlEncode(value)),
  urlize: define(
    "do_urlize",
    1,
    { value: REQUIRED, trim_url_limit: null, nofollow: false, target: null, rel: null, extra_schemes: null },
    urlize
  ),
  tojson: define("do_tojson", 1, { value: REQUIRED, indent: null }, ([value, by]) => new Markup(toJson(value, by)))
}
