// The parser's view of the tokens: the current one, the next one, and complaints in Jinja2's words.

import { pythonRepr } from "@throughline/core/data/thread"
import { type JinjaError, syntaxError } from "./errors.ts"
import type { Token, TokenKind } from "./lexer.ts"

/** How messages call the tokens that have no text of their own. */
const DESCRIPTIONS: Partial<Record<TokenKind, string>> = {
  block_begin: "begin of statement block",
  block_end: "end of statement block",
  variable_begin: "begin of print statement",
  variable_end: "end of print statement",
  data: "template data / text",
  eof: "end of template"
}

/** What an error calls a token: a name or an operator by its text, the rest by what it is. */
export const describe = (token: Token): string =>
  token.kind === "name" || token.kind === "operator" ? `${token.value}` : (DESCRIPTIONS[token.kind] ?? token.kind)

export class TokenStream {
  readonly #tokens: Iterator<Token, Token>
  #current: Token
  #following: Token | undefined

  constructor(tokens: Iterator<Token, Token>) {
    this.#tokens = tokens
    this.#current = this.#pull()
  }

  get current(): Token {
    return this.#current
  }

  /** The token after the current one. */
  get following(): Token {
    this.#following ??= this.#current.kind === "eof" ? this.#current : this.#pull()
    return this.#following
  }

  get line(): number {
    return this.current.line
  }

  /** Returns the current token and goes on to the next; stays at the end of the template. */
  next(): Token {
    const token = this.#current
    if (token.kind === "eof") return token
    this.#current = this.#following ?? this.#pull()
    this.#following = undefined
    return token
  }

  #pull(): Token {
    return this.#tokens.next().value
  }

  is(kind: TokenKind): boolean {
    return this.current.kind === kind
  }

  isName(...names: readonly string[]): boolean {
    return this.current.kind === "name" && names.includes(this.current.value as string)
  }

  isOperator(...operators: readonly string[]): boolean {
    return this.current.kind === "operator" && operators.includes(this.current.value as string)
  }

  skipName(name: string): boolean {
    const isHere = this.isName(name)
    if (isHere) this.next()
    return isHere
  }

  skipOperator(operator: string): boolean {
    const isHere = this.isOperator(operator)
    if (isHere) this.next()
    return isHere
  }

  expect(kind: TokenKind): Token {
    if (this.is(kind)) return this.next()
    throw this.#unexpected(DESCRIPTIONS[kind] ?? kind)
  }

  expectName(name: string): Token {
    if (this.isName(name)) return this.next()
    throw this.#unexpected(name)
  }

  expectOperator(operator: string): Token {
    if (this.isOperator(operator)) return this.next()
    throw this.#unexpected(operator)
  }

  fail(message: string, line = this.line): never {
    throw syntaxError(message, line)
  }

  #unexpected(expected: string): JinjaError {
    return syntaxError(
      this.is("eof")
        ? `unexpected end of template, expected ${pythonRepr(expected)}.`
        : `expected token ${pythonRepr(expected)}, got ${pythonRepr(describe(this.current))}`,
      this.line
    )
  }
}
