// Tokens → statements.
//
// P1. Whatever the text, parsing ends in a tree or in one `TemplateSyntaxError` with a line.

import { pythonRepr } from "@throughline/core/data/thread"
import type { CallNode, Expression, IfNode, MacroSignature, NameNode, Statement, Target } from "./ast.ts"
import { assertionError } from "./errors.ts"
import { tokenize } from "./lexer.ts"
import { parseExpression, parseFilters, parseNameTarget, parseTarget, parseTuple } from "./parse-expression.ts"
import { TokenStream } from "./token-stream.ts"

/** @throws {JinjaError} `TemplateSyntaxError` or `TemplateAssertionError` with its line */
export function parseTemplate(source: string): Statement[] {
  return new Parser(new TokenStream(tokenize(source))).parseBody([])
}

class Parser {
  readonly #stream: TokenStream
  /** The tags that are open, innermost last. */
  readonly #tags: string[] = []
  /** For each open body, the tags that may end it. */
  readonly #endings: Array<readonly string[]> = []

  constructor(stream: TokenStream) {
    this.#stream = stream
  }

  /** Statements up to a tag named in `endings`, which becomes the current token; without any, up to the end. */
  parseBody(endings: readonly string[]): Statement[] {
    const stream = this.#stream
    const body: Statement[] = []
    let output: Expression[] = []
    const flush = () => {
      if (output.length > 0) body.push({ kind: "output", nodes: output, line: output[0]!.line })
      output = []
    }
    if (endings.length > 0) this.#endings.push(endings)
    while (!stream.is("eof")) {
      if (stream.is("data")) {
        const { value, line } = stream.next()
        output.push({ kind: "text", text: value as string, line })
      } else if (stream.is("variable_begin")) {
        stream.next()
        output.push(parseTuple(stream))
        stream.expect("variable_end")
      } else {
        flush()
        stream.expect("block_begin")
        if (stream.isName(...endings)) break
        body.push(this.#parseStatement())
        stream.expect("block_end")
      }
    }
    flush()
    if (endings.length > 0) this.#endings.pop()
    return body
  }

  /** The body of a tag: the tag's end, the statements, and the ending tag's name, which is consumed and returned. */
  #parseTagBody(...endings: readonly string[]): { readonly body: Statement[]; readonly ending: string } {
    const stream = this.#stream
    stream.skipOperator(":")
    stream.expect("block_end")
    const body = this.parseBody(endings)
    if (stream.is("eof")) this.#failAtEnd(undefined, stream.line, [...this.#endings, endings])
    return { body, ending: stream.next().value as string }
  }

  #parseStatement(): Statement {
    const { kind, value, line } = this.#stream.current
    if (kind !== "name") this.#stream.fail("tag name expected", line)
    const tag = value as string
    const parse = Object.hasOwn(this.#parsers, tag) ? this.#parsers[tag] : undefined
    if (parse === undefined) return this.#failAtEnd(tag, line, this.#endings)
    this.#tags.push(tag)
    this.#stream.next()
    const statement = parse(line)
    this.#tags.pop()
    return statement
  }

  readonly #parsers: Readonly<Record<string, (line: number) => Statement>> = {
    for: (line) => this.#parseFor(line),
    if: (line) => this.#parseIf(line),
    set: (line) => this.#parseSet(line),
    macro: (line) => this.#parseMacro(line),
    call: (line) => this.#parseCallBlock(line),
    filter: (line) => {
      const filter = parseFilters(this.#stream, undefined, true)!
      return { kind: "filter-block", filter, body: this.#parseTagBody("endfilter").body, line }
    },
    with: (line) => this.#parseWith(line),
    block: (line) => this.#parseBlock(line),
    print: (line) => {
      const nodes: Expression[] = []
      while (!this.#stream.is("block_end")) {
        if (nodes.length > 0) this.#stream.expectOperator(",")
        nodes.push(parseExpression(this.#stream))
      }
      return { kind: "output", nodes, line }
    },
    autoescape: (line) => {
      const value = parseExpression(this.#stream)
      return { kind: "autoescape", value, body: this.#parseTagBody("endautoescape").body, line }
    },
    extends: (line) => this.#otherTemplate("extends", line),
    include: (line) => {
      const statement = this.#otherTemplate("include", line)
      if (this.#stream.isName("ignore") && this.#stream.following.value === "missing") this.#skip(2)
      this.#skipImportContext()
      return statement
    },
    import: (line) => {
      const { template } = this.#otherTemplate("import", line)
      this.#stream.expectName("as")
      const targets = [parseNameTarget(this.#stream).name]
      this.#skipImportContext()
      return { kind: "other-template", tag: "import", template, targets, line }
    },
    from: (line) => this.#parseFrom(line)
  }

  #parseFor(line: number): Statement {
    const stream = this.#stream
    const target = parseTarget(stream, { endName: "in" })
    stream.expectName("in")
    const iterable = parseTuple(stream, { withCondition: false, endName: "recursive" })
    const test = stream.skipName("if") ? parseExpression(stream) : undefined
    const isRecursive = stream.skipName("recursive")
    const { body, ending } = this.#parseTagBody("endfor", "else")
    const otherwise = ending === "endfor" ? [] : this.#parseTagBody("endfor").body
    return { kind: "for", target, iterable, body, else: otherwise, test, isRecursive, line }
  }

  #parseIf(line: number): Statement {
    const branches: Array<IfNode["branches"][number]> = []
    let branchLine = line
    while (true) {
      const test = parseTuple(this.#stream, { withCondition: false })
      const { body, ending } = this.#parseTagBody("elif", "else", "endif")
      branches.push({ test, body, line: branchLine })
      branchLine = this.#stream.line
      if (ending === "elif") continue
      return { kind: "if", branches, else: ending === "else" ? this.#parseTagBody("endif").body : [], line }
    }
  }

  #parseSet(line: number): Statement {
    const target = parseTarget(this.#stream, { withNamespace: true })
    if (this.#stream.skipOperator("=")) return { kind: "set", target, value: parseTuple(this.#stream), line }
    const filter = parseFilters(this.#stream, undefined)
    return { kind: "set-block", target, filter, body: this.#parseTagBody("endset").body, line }
  }

  #parseMacro(line: number): Statement {
    const { name } = parseNameTarget(this.#stream)
    const signature = this.#parseSignature()
    return { kind: "macro", name, ...signature, body: this.#parseTagBody("endmacro").body, line }
  }

  #parseCallBlock(line: number): Statement {
    const signature = this.#stream.isOperator("(") ? this.#parseSignature() : { params: [], defaults: [] }
    const call = parseExpression(this.#stream)
    if (call.kind !== "call") this.#stream.fail("expected call", line)
    return {
      kind: "call-block",
      call: call as CallNode,
      ...signature,
      body: this.#parseTagBody("endcall").body,
      line
    }
  }

  #parseSignature(): Pick<MacroSignature, "params" | "defaults"> {
    const stream = this.#stream
    const params: NameNode[] = []
    const defaults: Expression[] = []
    stream.expectOperator("(")
    while (!stream.isOperator(")")) {
      if (params.length > 0) stream.expectOperator(",")
      const param = parseNameTarget(stream, "param")
      if (stream.skipOperator("=")) defaults.push(parseExpression(stream))
      else if (defaults.length > 0) stream.fail("non-default argument follows default argument")
      params.push(param)
    }
    stream.expectOperator(")")
    return { params, defaults }
  }

  #parseWith(line: number): Statement {
    const targets: Target[] = []
    const values: Expression[] = []
    while (!this.#stream.is("block_end")) {
      if (targets.length > 0) this.#stream.expectOperator(",")
      targets.push(parseTarget(this.#stream, { use: "param" }))
      this.#stream.expectOperator("=")
      values.push(parseExpression(this.#stream))
    }
    return { kind: "with", targets, values, body: this.#parseTagBody("endwith").body, line }
  }

  #parseBlock(line: number): Statement {
    const stream = this.#stream
    const name = stream.expect("name").value as string
    const isScoped = stream.skipName("scoped")
    const isRequired = stream.skipName("required")
    if (stream.isOperator("-")) {
      stream.fail(
        "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead."
      )
    }
    const { body } = this.#parseTagBody("endblock")
    const isBlank = (node: Expression) => node.kind === "text" && node.text.trim() === ""
    if (isRequired && !body.every((node) => node.kind === "output" && node.nodes.every(isBlank))) {
      stream.fail("Required blocks can only contain comments or whitespace")
    }
    stream.skipName(name)
    return { kind: "block", name, isScoped, isRequired, body, line }
  }

  #parseFrom(line: number): Statement {
    const stream = this.#stream
    const { template } = this.#otherTemplate("from", line)
    stream.expectName("import")
    const targets: string[] = []
    do {
      if (targets.length > 0 && this.#skipImportContext()) break
      const name = parseNameTarget(stream)
      if (name.name.startsWith("_")) {
        throw assertionError("names starting with an underline can not be imported", name.line)
      }
      targets.push(stream.skipName("as") ? parseNameTarget(stream).name : name.name)
    } while (!this.#skipImportContext() && stream.skipOperator(","))
    return { kind: "other-template", tag: "from", template, targets, line }
  }

  #otherTemplate(tag: "extends" | "include" | "import" | "from", line: number) {
    return { kind: "other-template", tag, template: parseExpression(this.#stream), targets: [], line } as const
  }

  #skipImportContext(): boolean {
    const isHere = this.#stream.isName("with", "without") && this.#stream.following.value === "context"
    if (isHere) this.#skip(2)
    return isHere
  }

  #skip(count: number): void {
    for (let n = 0; n < count; n++) this.#stream.next()
  }

  /** A tag that nobody knows or that does not belong here, or the end of the template inside of a tag's body. */
  #failAtEnd(tag: string | undefined, line: number, endings: ReadonlyArray<readonly string[]>): never {
    const message = [tag === undefined ? "Unexpected end of template." : `Encountered unknown tag ${pythonRepr(tag)}.`]
    const wanted = endings.at(-1)?.map(pythonRepr).join(" or ")
    if (wanted !== undefined) {
      message.push(
        tag !== undefined && endings.some((names) => names.includes(tag))
          ? `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${wanted}.`
          : `Jinja was looking for the following tags: ${wanted}.`
      )
    }
    const innermost = this.#tags.at(-1)
    if (innermost !== undefined) message.push(`The innermost block that needs to be closed is '${innermost}'.`)
    return this.#stream.fail(message.join(" "), line)
  }
}
