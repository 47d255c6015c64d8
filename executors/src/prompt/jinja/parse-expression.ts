// Tokens → expressions: Jinja2's precedence, from `a if b else c` down to literals, and the targets of assignments.

import { pythonRepr } from "@throughline/core/data/thread"
import type { Arguments, BinaryOperator, CompareOperator, Expression, FilterNode, NameNode, Target } from "./ast.ts"
import { describe, type TokenStream } from "./token-stream.ts"

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]

export function parseExpression(stream: TokenStream, withCondition = true): Expression {
  return withCondition ? parseCondition(stream) : parseOr(stream)
}

/** One expression, or a tuple of them without parentheses: `{{ 1, 2 }}`, `for x in a, b`. */
export function parseTuple(
  stream: TokenStream,
  options: { readonly withCondition?: boolean; readonly endName?: string; readonly inParentheses?: boolean } = {}
): Expression {
  const { withCondition = true, endName, inParentheses = false } = options
  return parseItems(stream, () => parseExpression(stream, withCondition), endName, inParentheses)
}

/** A name, `ns.attr` where that is allowed, or a tuple of them. */
export function parseTarget(
  stream: TokenStream,
  options: { readonly endName?: string; readonly withNamespace?: boolean; readonly use?: "store" | "param" } = {}
): Target {
  const { endName, withNamespace = false, use = "store" } = options
  const target = parseItems(stream, () => parsePrimary(stream, withNamespace), endName, false)
  return asTarget(stream, target, use) ?? stream.fail(`can't assign to '${pythonNodeName(target)}'`, target.line)
}

export function parseNameTarget(stream: TokenStream, use: "store" | "param" = "store"): NameNode {
  const token = stream.expect("name")
  const name: NameNode = { kind: "name", name: token.value as string, use, line: token.line }
  if (isReserved(name.name)) stream.fail("can't assign to 'name'", token.line)
  return name
}

const isReserved = (name: string): boolean => /^(?:true|false|none|True|False|None)$/.test(name)

function asTarget(stream: TokenStream, node: Expression, use: "store" | "param"): Target | undefined {
  if (node.kind === "name") return { ...node, use }
  if (node.kind === "nsref") return node
  if (node.kind !== "tuple") return undefined
  const items = node.items.map((item) => asTarget(stream, item, use))
  return items.includes(undefined) ? undefined : { ...node, items: items as Target[] }
}

/** What Jinja2 calls the class of a node, in the one message that shows it. */
function pythonNodeName(node: Expression): string {
  return node.kind === "unary" ? (node.operator === "-" ? "neg" : node.operator === "+" ? "pos" : "not") : node.kind
}

function parseItems(
  stream: TokenStream,
  parseItem: () => Expression,
  endName: string | undefined,
  inParentheses: boolean
): Expression {
  let line = stream.line
  const items: Expression[] = []
  let isTuple = false
  while (true) {
    if (items.length > 0) stream.expectOperator(",")
    if (isTupleEnd(stream, endName)) break
    items.push(parseItem())
    if (!stream.isOperator(",")) break
    isTuple = true
    line = stream.line
  }
  if (!isTuple) {
    const [only] = items
    if (only !== undefined) return only
    if (!inParentheses) stream.fail(`Expected an expression, got ${pythonRepr(describe(stream.current))}`)
  }
  return { kind: "tuple", items, line }
}

const isTupleEnd = (stream: TokenStream, endName: string | undefined): boolean =>
  stream.is("variable_end") ||
  stream.is("block_end") ||
  stream.isOperator(")") ||
  (endName !== undefined && stream.isName(endName))

function parseCondition(stream: TokenStream): Expression {
  let line = stream.line
  let result = parseOr(stream)
  while (stream.skipName("if")) {
    const test = parseOr(stream)
    const otherwise = stream.skipName("else") ? parseCondition(stream) : undefined
    result = { kind: "condition", test, yes: result, no: otherwise, line }
    line = stream.line
  }
  return result
}

function parseOr(stream: TokenStream): Expression {
  let line = stream.line
  let left = parseAnd(stream)
  while (stream.skipName("or")) {
    left = { kind: "logic", operator: "or", left, right: parseAnd(stream), line }
    line = stream.line
  }
  return left
}

function parseAnd(stream: TokenStream): Expression {
  let line = stream.line
  let left = parseNot(stream)
  while (stream.skipName("and")) {
    left = { kind: "logic", operator: "and", left, right: parseNot(stream), line }
    line = stream.line
  }
  return left
}

function parseNot(stream: TokenStream): Expression {
  const { line } = stream
  if (stream.skipName("not")) return { kind: "unary", operator: "not", node: parseNot(stream), line }
  return parseCompare(stream)
}

function parseCompare(stream: TokenStream): Expression {
  const { line } = stream
  const first = parseSum(stream)
  const rest: Array<{ operator: CompareOperator; node: Expression }> = []
  while (true) {
    if (stream.isOperator(...COMPARISONS)) {
      rest.push({ operator: stream.next().value as CompareOperator, node: parseSum(stream) })
    } else if (stream.skipName("in")) {
      rest.push({ operator: "in", node: parseSum(stream) })
    } else if (stream.isName("not") && stream.following.kind === "name" && stream.following.value === "in") {
      stream.next()
      stream.next()
      rest.push({ operator: "not in", node: parseSum(stream) })
    } else {
      return rest.length === 0 ? first : { kind: "compare", first, rest, line }
    }
  }
}

const parseSum = (stream: TokenStream): Expression => parseBinary(stream, ["+", "-"], parseConcat)

function parseConcat(stream: TokenStream): Expression {
  const { line } = stream
  const items = [parseProduct(stream)]
  while (stream.skipOperator("~")) items.push(parseProduct(stream))
  return items.length === 1 ? items[0]! : { kind: "concat", items, line }
}

const parseProduct = (stream: TokenStream): Expression => parseBinary(stream, ["*", "/", "//", "%"], parsePower)

const parsePower = (stream: TokenStream): Expression => parseBinary(stream, ["**"], parseUnary)

function parseBinary(
  stream: TokenStream,
  operators: readonly string[],
  parseSide: (stream: TokenStream) => Expression
): Expression {
  let line = stream.line
  let left = parseSide(stream)
  while (stream.isOperator(...operators)) {
    const operator = stream.next().value as BinaryOperator
    left = { kind: "binary", operator, left, right: parseSide(stream), line }
    line = stream.line
  }
  return left
}

/** Signs bind tighter than `**` on their right, and filters apply to the signed value. */
function parseUnary(stream: TokenStream, withFilter: unknown = true): Expression {
  const { line } = stream
  let node: Expression
  if (stream.isOperator("-", "+")) {
    const operator = stream.next().value as "-" | "+"
    node = { kind: "unary", operator, node: parseUnary(stream, false), line }
  } else {
    node = parsePrimary(stream, false)
  }
  node = parsePostfix(stream, node)
  return withFilter === false ? node : parseFiltersAndTests(stream, node)
}

function parsePrimary(stream: TokenStream, withNamespace: boolean): Expression {
  const token = stream.current
  const { line } = token
  if (token.kind === "name") {
    stream.next()
    const name = token.value as string
    if (isReserved(name)) {
      const lowered = name.toLowerCase()
      return { kind: "const", value: lowered === "none" ? null : lowered === "true", line }
    }
    if (withNamespace && stream.skipOperator(".")) {
      return { kind: "nsref", name, attr: stream.expect("name").value as string, line }
    }
    return { kind: "name", name, use: "load", line }
  }
  if (token.kind === "string") {
    let value = ""
    while (stream.is("string")) value += stream.next().value as string
    return { kind: "const", value, line }
  }
  if (token.kind === "integer" || token.kind === "float") {
    stream.next()
    return { kind: "const", value: token.value, line }
  }
  if (stream.skipOperator("(")) {
    const node = parseTuple(stream, { inParentheses: true })
    stream.expectOperator(")")
    return node
  }
  if (stream.skipOperator("[")) {
    return { kind: "list", items: parseUntil(stream, "]", () => parseExpression(stream)), line }
  }
  if (stream.skipOperator("{")) {
    const items = parseUntil(stream, "}", () => {
      const key = parseExpression(stream)
      stream.expectOperator(":")
      return { key, value: parseExpression(stream) }
    })
    return { kind: "dict", items, line }
  }
  return stream.fail(`unexpected ${pythonRepr(describe(token))}`, line)
}

/** Items between commas up to and with the closing bracket; a comma may come last. */
function parseUntil<Item>(stream: TokenStream, closing: string, parseItem: () => Item): Item[] {
  const items: Item[] = []
  while (!stream.isOperator(closing)) {
    if (items.length > 0) stream.expectOperator(",")
    if (stream.isOperator(closing)) break
    items.push(parseItem())
  }
  stream.expectOperator(closing)
  return items
}

function parsePostfix(stream: TokenStream, start: Expression): Expression {
  let node = start
  while (true) {
    if (stream.isOperator(".", "[")) node = parseSubscript(stream, node)
    else if (stream.isOperator("(")) node = parseCall(stream, node)
    else return node
  }
}

function parseFiltersAndTests(stream: TokenStream, start: Expression): Expression {
  let node = start
  while (true) {
    if (stream.isOperator("|")) node = parseFilters(stream, node)!
    else if (stream.isName("is")) node = parseTest(stream, node)
    else if (stream.isOperator("(")) node = parseCall(stream, node)
    else return node
  }
}

function parseSubscript(stream: TokenStream, node: Expression): Expression {
  const { line, value } = stream.next()
  if (value === ".") {
    const attr = stream.next()
    if (attr.kind === "name") return { kind: "getattr", node, attr: attr.value as string, line }
    if (attr.kind !== "integer") stream.fail("expected name or number", attr.line)
    return { kind: "getitem", node, item: { kind: "const", value: attr.value, line: attr.line }, line }
  }
  const items: Expression[] = []
  while (!stream.isOperator("]")) {
    if (items.length > 0) stream.expectOperator(",")
    items.push(parseSubscribed(stream))
  }
  stream.expectOperator("]")
  return { kind: "getitem", node, item: items.length === 1 ? items[0]! : { kind: "tuple", items, line }, line }
}

function parseSubscribed(stream: TokenStream): Expression {
  const { line } = stream
  const start = stream.isOperator(":") ? undefined : parseExpression(stream)
  if (start !== undefined && !stream.isOperator(":")) return start
  stream.next()
  const bound = () => (stream.isOperator("]", ",", ":") ? undefined : parseExpression(stream))
  const stop = bound()
  const step = stream.skipOperator(":") && !stream.isOperator("]", ",") ? parseExpression(stream) : undefined
  return { kind: "slice", start, stop, step, line }
}

export function parseCall(stream: TokenStream, node: Expression): Expression {
  const { line } = stream
  return { kind: "call", node, ...parseArguments(stream), line }
}

function parseArguments(stream: TokenStream): Arguments {
  const { line } = stream.expectOperator("(")
  const args: Expression[] = []
  const kwargs: Array<{ key: string; value: Expression }> = []
  let dynArgs: Expression | undefined
  let dynKwargs: Expression | undefined
  const ensure = (isAllowed: boolean) => {
    if (!isAllowed) stream.fail("invalid syntax for function call expression", line)
  }
  let isFirst = true
  while (!stream.isOperator(")")) {
    if (!isFirst) {
      stream.expectOperator(",")
      if (stream.isOperator(")")) break
    }
    isFirst = false
    if (stream.isOperator("*")) {
      ensure(dynArgs === undefined && dynKwargs === undefined)
      stream.next()
      dynArgs = parseExpression(stream)
    } else if (stream.isOperator("**")) {
      ensure(dynKwargs === undefined)
      stream.next()
      dynKwargs = parseExpression(stream)
    } else if (stream.is("name") && stream.following.kind === "operator" && stream.following.value === "=") {
      ensure(dynKwargs === undefined)
      const key = stream.next().value as string
      stream.next()
      kwargs.push({ key, value: parseExpression(stream) })
    } else {
      ensure(dynArgs === undefined && dynKwargs === undefined && kwargs.length === 0)
      args.push(parseExpression(stream))
    }
  }
  stream.expectOperator(")")
  return { args, kwargs, dynArgs, dynKwargs }
}

const NO_ARGUMENTS: Arguments = { args: [], kwargs: [], dynArgs: undefined, dynKwargs: undefined }

/** A chain of filters; `isInline`: the first has no `|` before it. `undefined` when there is none at all. */
export function parseFilters(
  stream: TokenStream,
  start: Expression | undefined,
  isInline = false
): FilterNode | undefined {
  let node: FilterNode | undefined
  while (stream.isOperator("|") || (isInline && node === undefined)) {
    if (!isInline || node !== undefined) stream.next()
    const { line } = stream.current
    const name = parseDottedName(stream)
    const args = stream.isOperator("(") ? parseArguments(stream) : NO_ARGUMENTS
    node = { kind: "filter", node: node ?? start, name, ...args, line }
  }
  return node
}

function parseDottedName(stream: TokenStream): string {
  let name = stream.expect("name").value as string
  while (stream.skipOperator(".")) name += `.${stream.expect("name").value}`
  return name
}

function parseTest(stream: TokenStream, node: Expression): Expression {
  const { line } = stream.next()
  const isNegated = stream.skipName("not")
  const name = parseDottedName(stream)
  let args = NO_ARGUMENTS
  if (stream.isOperator("(")) {
    args = parseArguments(stream)
  } else if (startsArgument(stream)) {
    if (stream.isName("is")) stream.fail("You cannot chain multiple tests with is")
    args = { ...NO_ARGUMENTS, args: [parsePostfix(stream, parsePrimary(stream, false))] }
  }
  const test: Expression = { kind: "test", node, name, ...args, line }
  return isNegated ? { kind: "unary", operator: "not", node: test, line } : test
}

/** A test takes one argument without parentheses: `x is divisibleby 3`. */
function startsArgument(stream: TokenStream): boolean {
  const { kind } = stream.current
  if (kind === "name") return !stream.isName("else", "or", "and")
  return kind === "string" || kind === "integer" || kind === "float" || stream.isOperator("(", "[", "{")
}
