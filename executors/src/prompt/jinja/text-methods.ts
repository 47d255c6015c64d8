// The methods of `str`. Each takes the text, the positional and the keyword arguments.

import { bind, checkCount, intArgument, type Kwargs, textArgument } from "./callable.ts"
import { JinjaError, typeError, valueError } from "./errors.ts"
import { formatTemplate } from "./str-format.ts"
import {
  capitalize,
  isSpace,
  lengthOf,
  pointIndex,
  points,
  slicePoints,
  splitLines,
  titleChar,
  trimEnd,
  trimStart
} from "./text.ts"
import { dictEntries, isDict, isStr, listOf, str, Tuple, textOf, typeName } from "./values.ts"

export type TextMethod = (text: string, args: readonly unknown[], kwargs: Kwargs) => unknown

const isUpperChar = (char: string) => /\p{Uppercase}/u.test(char)
const isLowerChar = (char: string) => /\p{Lowercase}/u.test(char)
const isTitleChar = (char: string) => /\p{Lt}/u.test(char)
const isCased = (char: string) => isUpperChar(char) || isLowerChar(char) || isTitleChar(char)

const plain =
  (name: string, change: (text: string) => unknown): TextMethod =>
  (text, args, kwargs) => {
    if (kwargs.size > 0) throw typeError(`str.${name}() takes no keyword arguments`)
    if (args.length > 0) throw typeError(`str.${name}() takes no arguments (${args.length} given)`)
    return change(text)
  }

/** True when the text is not empty and every code point passes. */
const every = (name: string, test: (char: string) => boolean): TextMethod =>
  plain(name, (text) => text !== "" && points(text).every(test))

const strip =
  (name: string, start: boolean, end: boolean): TextMethod =>
  (text, args) => {
    checkCount(name, args, 0, 1)
    return stripText(text, args[0] ?? null, start, end, name)
  }

/** `str.strip(chars)`; `null`: whitespace. */
export function stripText(text: string, chars: unknown, start = true, end = true, name = "strip"): string {
  if (chars === null) return end ? trimEnd(start ? trimStart(text) : text) : trimStart(text)
  const set = new Set(points(textArgument(chars, () => `${name} arg must be None or str`)))
  const all = points(text)
  let from = 0
  let to = all.length
  while (start && from < to && set.has(all[from]!)) from += 1
  while (end && to > from && set.has(all[to - 1]!)) to -= 1
  return all.slice(from, to).join("")
}

function split(text: string, separator: unknown, limit: unknown): string[] {
  const most = limit === undefined ? -1 : intArgument(limit)
  if (separator === null || separator === undefined) {
    const words: string[] = []
    let rest = trimStart(text)
    while (rest !== "" && (most < 0 || words.length < most)) {
      const end = points(rest).findIndex(isSpace)
      if (end < 0) break
      words.push(slicePoints(rest, 0, end))
      rest = trimStart(slicePoints(rest, end))
    }
    return rest === "" ? words : [...words, most >= 0 && words.length >= most ? rest : rest]
  }
  const by = textArgument(separator, (type) => `must be str or None, not ${type}`)
  if (by === "") throw valueError("empty separator")
  const parts = text.split(by)
  return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(by)]
}

function splitFromRight(text: string, separator: unknown, limit: unknown): string[] {
  const most = limit === undefined ? -1 : intArgument(limit)
  if (most < 0) return split(text, separator, undefined)
  if (separator === null || separator === undefined) {
    const reversed = split(points(text).reverse().join(""), null, most)
    return reversed.map((part) => points(part).reverse().join("")).reverse()
  }
  const parts = split(text, separator, undefined)
  const by = textOf(separator as string)
  return parts.length <= most + 1
    ? parts
    : [parts.slice(0, parts.length - most).join(by), ...parts.slice(parts.length - most)]
}

const splitParameters = { sep: null, maxsplit: -1 }

function find(name: string, fromRight: boolean, isStrict: boolean): TextMethod {
  return (text, args) => {
    checkCount(name, args, 1, 3)
    const needle = textArgument(args[0], (type) => `must be str, not ${type}`)
    const size = lengthOf(text)
    const [from, to] = bounds(args, size)
    const part = slicePoints(text, from, to)
    const at = from > size ? -1 : fromRight ? part.lastIndexOf(needle) : part.indexOf(needle)
    if (at < 0 && isStrict) throw valueError("substring not found")
    return at < 0 ? -1 : pointIndex(part, at) + from
  }
}

/** The optional start and end of `find`, `count`, `startswith` …, as indexes into the text. */
function bounds(args: readonly unknown[], size: number): [from: number, to: number] {
  const index = (value: unknown, otherwise: number) => {
    if (value === null || value === undefined) return otherwise
    const at = intArgument(value)
    return at < 0 ? Math.max(0, size + at) : at
  }
  return [index(args[1], 0), Math.min(size, index(args[2], size))]
}

function hasAffix(name: string, test: (text: string, affix: string) => boolean): TextMethod {
  return (text, args) => {
    checkCount(name, args, 1, 3)
    const [from, to] = bounds(args, lengthOf(text))
    const part = args.length > 1 ? slicePoints(text, from, to) : text
    const [affix] = args
    if (affix instanceof Tuple)
      return affix.items.some((each) =>
        test(
          part,
          textArgument(each, () => notAffix(each))
        )
      )
    return test(
      part,
      textArgument(affix, () => notAffix(affix))
    )
    function notAffix(value: unknown): string {
      return value === affix
        ? `${name} first arg must be str or a tuple of str, not ${typeName(value)}`
        : `tuple for ${name} must only contain str, not ${typeName(value)}`
    }
  }
}

function justify(name: string, place: (missing: number, width: number) => number): TextMethod {
  return (text, args) => {
    checkCount(name, args, 1, 2)
    const width = intArgument(args[0])
    const fill =
      args.length > 1
        ? textArgument(args[1], (type) => `The fill character must be a unicode character, not ${type}`)
        : " "
    if (lengthOf(fill) !== 1) throw typeError("The fill character must be exactly one character long")
    return pad(text, width, fill, place)
  }
}

function pad(text: string, width: number, fill: string, place: (missing: number, width: number) => number): string {
  const missing = width - lengthOf(text)
  if (missing <= 0) return text
  const left = place(missing, width)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}

/** Python's `center` puts the odd space on the left when both the width and the missing part are odd. */
const centered = (missing: number, width: number) => Math.floor(missing / 2) + (missing & width & 1)

export const center = (text: string, width: number): string => pad(text, width, " ", centered)

/** `str.replace`; a negative count means all. An empty `old` stands before every code point and at the end. */
export function replace(text: string, old: string, by: string, count: number): string {
  const parts = old === "" ? ["", ...points(text), ""] : text.split(old)
  if (count < 0 || parts.length <= count + 1) return parts.join(by)
  return [...parts.slice(0, count), parts.slice(count).join(old)].join(by)
}

function titleWords(text: string): string {
  let isInWord = false
  return points(text)
    .map((char) => {
      const changed = isInWord ? char.toLowerCase() : titleChar(char)
      isInWord = isCased(char)
      return changed
    })
    .join("")
}

function isTitled(text: string): boolean {
  let isInWord = false
  let hasCased = false
  for (const char of points(text)) {
    if (isUpperChar(char) || isTitleChar(char)) {
      if (isInWord) return false
      isInWord = true
      hasCased = true
    } else if (isLowerChar(char)) {
      if (!isInWord) return false
      hasCased = true
    } else {
      isInWord = false
    }
  }
  return hasCased
}

const hasCase = (name: string, no: (char: string) => boolean): TextMethod =>
  plain(name, (text) => points(text).some(isCased) && !points(text).some((char) => isCased(char) && no(char)))

function partition(text: string, args: readonly unknown[], name: string, at: (separator: string) => number): Tuple {
  if (args.length !== 1) throw typeError(`str.${name}() takes exactly one argument (${args.length} given)`)
  const separator = textArgument(args[0], (type) => `must be str, not ${type}`)
  if (separator === "") throw valueError("empty separator")
  const index = at(separator)
  if (index < 0) return new Tuple(name === "partition" ? [text, "", ""] : ["", "", text])
  return new Tuple([text.slice(0, index), separator, text.slice(index + separator.length)])
}

function expandTabs(text: string, size: number): string {
  let column = 0
  let result = ""
  for (const char of points(text)) {
    const width = size > 0 ? size - (column % size) : 0
    result += char === "\t" ? " ".repeat(width) : char
    column = char === "\n" || char === "\r" ? 0 : column + (char === "\t" ? width : 1)
  }
  return result
}

export const TEXT_METHODS: Readonly<Record<string, TextMethod>> = {
  upper: plain("upper", (text) => text.toUpperCase()),
  lower: plain("lower", (text) => text.toLowerCase()),
  title: plain("title", titleWords),
  capitalize: plain("capitalize", capitalize),
  swapcase: plain("swapcase", (text) =>
    points(text)
      .map((char) => (isUpperChar(char) ? char.toLowerCase() : char.toUpperCase()))
      .join("")
  ),
  casefold: plain("casefold", (text) => text.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ")),
  strip: strip("strip", true, true),
  lstrip: strip("lstrip", true, false),
  rstrip: strip("rstrip", false, true),
  split: (text, args, kwargs) => split(text, ...(bind("split", splitParameters, args, kwargs) as [unknown, unknown])),
  rsplit: (text, args, kwargs) =>
    splitFromRight(text, ...(bind("rsplit", splitParameters, args, kwargs) as [unknown, unknown])),
  splitlines: (text, args, kwargs) => {
    const [keepEnds] = bind("splitlines", { keepends: false }, args, kwargs)
    return splitLines(text, Boolean(keepEnds))
  },
  partition: (text, args) => partition(text, args, "partition", (separator) => text.indexOf(separator)),
  rpartition: (text, args) => partition(text, args, "rpartition", (separator) => text.lastIndexOf(separator)),
  join: (text, args) => {
    if (args.length !== 1) throw typeError(`str.join() takes exactly one argument (${args.length} given)`)
    let items: unknown[]
    try {
      items = listOf(args[0])
    } catch (error) {
      throw error instanceof JinjaError && error.type === "TypeError" ? typeError("can only join an iterable") : error
    }
    return items
      .map((item, at) => textArgument(item, (type) => `sequence item ${at}: expected str instance, ${type} found`))
      .join(text)
  },
  replace: (text, args) => {
    checkCount("replace", args, 2, 3)
    const [old, by] = [args[0], args[1]].map((arg, at) =>
      textArgument(arg, (type) => `replace() argument ${at + 1} must be str, not ${type}`)
    ) as [string, string]
    return replace(text, old, by, args.length > 2 ? intArgument(args[2]) : -1)
  },
  format: (text, args, kwargs) => formatTemplate(text, args, kwargs),
  format_map: (text, args) => {
    const [mapping] = args
    const entries = isDict(mapping) ? dictEntries(mapping).map(([key, value]) => [str(key), value] as const) : []
    return formatTemplate(text, [], new Map(entries))
  },
  find: find("find", false, false),
  rfind: find("rfind", true, false),
  index: find("index", false, true),
  rindex: find("rindex", true, true),
  count: (text, args) => {
    checkCount("count", args, 1, 3)
    const needle = textArgument(args[0], (type) => `must be str, not ${type}`)
    const part = slicePoints(text, ...bounds(args, lengthOf(text)))
    return needle === "" ? lengthOf(part) + 1 : part.split(needle).length - 1
  },
  startswith: hasAffix("startswith", (text, affix) => text.startsWith(affix)),
  endswith: hasAffix("endswith", (text, affix) => text.endsWith(affix)),
  removeprefix: (text, args) => {
    const prefix = textArgument(args[0], (type) => `removeprefix() argument must be str, not ${type}`)
    return text.startsWith(prefix) ? text.slice(prefix.length) : text
  },
  removesuffix: (text, args) => {
    const suffix = textArgument(args[0], (type) => `removesuffix() argument must be str, not ${type}`)
    return suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  },
  center: justify("center", centered),
  ljust: justify("ljust", () => 0),
  rjust: justify("rjust", (missing) => missing),
  zfill: (text, args) => {
    const sign = /^[-+]/.exec(text)?.[0] ?? ""
    return sign + pad(text.slice(sign.length), intArgument(args[0]) - sign.length, "0", (missing) => missing)
  },
  expandtabs: (text, args, kwargs) => {
    const [size] = bind("expandtabs", { tabsize: 8 }, args, kwargs)
    return expandTabs(text, intArgument(size))
  },
  isalpha: every("isalpha", (char) => /\p{L}/u.test(char)),
  isdigit: every("isdigit", (char) => /[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨]/u.test(char)),
  isdecimal: every("isdecimal", (char) => /\p{Nd}/u.test(char)),
  isnumeric: every("isnumeric", (char) => /[\p{Nd}\p{Nl}\p{No}]/u.test(char)),
  isalnum: every("isalnum", (char) => /[\p{L}\p{Nd}\p{Nl}\p{No}]/u.test(char)),
  isspace: every("isspace", isSpace),
  isascii: plain("isascii", (text) => points(text).every((char) => char.codePointAt(0)! < 128)),
  isidentifier: plain("isidentifier", (text) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(text)),
  isprintable: plain("isprintable", (text) => !/(?! )[\p{C}\p{Z}]/u.test(text)),
  islower: hasCase("islower", (char) => !isLowerChar(char)),
  isupper: hasCase("isupper", (char) => !isUpperChar(char)),
  istitle: plain("istitle", isTitled),
  encode: (text) => Array.from(new TextEncoder().encode(text))
}

/** True when the value is a text that passes one of the tests above. */
export const passes = (method: "islower" | "isupper", value: unknown): boolean =>
  TEXT_METHODS[method]!(isStr(value) ? textOf(value) : str(value), [], new Map()) as boolean
