// Statements → closures over a frame; a parsed template → something that renders.
//
// C1. User text never becomes JavaScript: a template is a tree of closures of ours.
// C2. An error that leaves a statement has that statement's line; the innermost statement wins.
// C3. Compiling finds every input that the template reads, in any branch.

import { type BlockNode, type Expression, type MacroSignature, type Statement, type Target, walk } from "./ast.ts"
import type { Run } from "./callable.ts"
import { compileExpression, compileFilter, type Evaluate } from "./compile-expression.ts"
import { compileFor } from "./compile-for.ts"
import { compileCallBlock, compileMacro } from "./compile-macro.ts"
import { asJinjaError, assertionError, JinjaError, typeError } from "./errors.ts"
import { GLOBALS, Namespace } from "./globals.ts"
import { Context, descend, Frame, TemplateReference } from "./runtime.ts"
import { FrameLayout, Scope } from "./scope.ts"
import { readNames, Symbols } from "./symbols.ts"
import { escapeValue } from "./text-filters.ts"
import { unpack } from "./unpack.ts"
import { isStr, isTrue, Markup, MISSING, str, textOf, typeName, Undefined } from "./values.ts"

export type Execute = (frame: Frame) => void

export interface CompiledTemplate {
  /** Inputs that the template may read. */
  readonly variables: ReadonlySet<string>
  readonly render: (inputs: Readonly<Record<string, unknown>>) => string
}

/** @throws {JinjaError} `TemplateAssertionError` with its line */
export function compileStatements(body: readonly Statement[]): CompiledTemplate {
  return new Compiler(body).compile()
}

/** Runs `execute`; an error that leaves it gets this line if it has none. */
export const atLine =
  (line: number, execute: Execute): Execute =>
  (frame) => {
    try {
      execute(frame)
    } catch (error) {
      throw locate(error, line)
    }
  }

function locate(error: unknown, line: number): JinjaError {
  const located = asJinjaError(error)
  located.line ??= line
  return located
}

export class Compiler {
  readonly #body: readonly Statement[]
  readonly #variables = new Set<string>()
  readonly #blockNodes = new Map<string, BlockNode>()
  readonly #blocks = new Map<string, (context: Context, run: Run) => string>()

  constructor(body: readonly Statement[]) {
    this.#body = body
    for (const statement of body) {
      for (const node of walk(statement)) {
        if (node.kind !== "block") continue
        if (this.#blockNodes.has(node.name)) throw assertionError(`block '${node.name}' defined twice`, node.line)
        this.#blockNodes.set(node.name, node)
      }
    }
  }

  compile(): CompiledTemplate {
    const root = this.#compileRoot(this.#body, ["self"], true)
    for (const [name, block] of this.#blockNodes) {
      this.#blocks.set(name, this.#compileRoot(block.body, ["self", "super"], false, name))
    }
    return {
      variables: this.#variables,
      render: (inputs) => {
        try {
          return root(new Context(inputs), { autoescape: false, depth: 0 })
        } catch (error) {
          throw locate(error, 1)
        }
      }
    }
  }

  /** The template or a block: a frame of its own, that sees no other. */
  #compileRoot(body: readonly Statement[], special: readonly string[], isTopLevel: boolean, blockName = "") {
    const layout = new FrameLayout()
    const scope = new Scope(new Symbols(), layout, { isTopLevel, isSoft: false, autoescape: false })
    const read = readNames(body, special)
    const slots = new Map([...read].map((name) => [name, layout.declare(scope.symbols.declare(name))]))
    scope.symbols.analyze(body)
    const enter = this.enter(scope)
    const execute = this.body(body, scope)
    return (context: Context, run: Run): string => {
      const frame = new Frame(undefined, context, run)
      const self = slots.get("self")
      if (self !== undefined) frame.slots[self] = new TemplateReference(this.#blocks, context)
      const parent = slots.get("super")
      if (parent !== undefined) {
        frame.slots[parent] = new Undefined(() => `there is no parent block called '${blockName}'.`)
      }
      enter(frame)
      execute(frame)
      return frame.out
    }
  }

  /** Gives the variables of a scope their first values. Call it before anything of the scope is compiled. */
  enter(scope: Scope): Execute {
    const steps: Execute[] = []
    for (const [variable, load] of scope.symbols.loads) {
      const slot = scope.layout.declare(variable)
      if (load.from === "inputs") {
        const { name } = load
        if (!GLOBALS.has(name)) this.#variables.add(name)
        steps.push((frame) => {
          frame.slots[slot] = frame.context.resolve(name)
        })
      } else if (load.from === "nothing") {
        steps.push((frame) => {
          frame.slots[slot] = MISSING
        })
      } else if (load.from === "outer") {
        const [depth, outer] = scope.layout.find(load.variable)!
        steps.push((frame) => {
          let owner = frame
          for (let up = depth; up > 0; up--) owner = owner.parent!
          frame.slots[slot] = owner.slots[outer]
        })
      }
    }
    if (steps.length === 0) return () => {}
    return (frame) => {
      for (const step of steps) step(frame)
    }
  }

  body(statements: readonly Statement[], scope: Scope): Execute {
    const steps = statements.map((statement) => this.#statement(statement, scope))
    if (steps.length === 1) return steps[0]!
    return (frame) => {
      for (const step of steps) step(frame)
    }
  }

  #statement(node: Statement, scope: Scope): Execute {
    switch (node.kind) {
      case "output":
        return this.#output(node.nodes, scope)
      case "for":
        return compileFor(this, node, scope)
      case "macro":
        return compileMacro(this, node, scope)
      case "call-block":
        return compileCallBlock(this, node, scope)
      case "if":
        return this.#if(node, scope)
      case "set": {
        const check = this.#namespaceCheck(node.target, scope)
        const value = compileExpression(node.value, scope)
        const assign = this.assignment(node.target, scope)
        return atLine(node.line, (frame) => {
          check(frame)
          assign(frame, value(frame))
        })
      }
      case "set-block": {
        const inner = scope.inner()
        inner.symbols.analyze(node.filter === undefined ? node.body : [...node.body, node.filter])
        const captured = this.#captured(node.body, inner, node.filter)
        const assign = this.assignment(node.target, scope)
        return atLine(node.line, (frame) => {
          const value = captured(frame)
          assign(frame, frame.run.autoescape ? new Markup(str(value)) : value)
        })
      }
      case "filter-block": {
        const inner = scope.inner()
        inner.symbols.analyze([...node.body, node.filter])
        const captured = this.#captured(node.body, inner, node.filter)
        return atLine(node.line, (frame) => {
          const text = captured(frame)
          // Jinja2 joins what is printed, and so stumbles over a filter such as `length`.
          if (!isStr(text)) throw typeError(`sequence item 0: expected str instance, ${typeName(text)} found`)
          frame.out += textOf(text)
        })
      }
      case "with":
        return this.#with(node, scope)
      case "autoescape":
        return this.#autoescape(node, scope)
      case "block":
        return this.#block(node, scope)
      case "other-template":
        return this.#otherTemplate(node, scope)
    }
  }

  #output(nodes: readonly Expression[], scope: Scope): Execute {
    const parts = nodes.map((node) => ({
      text: node.kind === "text" ? node.text : undefined,
      value: node.kind === "text" ? undefined : compileExpression(node, scope),
      line: node.line
    }))
    const { autoescape } = scope
    const print =
      autoescape === false
        ? (value: unknown) => str(value)
        : (value: unknown, run: Run) => ((autoescape ?? run.autoescape) ? escapeValue(value).text : str(value))
    return (frame) => {
      let at = 0
      try {
        for (; at < parts.length; at++) {
          const { text, value } = parts[at]!
          // A macro called by `value` must not find its text appended twice: read `out` only after the call.
          const printed = value === undefined ? text! : print(value(frame), frame.run)
          frame.out += printed
        }
      } catch (error) {
        throw locate(error, parts[at]!.line)
      }
    }
  }

  #if(node: Extract<Statement, { kind: "if" }>, scope: Scope): Execute {
    const soft = scope.soft()
    const branches = node.branches.map(({ test, body, line }) => {
      const condition = compileExpression(test, soft)
      const evaluate = (frame: Frame): boolean => {
        try {
          return isTrue(condition(frame))
        } catch (error) {
          throw locate(error, line)
        }
      }
      return { test: evaluate, body: this.body(body, soft) }
    })
    const otherwise = this.body(node.else, soft)
    return (frame) => {
      for (const { test, body } of branches) if (test(frame)) return body(frame)
      otherwise(frame)
    }
  }

  /** The text that a body prints, after its filter. */
  #captured(
    body: readonly Statement[],
    scope: Scope,
    filter: Parameters<typeof compileFilter>[0] | undefined
  ): Evaluate {
    const enter = this.enter(scope)
    const execute = this.body(body, scope)
    const capture: Evaluate = (frame) => {
      const before = frame.out
      frame.out = ""
      enter(frame)
      execute(frame)
      const text = frame.out
      frame.out = before
      return frame.run.autoescape ? new Markup(text) : text
    }
    return filter === undefined ? capture : compileFilter(filter, scope, capture)
  }

  #with(node: Extract<Statement, { kind: "with" }>, scope: Scope): Execute {
    const inner = scope.inner()
    inner.symbols.analyze([...node.targets, ...node.body])
    const enter = this.enter(inner)
    const pairs = node.targets.map(
      (target, at) => [this.assignment(target, inner), compileExpression(node.values[at]!, scope)] as const
    )
    const execute = this.body(node.body, inner)
    return atLine(node.line, (frame) => {
      enter(frame)
      for (const [assign, value] of pairs) assign(frame, value(frame))
      execute(frame)
    })
  }

  #autoescape(node: Extract<Statement, { kind: "autoescape" }>, scope: Scope): Execute {
    const known = node.value.kind === "const" ? isTrue(node.value.value) : undefined
    const inner = scope.inner(scope.layout, known)
    inner.symbols.analyze([node.value, ...node.body])
    const enter = this.enter(inner)
    const value = compileExpression(node.value, inner)
    const execute = this.body(node.body, inner)
    return atLine(node.line, (frame) => {
      const before = frame.run.autoescape
      enter(frame)
      frame.run.autoescape = isTrue(value(frame))
      try {
        execute(frame)
      } finally {
        frame.run.autoescape = before
      }
    })
  }

  #block(node: BlockNode, scope: Scope): Execute {
    const { name, isRequired } = node
    const variables = node.isScoped
      ? [...scope.symbols.assigned().keys()].map((variable) => [variable, scope.slotOf(variable)] as const)
      : []
    return atLine(node.line, (frame) => {
      if (isRequired) throw new JinjaError("TemplateRuntimeError", `Required block '${name}' not found`)
      const values = variables.map(([variable, [depth, slot]]) => {
        let owner = frame
        for (let up = depth; up > 0; up--) owner = owner.parent!
        return [variable, owner.slots[slot]] as const
      })
      const given = values.filter(([, value]) => value !== MISSING && value !== undefined)
      const context = given.length === 0 ? frame.context : frame.context.derive(given)
      const text = descend(frame.run, () => this.#blocks.get(name)!(context, frame.run))
      frame.out += text
    })
  }

  #otherTemplate(node: Extract<Statement, { kind: "other-template" }>, scope: Scope): Execute {
    if (node.tag === "extends" && !scope.isTopLevel) {
      throw assertionError("cannot use extend from a non top-level scope", node.line)
    }
    const template = compileExpression(node.template, scope)
    return atLine(node.line, (frame) => {
      const value = template(frame)
      if (value instanceof Undefined) value.fail()
      throw typeError("no loader for this environment specified")
    })
  }

  /** Assigns a value, in pieces where the target is a tuple. */
  assignment(target: Target, scope: Scope): (frame: Frame, value: unknown) => void {
    if (target.kind === "nsref") {
      const namespace = compileExpression(target, scope)
      return (frame, value) => (namespace(frame) as Namespace).assign(target.attr, value)
    }
    if (target.kind === "name") {
      const { name } = target
      const [depth, slot] = scope.slotOf(name)
      if (depth !== 0) throw assertionError(`the name '${name}' cannot be assigned here`, target.line)
      if (!scope.isTopLevel || this.#blockNodes.size === 0) {
        return (frame, value) => {
          frame.slots[slot] = value
        }
      }
      return (frame, value) => {
        frame.slots[slot] = value
        frame.context.assign(name, value)
      }
    }
    const parts = target.items.map((item) => this.assignment(item as Target, scope))
    return (frame, value) => {
      const values = unpack(value, parts.length)
      for (const [at, assign] of parts.entries()) assign(frame, values[at])
    }
  }

  /** Jinja2 looks at all namespaces of a target before it evaluates the value. */
  #namespaceCheck(target: Target, scope: Scope): Execute {
    const references = [...walk(target)].filter((node) => node.kind === "nsref")
    if (references.length === 0) return () => {}
    const namespaces = references.map((reference) => compileExpression(reference, scope))
    return (frame) => {
      if (namespaces.every((namespace) => namespace(frame) instanceof Namespace)) return
      throw new JinjaError("TemplateRuntimeError", "cannot assign attribute on non-namespace object")
    }
  }
}

/** What a macro and a call block declare in their scope. */
export const signatureNodes = (node: MacroSignature) => [...node.params, ...node.defaults, ...node.body]
