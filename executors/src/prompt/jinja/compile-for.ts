// `{% for %}`: plain, with an `if`, with an `else`, and recursive.

import { type ForNode, walk } from "./ast.ts"
import { atLine, type Compiler, type Execute } from "./compile.ts"
import { compileExpression } from "./compile-expression.ts"
import { assertionError } from "./errors.ts"
import { descend, type Frame, LoopContext } from "./runtime.ts"
import { FrameLayout, type Scope } from "./scope.ts"
import { readNames } from "./symbols.ts"
import { isTrue, iterate, MISSING } from "./values.ts"

export function compileFor(compiler: Compiler, node: ForNode, scope: Scope): Execute {
  for (const child of walk(node)) {
    if (child.kind === "name" && child.use === "store" && child.name === "loop") {
      throw assertionError("Can't assign to special loop variable in for-loop target", child.line)
    }
  }
  const layout = node.isRecursive ? new FrameLayout(scope.layout) : scope.layout
  const iterable = compileExpression(node.iterable, scope)
  const loopBody = compileBody(compiler, node, scope, layout)
  const filter = compileTest(compiler, node, scope, layout)
  const otherwise = compileElse(compiler, node, scope, layout)

  /** Runs the loop in the frame that holds its variables. */
  const runLoop = (
    frame: Frame,
    value: unknown,
    depth: number,
    recurse?: (items: unknown, depth: number) => unknown
  ) => {
    const items = filter === undefined ? iterate(value) : filter(frame, iterate(value))
    const hasRun = loopBody(frame, filter === undefined ? value : MISSING, items, depth, recurse)
    if (!hasRun) otherwise(frame)
  }
  if (!node.isRecursive) return atLine(node.line, (frame) => runLoop(frame, iterable(frame), 0))
  return atLine(node.line, (frame) => {
    const recurse = (items: unknown, depth: number): string => {
      const inner = frame.inner()
      return descend(frame.run, () => {
        runLoop(inner, items, depth, recurse)
        return inner.out
      })
    }
    const text = recurse(iterable(frame), 0)
    frame.out += text
  })
}

/** Returns whether there was anything to loop over. */
type RunBody = (
  frame: Frame,
  sized: unknown,
  items: Iterable<unknown>,
  depth: number,
  recurse: ((items: unknown, depth: number) => unknown) | undefined
) => boolean

function compileBody(compiler: Compiler, node: ForNode, scope: Scope, layout: FrameLayout): RunBody {
  const inner = scope.inner(layout)
  const hasScopedBlock = [...walk(node)].some((child) => child.kind === "block" && child.isScoped)
  const needsLoop = node.isRecursive || hasScopedBlock || readNames(node.body, ["loop"]).size > 0
  const loopSlot = needsLoop ? layout.declare(inner.symbols.declare("loop")) : undefined
  inner.symbols.analyzeLoop(node, "body")
  const enter = compiler.enter(inner)
  const assign = compiler.assignment(node.target, inner)
  const execute = compiler.body(node.body, inner)
  if (loopSlot === undefined) {
    return (frame, _, items) => {
      let hasRun = false
      for (const item of items) {
        hasRun = true
        assign(frame, item ?? null)
        enter(frame)
        execute(frame)
      }
      return hasRun
    }
  }
  return (frame, sized, items, depth, recurse) => {
    const loop = new LoopContext(sized, items, depth, recurse)
    let hasRun = false
    for (let item = loop.advance(); item !== MISSING; item = loop.advance()) {
      hasRun = true
      assign(frame, item)
      frame.slots[loopSlot] = loop
      enter(frame)
      execute(frame)
    }
    return hasRun
  }
}

/** `{% for x in xs if … %}`: the items that pass, looked at one by one as the loop asks for them. */
function compileTest(compiler: Compiler, node: ForNode, scope: Scope, layout: FrameLayout) {
  if (node.test === undefined) return undefined
  const inner = scope.inner(new FrameLayout(layout))
  inner.symbols.analyzeLoop(node, "test")
  const enter = compiler.enter(inner)
  const assign = compiler.assignment(node.target, inner)
  const test = compileExpression(node.test, inner)
  return function* (frame: Frame, items: Iterable<unknown>): Generator<unknown> {
    const own = frame.inner()
    enter(own)
    for (const item of items) {
      assign(own, item ?? null)
      if (isTrue(test(own))) yield item
    }
  }
}

function compileElse(compiler: Compiler, node: ForNode, scope: Scope, layout: FrameLayout): Execute {
  if (node.else.length === 0) return () => {}
  const inner = scope.inner(layout)
  inner.symbols.analyze(node.else)
  const enter = compiler.enter(inner)
  const execute = compiler.body(node.else, inner)
  return (frame) => {
    enter(frame)
    execute(frame)
  }
}
