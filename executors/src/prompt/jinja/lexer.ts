// Template text → tokens, by Jinja2's rules for trim_blocks=True and keep_trailing_newline=True with its usual
// delimiters. Comments and whitespace inside tags give no token.
//
// X1. Lines are counted over the source with every line end made `\n`; the texts of tokens hold no `\r`.
// X2. A `-` at a tag's edge eats the whitespace (Python's, line ends too) on that side; a block or comment tag without
//     a sign eats one line end after it.

import { pythonRepr } from "@throughline/core/data/thread"
import { syntaxError } from "./errors.ts"
import { type Float, float, normalizeInt } from "./numbers.ts"
import { SPACE, trimEnd } from "./text.ts"

export type TokenKind =
  | "data"
  | "variable_begin"
  | "variable_end"
  | "block_begin"
  | "block_end"
  | "name"
  | "string"
  | "integer"
  | "float"
  | "operator"
  | "eof"

export interface Token {
  readonly kind: TokenKind
  /** The name, the operator, the text of data, or the value of a literal. */
  readonly value: string | number | bigint | Float
  readonly line: number
}

const OPENING = `\\{%([-+]?)${SPACE}*raw${SPACE}*(?:-%\\}${SPACE}*|%\\})|\\{([%#{])([-+]?)`
const WHITESPACE = new RegExp(`${SPACE}+`, "y")
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}${SPACE}*|#\\}\\n?`, "g")
const RAW_END = new RegExp(`\\{%([-+]?)${SPACE}*endraw${SPACE}*(?:\\+%\\}|-%\\}${SPACE}*|%\\}\\n?)`, "g")
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}${SPACE}*|%\\}\\n?`, "y")
const VARIABLE_END = new RegExp(`-\\}\\}${SPACE}*|\\}\\}`, "y")
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const NAME = /[\p{L}\p{N}\p{M}\p{Pc}\u00b7\u0387]+/uy
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u
const STRING = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }

/**
 * Yields the tokens one by one (the parser may fail before a later part of the text is even looked at), `eof` last.
 *
 * @throws {JinjaError} `TemplateSyntaxError` with its line
 */
export function* tokenize(template: string): Generator<Token, Token> {
  const source = template.replace(/\r\n?/g, "\n")
  const opening = new RegExp(OPENING, "g")
  let lastLine = 1
  /** 1 when the tag before took the line end after it, which Jinja2 counts to the text there when it loads a template. */
  let takenLineEnds = 0
  let position = 0
  let line = 1
  const advance = (text: string) => {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) line += 1
  }
  function* data(text: string, sign: string | undefined): Generator<Token> {
    const kept = sign === "-" ? trimEnd(text) : text
    lastLine = line - takenLineEnds
    if (kept !== "") yield { kind: "data", value: kept, line }
    advance(text)
  }

  while (position < source.length) {
    opening.lastIndex = position
    const open = opening.exec(source)
    if (open === null) {
      yield* data(source.slice(position), undefined)
      break
    }
    const [tag, rawSign, kind, sign] = open
    yield* data(source.slice(position, open.index), rawSign ?? sign)
    const tagLine = line
    position = open.index + tag.length
    if (kind === undefined || kind === "#") {
      const isRaw = kind === undefined
      if (isRaw) advance(tag)
      const ending = isRaw ? RAW_END : COMMENT_END
      ending.lastIndex = position
      const end = ending.exec(source)
      if (end === null) {
        // Jinja2 looks for the end only where something follows.
        if (position >= source.length) break
        throw syntaxError(isRaw ? "Missing end of raw directive" : "Missing end of comment tag", isRaw ? line : tagLine)
      }
      const body = source.slice(position, end.index)
      if (isRaw) yield* data(body, end[1])
      else advance(body)
      advance(end[0])
      takenLineEnds = end[0].endsWith("}\n") && !end[0].includes("-%}") && !end[0].startsWith("-") ? 1 : 0
      position = end.index + end[0].length
      continue
    }
    yield { kind: kind === "%" ? "block_begin" : "variable_begin", value: tag, line }
    const inside = yield* lexTag(source, position, line, kind === "%")
    position = inside.position
    line = inside.line
    lastLine = inside.lastLine
    takenLineEnds = inside.takenLineEnds
  }
  // Jinja2 places the end on the line of the last token.
  return { kind: "eof", value: "", line: lastLine }
}

/** Reads what stands between `{%` or `{{` and its end, the end included (or up to the end of the source). */
function* lexTag(
  source: string,
  start: number,
  startLine: number,
  isBlock: boolean
): Generator<Token, { position: number; line: number; lastLine: number; takenLineEnds: number }> {
  const tagEnd = isBlock ? BLOCK_END : VARIABLE_END
  const open: string[] = []
  let position = start
  let line = startLine
  let lastLine = startLine
  let text = ""
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = position
    const match = pattern.exec(source)
    if (match === null) return false
    text = match[0]
    position += text.length
    return true
  }
  while (position < source.length) {
    if (open.length === 0 && take(tagEnd)) {
      yield { kind: isBlock ? "block_end" : "variable_end", value: text, line }
      const takenLineEnds = text === "%}\n" ? 1 : 0
      return { position, line: line + countLines(text), lastLine: line, takenLineEnds }
    }
    if (take(WHITESPACE)) {
      line += countLines(text)
      continue
    }
    lastLine = line
    if (take(FLOAT)) {
      yield { kind: "float", value: float(Number(text.replaceAll("_", ""))), line }
    } else if (take(INTEGER)) {
      yield { kind: "integer", value: normalizeInt(BigInt(text.replaceAll("_", ""))), line }
    } else if (take(NAME)) {
      if (!IDENTIFIER.test(text)) throw syntaxError("Invalid character in identifier", line)
      yield { kind: "name", value: text, line }
    } else if (take(STRING)) {
      yield { kind: "string", value: unescapeText(text.slice(1, -1), line), line }
      line += countLines(text)
    } else if (take(OPERATOR)) {
      balance(text, open, line)
      yield { kind: "operator", value: text, line }
    } else {
      const char = String.fromCodePoint(source.codePointAt(position)!)
      const index = [...source.slice(0, position)].length
      throw syntaxError(`unexpected char ${pythonRepr(char)} at ${index}`, line)
    }
  }
  return { position, line, lastLine, takenLineEnds: 0 }
}

function balance(operator: string, open: string[], line: number): void {
  const closing = CLOSING[operator]
  if (closing !== undefined) {
    open.push(closing)
  } else if (operator === ")" || operator === "]" || operator === "}") {
    const expected = open.pop()
    if (expected === undefined) throw syntaxError(`unexpected '${operator}'`, line)
    if (expected !== operator) throw syntaxError(`unexpected '${operator}', expected '${expected}'`, line)
  }
}

const countLines = (text: string): number => text.split("\n").length - 1

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v"
}
const ESCAPE_WIDTHS: Readonly<Record<string, readonly [digits: number, shape: string]>> = {
  x: [2, "\\xXX"],
  u: [4, "\\uXXXX"],
  U: [8, "\\UXXXXXXXX"]
}

/** Python's escapes in string literals; an unknown one stays as it is written. */
function unescapeText(text: string, line: number): string {
  if (!text.includes("\\")) return text
  return text.replace(/\\([0-7]{1,3}|[\s\S])([0-9a-fA-F]{0,8})/g, (_, char: string, hex: string) => {
    const width = ESCAPE_WIDTHS[char]
    if (width !== undefined) {
      const [digits, shape] = width
      if (hex.length < digits) throw syntaxError(`truncated ${shape} escape`, line)
      const code = Number.parseInt(hex.slice(0, digits), 16)
      if (code > 0x10ffff) throw syntaxError("illegal Unicode character", line)
      return String.fromCodePoint(code) + hex.slice(digits)
    }
    if (/^[0-7]/.test(char)) return String.fromCharCode(Number.parseInt(char, 8)) + hex
    return (ESCAPES[char] ?? `\\${char}`) + hex
  })
}
