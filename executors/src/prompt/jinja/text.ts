// Text as Python sees it: by code points, with Python's idea of whitespace and of lines.

/** A regular expression class of the characters that `str.isspace` and `\s` accept. */
export const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"
const LEADING_SPACE = new RegExp(`^${SPACE}+`)
const SPACE_CHAR = new RegExp(SPACE)
const SURROGATE = /[\ud800-\udfff]/

/** `str.rstrip()`. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && SPACE_CHAR.test(text[end - 1]!)) end -= 1
  return text.slice(0, end)
}

/** `str.lstrip()`. */
export const trimStart = (text: string): string => text.replace(LEADING_SPACE, "")

export const isSpace = (char: string): boolean => SPACE_CHAR.test(char)

/** True when code points and UTF-16 units are the same thing in this text. */
export const isPlain = (text: string): boolean => !SURROGATE.test(text)

/** The code points, one text each. */
export const points = (text: string): string[] => (isPlain(text) ? text.split("") : Array.from(text))

export const lengthOf = (text: string): number => (isPlain(text) ? text.length : Array.from(text).length)

/** `text[start:end]` for bounds that are already within the text. */
export const slicePoints = (text: string, start: number, end?: number): string =>
  isPlain(text) ? text.slice(start, end) : Array.from(text).slice(start, end).join("")

/** Where a UTF-16 index lies in code points; -1 stays -1. */
export const pointIndex = (text: string, index: number): number =>
  index <= 0 || isPlain(text) ? index : Array.from(text.slice(0, index)).length

/** Negative, zero or positive, by code points (JavaScript's `<` goes by UTF-16 units). */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  if (isPlain(left) && isPlain(right)) return left < right ? -1 : 1
  const a = Array.from(left)
  const b = Array.from(right)
  for (let at = 0; at < a.length && at < b.length; at++) {
    if (a[at] !== b[at]) return a[at]!.codePointAt(0)! - b[at]!.codePointAt(0)!
  }
  return a.length - b.length
}

const LINE_ENDS = "\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029"
const LINE_END = new RegExp(`\\r\\n|[${LINE_ENDS}]`, "g")

/** `str.splitlines(keepends)`: no empty line after a last line end. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = []
  let start = 0
  for (const end of text.matchAll(LINE_END)) {
    lines.push(text.slice(start, keepEnds ? end.index + end[0].length : end.index))
    start = end.index + end[0].length
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

/** `str.capitalize()`: the first code point titled, the rest lowered. */
export function capitalize(text: string): string {
  if (text === "") return ""
  const first = String.fromCodePoint(text.codePointAt(0)!)
  return titleChar(first) + lower(text.slice(first.length))
}

/** The title case of one code point: `ǆ` → `ǅ`, `ß` → `Ss`. */
export function titleChar(char: string): string {
  const digraph = DIGRAPHS[char]
  if (digraph !== undefined) return digraph
  const upper = char.toUpperCase()
  if (upper.length === char.length || /[\u1f80-\u1fff]/.test(char))
    return upper.length === 1 ? upper : upper[0]! + lower(upper.slice(1))
  const [first = "", ...rest] = Array.from(upper)
  return first + lower(rest.join(""))
}
const DIGRAPHS: Readonly<Record<string, string>> = {
  Ǆ: "ǅ",
  ǅ: "ǅ",
  ǆ: "ǅ",
  Ǉ: "ǈ",
  ǈ: "ǈ",
  ǉ: "ǈ",
  Ǌ: "ǋ",
  ǋ: "ǋ",
  ǌ: "ǋ",
  Ǳ: "ǲ",
  ǲ: "ǲ",
  ǳ: "ǲ"
}

export const lower = (text: string): string => text.toLowerCase()

const ESCAPED = /[&<>'"]/g
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;"
}

/** markupsafe's escape of a plain text. */
export const escapeHtml = (text: string): string => text.replace(ESCAPED, (char) => ENTITIES[char]!)
