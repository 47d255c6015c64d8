// The syntax tree of a template. Every node knows its line; names know whether they are read, assigned or declared.

export interface NameNode {
  readonly kind: "name"
  readonly name: string
  /** `param`: declared by a macro, a loop or a `with`. */
  readonly use: "load" | "store" | "param"
  readonly line: number
}

/** `ns.attr` as the target of a `set`. */
export interface NamespaceRef {
  readonly kind: "nsref"
  readonly name: string
  readonly attr: string
  readonly line: number
}

export interface TupleNode {
  readonly kind: "tuple"
  readonly items: readonly Expression[]
  readonly line: number
}

export type Target = NameNode | NamespaceRef | TupleNode

/** The arguments of a call, a filter or a test. */
export interface Arguments {
  readonly args: readonly Expression[]
  readonly kwargs: ReadonlyArray<{ readonly key: string; readonly value: Expression }>
  readonly dynArgs: Expression | undefined
  readonly dynKwargs: Expression | undefined
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**"
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in"

export interface FilterNode extends Arguments {
  readonly kind: "filter"
  readonly name: string
  /** `undefined` inside of `{% filter %}` and `{% set x | … %}`: the text captured there. */
  readonly node: Expression | undefined
  readonly line: number
}

export interface CallNode extends Arguments {
  readonly kind: "call"
  readonly node: Expression
  readonly line: number
}

export type Expression =
  | NameNode
  | NamespaceRef
  | TupleNode
  | FilterNode
  | CallNode
  | { readonly kind: "const"; readonly value: unknown; readonly line: number }
  | { readonly kind: "text"; readonly text: string; readonly line: number }
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly line: number }
  | {
      readonly kind: "dict"
      readonly items: ReadonlyArray<{ readonly key: Expression; readonly value: Expression }>
      readonly line: number
    }
  | {
      readonly kind: "condition"
      readonly test: Expression
      readonly yes: Expression
      readonly no: Expression | undefined
      readonly line: number
    }
  | {
      readonly kind: "binary"
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
      readonly line: number
    }
  | {
      readonly kind: "logic"
      readonly operator: "and" | "or"
      readonly left: Expression
      readonly right: Expression
      readonly line: number
    }
  | {
      readonly kind: "unary"
      readonly operator: "not" | "-" | "+"
      readonly node: Expression
      readonly line: number
    }
  | { readonly kind: "concat"; readonly items: readonly Expression[]; readonly line: number }
  | {
      readonly kind: "compare"
      readonly first: Expression
      readonly rest: ReadonlyArray<{ readonly operator: CompareOperator; readonly node: Expression }>
      readonly line: number
    }
  | { readonly kind: "getattr"; readonly node: Expression; readonly attr: string; readonly line: number }
  | { readonly kind: "getitem"; readonly node: Expression; readonly item: Expression; readonly line: number }
  | {
      readonly kind: "slice"
      readonly start: Expression | undefined
      readonly stop: Expression | undefined
      readonly step: Expression | undefined
      readonly line: number
    }
  | (Arguments & {
      readonly kind: "test"
      readonly name: string
      readonly node: Expression
      readonly line: number
    })

/** What a macro and a call block have in common. The defaults belong to the last parameters. */
export interface MacroSignature {
  readonly params: readonly NameNode[]
  readonly defaults: readonly Expression[]
  readonly body: readonly Statement[]
  readonly line: number
}

export interface MacroNode extends MacroSignature {
  readonly kind: "macro"
  readonly name: string
}

export interface CallBlockNode extends MacroSignature {
  readonly kind: "call-block"
  readonly call: CallNode
}

export interface ForNode {
  readonly kind: "for"
  readonly target: Target
  readonly iterable: Expression
  readonly body: readonly Statement[]
  readonly else: readonly Statement[]
  readonly test: Expression | undefined
  readonly isRecursive: boolean
  readonly line: number
}

export interface IfNode {
  readonly kind: "if"
  /** `if` and each `elif`. */
  readonly branches: ReadonlyArray<{
    readonly test: Expression
    readonly body: readonly Statement[]
    readonly line: number
  }>
  readonly else: readonly Statement[]
  readonly line: number
}

export interface BlockNode {
  readonly kind: "block"
  readonly name: string
  readonly isScoped: boolean
  readonly isRequired: boolean
  readonly body: readonly Statement[]
  readonly line: number
}

export interface WithNode {
  readonly kind: "with"
  readonly targets: readonly Target[]
  readonly values: readonly Expression[]
  readonly body: readonly Statement[]
  readonly line: number
}

export interface SetBlockNode {
  readonly kind: "set-block"
  readonly target: Target
  readonly filter: FilterNode | undefined
  readonly body: readonly Statement[]
  readonly line: number
}

export type Statement =
  | MacroNode
  | CallBlockNode
  | ForNode
  | IfNode
  | BlockNode
  | WithNode
  | SetBlockNode
  | { readonly kind: "output"; readonly nodes: readonly Expression[]; readonly line: number }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression; readonly line: number }
  | {
      readonly kind: "filter-block"
      readonly filter: FilterNode
      readonly body: readonly Statement[]
      readonly line: number
    }
  | {
      readonly kind: "autoescape"
      readonly value: Expression
      readonly body: readonly Statement[]
      readonly line: number
    }
  /** `extends`, `include`, `import` and `from`: they need a loader, and there is none. */
  | {
      readonly kind: "other-template"
      readonly tag: "extends" | "include" | "import" | "from"
      readonly template: Expression
      /** Names that an `import` or `from` would bind. */
      readonly targets: readonly string[]
      readonly line: number
    }

export type Node = Expression | Statement

/** The nodes directly inside of a node, in the order in which Jinja2 lists them. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "name":
    case "nsref":
    case "const":
    case "text":
      return []
    case "tuple":
    case "list":
    case "concat":
      return node.items
    case "dict":
      return node.items.flatMap(({ key, value }) => [key, value])
    case "condition":
      return present(node.test, node.yes, node.no)
    case "binary":
    case "logic":
      return [node.left, node.right]
    case "unary":
    case "getattr":
      return [node.node]
    case "compare":
      return [node.first, ...node.rest.map((operand) => operand.node)]
    case "getitem":
      return [node.node, node.item]
    case "slice":
      return present(node.start, node.stop, node.step)
    case "filter":
    case "call":
    case "test":
      return present(node.node, ...node.args, ...node.kwargs.map(({ value }) => value), node.dynArgs, node.dynKwargs)
    case "output":
      return node.nodes
    case "set":
      return [node.target, node.value]
    case "set-block":
      return present(node.target, node.filter, ...node.body)
    case "for":
      return present(node.target, node.iterable, ...node.body, ...node.else, node.test)
    case "if":
      return [...node.branches.flatMap(({ test, body }) => [test, ...body]), ...node.else]
    case "macro":
      return [...node.params, ...node.defaults, ...node.body]
    case "call-block":
      return [node.call, ...node.params, ...node.defaults, ...node.body]
    case "filter-block":
      return [...node.body, node.filter]
    case "with":
      return [...node.targets, ...node.values, ...node.body]
    case "block":
      return node.body
    case "autoescape":
      return [node.value, ...node.body]
    case "other-template":
      return [node.template]
  }
}

const present = (...nodes: ReadonlyArray<Node | undefined>): Node[] => nodes.filter((node) => node !== undefined)

/** A node and everything inside of it, outermost first. */
export function* walk(node: Node): Generator<Node> {
  yield node
  for (const child of childrenOf(node)) yield* walk(child)
}
