// Python literals (`[{'id': 'c1'}]`), as they stand in prompts: read by the template engine's own expression parser, whose
// lists, dicts, texts and numbers are Python's.

import type { Expression } from "../jinja/ast.ts"
import { parseTemplate } from "../jinja/parser.ts"

/** The value; `undefined` for text that is no literal. */
export function parsePythonLiteral(text: string): unknown {
  try {
    const [statement, ...rest] = parseTemplate(`{{ ${text} }}`)
    if (statement?.kind !== "output" || statement.nodes.length !== 1 || rest.length > 0) return undefined
    return literalOf(statement.nodes[0]!)
  } catch {
    return undefined
  }
}

function literalOf(node: Expression): unknown {
  switch (node.kind) {
    case "const":
      return node.value
    case "list":
    case "tuple":
      return node.items.map(literalOf)
    case "dict":
      return Object.fromEntries(node.items.map(({ key, value }) => [String(literalOf(key)), literalOf(value)]))
    case "unary":
      if (node.operator !== "not") return node.operator === "-" ? -Number(literalOf(node.node)) : literalOf(node.node)
      break
  }
  throw new TypeError(`${node.kind} is no literal`)
}
