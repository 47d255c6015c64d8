// Expressions → closures over a frame.

import type { Arguments, CompareOperator, Expression, FilterNode } from "./ast.ts"
import { callValue, type Kwargs, NO_KWARGS } from "./callable.ts"
import { assertionError, JinjaError, typeError } from "./errors.ts"
import type { Filter } from "./filter-table.ts"
import { FILTERS, TESTS } from "./filters.ts"
import { getAttribute, getItem, slice } from "./lookup.ts"
import * as operators from "./operators.ts"
import { type Frame, kwargsOf } from "./runtime.ts"
import type { Scope } from "./scope.ts"
import { escapeValue } from "./text-filters.ts"
import { Dict, isDict, isTrue, iterate, Markup, MISSING, str, Tuple, typeName, Undefined } from "./values.ts"

export type Evaluate = (frame: Frame) => unknown

const BINARY = {
  "+": operators.add,
  "-": operators.subtract,
  "*": operators.multiply,
  "/": operators.divide,
  "//": operators.floorDivide,
  "%": operators.modulo,
  "**": operators.power
} as const

const COMPARE: Readonly<Record<CompareOperator, (left: unknown, right: unknown) => boolean>> = {
  "==": operators.isEqual,
  "!=": (left, right) => !operators.isEqual(left, right),
  "<": (left, right) => operators.compare(left, right, "<") < 0,
  "<=": (left, right) => operators.compare(left, right, "<=") <= 0,
  ">": (left, right) => operators.compare(left, right, ">") > 0,
  ">=": (left, right) => operators.compare(left, right, ">=") >= 0,
  in: (left, right) => operators.contains(right, left),
  "not in": (left, right) => !operators.contains(right, left)
}

/** @throws {JinjaError} `TemplateAssertionError` for a filter or test that there is not */
export function compileExpression(node: Expression, scope: Scope): Evaluate {
  const compile = (child: Expression): Evaluate => compileExpression(child, scope)
  switch (node.kind) {
    case "const":
    case "text": {
      const value = node.kind === "const" ? node.value : node.text
      return () => value
    }
    case "name":
      return compileName(node.name, scope)
    case "nsref":
      return compileName(node.name, scope)
    case "tuple": {
      const items = node.items.map(compile)
      return (frame) => new Tuple(items.map((item) => item(frame)))
    }
    case "list": {
      const items = node.items.map(compile)
      return (frame) => items.map((item) => item(frame))
    }
    case "dict": {
      const items = node.items.map(({ key, value }) => [compile(key), compile(value)] as const)
      return (frame) => {
        const dict = new Dict()
        for (const [key, value] of items) dict.set(key(frame), value(frame))
        return dict
      }
    }
    case "condition": {
      const soft = scope.soft()
      const test = compileExpression(node.test, soft)
      const then = compileExpression(node.yes, soft)
      const otherwise = node.no === undefined ? undefined : compileExpression(node.no, soft)
      const nothing = new Undefined(
        () => `the inline if-expression on line ${node.line} evaluated to false and no else section was defined.`
      )
      return (frame) => (isTrue(test(frame)) ? then(frame) : otherwise === undefined ? nothing : otherwise(frame))
    }
    case "binary": {
      const apply = BINARY[node.operator]
      const left = compile(node.left)
      const right = compile(node.right)
      return (frame) => apply(left(frame), right(frame))
    }
    case "logic": {
      const left = compile(node.left)
      const right = compile(node.right)
      const stopsOn = node.operator === "or"
      return (frame) => {
        const value = left(frame)
        return isTrue(value) === stopsOn ? value : right(frame)
      }
    }
    case "unary": {
      const value = compile(node.node)
      if (node.operator === "not") return (frame) => !isTrue(value(frame))
      const apply = node.operator === "-" ? operators.negate : operators.positive
      return (frame) => apply(value(frame))
    }
    case "concat": {
      const items = node.items.map(compile)
      return (frame) => {
        const values = items.map((item) => item(frame))
        if (!frame.run.autoescape || !values.some((value) => value instanceof Markup)) return values.map(str).join("")
        return new Markup(values.map((value) => escapeValue(value).text).join(""))
      }
    }
    case "compare":
      return compileCompare(
        compile(node.first),
        node.rest.map((operand) => ({ test: COMPARE[operand.operator], value: compile(operand.node) }))
      )
    case "getattr": {
      const value = compile(node.node)
      const { attr } = node
      return (frame) => getAttribute(value(frame), attr)
    }
    case "getitem":
      return compileItem(compile(node.node), node.item, compile)
    case "slice":
      throw assertionError("a slice stands only between brackets", node.line)
    case "call": {
      const callee = compile(node.node)
      const args = compileArguments(node, scope)
      return (frame) => {
        const value = callee(frame)
        const given = args(frame)
        return callValue(value, given.args, given.kwargs, frame.run)
      }
    }
    case "filter":
      return compileFilter(node, scope, () => "")
    case "test": {
      const test = lookUp("test", node.name, node.line, scope)
      const value = compile(node.node)
      const args = compileArguments(node, scope)
      return (frame) => {
        const subject = value(frame)
        const given = args(frame)
        return test(subject, given.args, given.kwargs, frame.run)
      }
    }
  }
}

/** A filter; `captured` gives the text that a filter without a value works on. */
export function compileFilter(node: FilterNode, scope: Scope, captured: Evaluate): Evaluate {
  const filter = lookUp("filter", node.name, node.line, scope)
  const inner = node.node
  const value =
    inner === undefined
      ? captured
      : inner.kind === "filter"
        ? compileFilter(inner, scope, captured)
        : compileExpression(inner, scope)
  const args = compileArguments(node, scope)
  return (frame) => {
    const subject = value(frame)
    const given = args(frame)
    return filter(subject, given.args, given.kwargs, frame.run)
  }
}

/** Inside of an `if` a name that nothing has fails only when it is used. */
function lookUp(kind: "filter" | "test", name: string, line: number, scope: Scope): Filter {
  const table = kind === "filter" ? FILTERS : TESTS
  if (Object.hasOwn(table, name)) return table[name]!
  if (!scope.isSoft) throw assertionError(`No ${kind} named '${name}'.`, line)
  return () => {
    throw new JinjaError("TemplateRuntimeError", `No ${kind} named '${name}' found.`)
  }
}

function compileName(name: string, scope: Scope): Evaluate {
  const [depth, slot] = scope.slotOf(name)
  const read: Evaluate =
    depth === 0
      ? (frame) => frame.slots[slot]
      : (frame) => {
          let owner = frame
          for (let up = depth; up > 0; up--) owner = owner.parent!
          return owner.slots[slot]
        }
  return (frame) => {
    const value = read(frame)
    return value === MISSING || value === undefined ? Undefined.ofName(name) : value
  }
}

function compileCompare(
  first: Evaluate,
  rest: ReadonlyArray<{ readonly test: (left: unknown, right: unknown) => boolean; readonly value: Evaluate }>
): Evaluate {
  return (frame) => {
    let left = first(frame)
    for (const { test, value } of rest) {
      const right = value(frame)
      if (!test(left, right)) return false
      left = right
    }
    return true
  }
}

function compileItem(value: Evaluate, item: Expression, compile: (node: Expression) => Evaluate): Evaluate {
  if (item.kind !== "slice") {
    const key = compile(item)
    return (frame) => getItem(value(frame), key(frame))
  }
  const none: Evaluate = () => null
  const start = item.start === undefined ? none : compile(item.start)
  const stop = item.stop === undefined ? none : compile(item.stop)
  const step = item.step === undefined ? none : compile(item.step)
  return (frame) => slice(value(frame), start(frame), stop(frame), step(frame))
}

interface Given {
  readonly args: readonly unknown[]
  readonly kwargs: Kwargs
}
const NOTHING: Given = { args: [], kwargs: NO_KWARGS }

export function compileArguments(node: Arguments, scope: Scope): (frame: Frame) => Given {
  const args = node.args.map((arg) => compileExpression(arg, scope))
  const kwargs = node.kwargs.map(({ key, value }) => [key, compileExpression(value, scope)] as const)
  const dynArgs = node.dynArgs === undefined ? undefined : compileExpression(node.dynArgs, scope)
  const dynKwargs = node.dynKwargs === undefined ? undefined : compileExpression(node.dynKwargs, scope)
  if (kwargs.length === 0 && dynArgs === undefined && dynKwargs === undefined) {
    if (args.length === 0) return () => NOTHING
    return (frame) => ({ args: args.map((arg) => arg(frame)), kwargs: NO_KWARGS })
  }
  return (frame) => {
    const positional = args.map((arg) => arg(frame))
    const named = new Map(kwargs.map(([key, value]) => [key, value(frame)]))
    if (dynArgs !== undefined) positional.push(...iterate(dynArgs(frame)))
    if (dynKwargs !== undefined) {
      const mapping = dynKwargs(frame)
      if (!isDict(mapping)) {
        if (mapping instanceof Undefined) mapping.fail()
        throw typeError(`argument after ** must be a mapping, not ${typeName(mapping)}`)
      }
      for (const [key, value] of kwargsOf(mapping)) {
        if (typeof key !== "string") throw typeError("keywords must be strings")
        if (named.has(key)) throw typeError(`got multiple values for keyword argument '${key}'`)
        named.set(key, value)
      }
    }
    return { args: positional, kwargs: named }
  }
}
