// The parameters of a JavaScript function, read from its source: a node's inputs reach it by name.

import { type ArrowFunctionExpression, type FunctionExpression, type Pattern, parseExpressionAt } from "acorn"

export interface Parameters {
  /** `positional`: `f(text, n = 3)`. `object`: `f({ text, n = 3 })`. */
  readonly style: "positional" | "object"
  readonly names: readonly string[]
  /** The names that have a default. */
  readonly optional: ReadonlySet<string>
  /** True when the function takes names beyond these (`{ text, ...rest }`). */
  readonly takesMore: boolean
}

/**
 * Reads a function's parameters.
 *
 * @returns `undefined` where they cannot be told: built-in and bound functions, positional destructuring, `...rest`
 */
export function parametersOf(fn: (...args: never[]) => unknown): Parameters | undefined {
  const parsed = parseFunction(fn.toString())
  return parsed && parametersOfParsed(parsed)
}

function parametersOfParsed({ params }: FunctionExpression | ArrowFunctionExpression): Parameters | undefined {
  const only = params.length === 1 ? stripDefault(params[0]!).pattern : undefined
  if (only?.type === "ObjectPattern") {
    const names: string[] = []
    const optional = new Set<string>()
    let takesMore = false
    for (const property of only.properties) {
      if (property.type === "RestElement") {
        takesMore = true
        continue
      }
      if (property.computed && property.key.type !== "Literal") return undefined
      const { key } = property
      const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : undefined
      if (name === undefined) return undefined
      names.push(name)
      if (property.value.type === "AssignmentPattern") optional.add(name)
    }
    return { style: "object", names, optional, takesMore }
  }
  const names: string[] = []
  const optional = new Set<string>()
  for (const param of params) {
    const { pattern, hasDefault } = stripDefault(param)
    if (pattern.type !== "Identifier") return undefined
    names.push(pattern.name)
    if (hasDefault) optional.add(pattern.name)
  }
  return { style: "positional", names, optional, takesMore: false }
}

/** Reads the parameters of a class's constructor, its own or the nearest one that it inherits. */
export function constructorParameters(Class: (...args: never[]) => unknown): Parameters | undefined {
  for (let at: unknown = Class; typeof at === "function"; at = Object.getPrototypeOf(at)) {
    const own = ownConstructor(Function.prototype.toString.call(at))
    if (own !== undefined) return parametersOfParsed(own)
  }
  return undefined
}

function ownConstructor(source: string): FunctionExpression | undefined {
  try {
    const expression = parseExpressionAt(`(${source})`, 0, { ecmaVersion: "latest" })
    if (expression.type !== "ClassExpression") return undefined
    const method = expression.body.body.find(
      (member) => member.type === "MethodDefinition" && member.kind === "constructor"
    )
    return method?.type === "MethodDefinition" ? method.value : undefined
  } catch {
    return undefined
  }
}

function stripDefault(param: Pattern): { readonly pattern: Pattern; readonly hasDefault: boolean } {
  return param.type === "AssignmentPattern"
    ? { pattern: param.left, hasDefault: true }
    : { pattern: param, hasDefault: false }
}

/** Function text as it stands in the module: an expression, or the short form of a method. */
function parseFunction(source: string): FunctionExpression | ArrowFunctionExpression | undefined {
  for (const text of [`(${source})`, `({${source}})`]) {
    try {
      // As a module: a body may say `import.meta`.
      const expression = parseExpressionAt(text, 0, { ecmaVersion: "latest", sourceType: "module" })
      if (expression.type === "FunctionExpression" || expression.type === "ArrowFunctionExpression") return expression
      if (expression.type === "ObjectExpression" && expression.properties[0]?.type === "Property") {
        const { value } = expression.properties[0]
        if (value.type === "FunctionExpression") return value
      }
    } catch {
      // Not this form.
    }
  }
  return undefined
}

export type Tool = (...args: unknown[]) => unknown

/** Calls by name become calls by position, without an array where the function takes few. */
export function compileInvoke(tool: Tool, { style, names }: Parameters): (inputs: Record<string, unknown>) => unknown {
  if (style === "object") return (inputs) => tool(inputs)
  const [a = "", b = "", c = ""] = names
  switch (names.length) {
    case 0:
      return () => tool()
    case 1:
      return (inputs) => tool(inputs[a])
    case 2:
      return (inputs) => tool(inputs[a], inputs[b])
    case 3:
      return (inputs) => tool(inputs[a], inputs[b], inputs[c])
    default:
      return (inputs) => tool(...names.map((name) => inputs[name]))
  }
}
