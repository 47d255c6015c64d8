// `{% macro %}` and `{% call %}`: bodies that become functions.

import type { CallBlockNode, MacroNode, MacroSignature } from "./ast.ts"
import { callValue } from "./callable.ts"
import { atLine, type Compiler, type Execute, signatureNodes } from "./compile.ts"
import { compileArguments, compileExpression } from "./compile-expression.ts"
import { assertionError } from "./errors.ts"
import { type Frame, Macro, type MacroShape } from "./runtime.ts"
import { FrameLayout, type Scope } from "./scope.ts"
import { readNames } from "./symbols.ts"
import { MISSING, str, Undefined } from "./values.ts"

export function compileMacro(compiler: Compiler, node: MacroNode, scope: Scope): Execute {
  const makeMacro = compileFunction(compiler, node, node.name, scope)
  const assign = compiler.assignment({ kind: "name", name: node.name, use: "store", line: node.line }, scope)
  return (frame) => assign(frame, makeMacro(frame))
}

export function compileCallBlock(compiler: Compiler, node: CallBlockNode, scope: Scope): Execute {
  const makeCaller = compileFunction(compiler, node, undefined, scope)
  const callee = compileExpression(node.call.node, scope)
  const args = compileArguments(node.call, scope)
  return atLine(node.line, (frame) => {
    const value = callee(frame)
    const given = args(frame)
    const kwargs = new Map(given.kwargs).set("caller", makeCaller(frame))
    const text = str(callValue(value, given.args, kwargs, frame.run))
    frame.out += text
  })
}

/** Makes, when it is reached, the macro that remembers the frame it was reached in. */
function compileFunction(
  compiler: Compiler,
  node: MacroSignature,
  name: string | undefined,
  scope: Scope
): (frame: Frame) => Macro {
  const layout = new FrameLayout(scope.layout)
  const inner = scope.inner(layout)
  inner.symbols.analyze(signatureNodes(node))
  const params = node.params.map((param) => param.name)
  const shape = shapeOf(node, name, params)
  const special = [
    ...(shape.takesCaller && !params.includes("caller") ? ["caller"] : []),
    ...(shape.takesKwargs ? ["kwargs"] : []),
    ...(shape.takesVarargs ? ["varargs"] : [])
  ]
  for (const extra of special) inner.symbols.declare(extra)
  inner.symbols.analyze(signatureNodes(node))
  const slots = [...params, ...special].map((param) => layout.declare(inner.symbols.find(param)!))
  const enter = compiler.enter(inner)
  const defaults = params.map((param, at) => {
    const value = node.defaults[at - params.length + node.defaults.length]
    if (value !== undefined) return compileExpression(value, inner)
    return () => new Undefined(() => `parameter '${param}' was not provided`)
  })
  const execute = compiler.body(node.body, inner)
  return (outer) =>
    new Macro(shape, (args) => {
      const frame = outer.inner()
      for (const [at, slot] of slots.entries()) frame.slots[slot] = args[at]
      enter(frame)
      for (const [at, value] of defaults.entries()) {
        if (frame.slots[slots[at]!] === MISSING) frame.slots[slots[at]!] = value(frame)
      }
      execute(frame)
      return frame.out
    })
}

function shapeOf(node: MacroSignature, name: string | undefined, params: readonly string[]): MacroShape {
  const read = readNames(node.body, ["caller", "kwargs", "varargs"])
  const at = params.indexOf("caller")
  if (read.has("caller") && at >= 0 && at < params.length - node.defaults.length) {
    throw assertionError(
      'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
      node.line
    )
  }
  return {
    name,
    params,
    takesCaller: read.has("caller"),
    takesKwargs: read.has("kwargs") && !params.includes("kwargs"),
    takesVarargs: read.has("varargs") && !params.includes("varargs")
  }
}
