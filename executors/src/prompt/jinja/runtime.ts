// What a running template is made of: frames of variables, the context of inputs, loops, macros and blocks.

import { Builtin, Callable, type Kwargs, type Run } from "./callable.ts"
import { tooDeep, typeError } from "./errors.ts"
import { GLOBALS } from "./globals.ts"
import { isEqual } from "./operators.ts"
import { type DictLike, dictGet, iterate, Markup, MISSING, PyObject, repr, sizeOf, Tuple, Undefined } from "./values.ts"

/** Where names that no scope assigns are looked up: assignments at the top of the template, inputs, globals. */
export class Context {
  readonly #inputs: Readonly<Record<string, unknown>>
  readonly #assigned: Map<string, unknown>

  constructor(inputs: Readonly<Record<string, unknown>>, assigned = new Map<string, unknown>()) {
    this.#inputs = inputs
    this.#assigned = assigned
  }
  resolve(name: string): unknown {
    if (this.#assigned.size > 0 && this.#assigned.has(name)) return this.#assigned.get(name)
    if (Object.hasOwn(this.#inputs, name)) return this.#inputs[name] ?? null
    return GLOBALS.has(name) ? GLOBALS.get(name) : MISSING
  }
  assign(name: string, value: unknown): void {
    this.#assigned.set(name, value)
  }
  /** A context with more variables, for a `scoped` block. */
  derive(variables: Iterable<readonly [string, unknown]>): Context {
    return new Context(this.#inputs, new Map([...this.#assigned, ...variables]))
  }
}

/** About as deep as Python's recursion limit lets Jinja2 go. */
const MAX_DEPTH = 200

/** Renders something inside of what is being rendered. */
export function descend(run: Run, render: () => string): string {
  if (run.depth >= MAX_DEPTH) throw tooDeep()
  run.depth += 1
  try {
    return render()
  } finally {
    run.depth -= 1
  }
}

/** The variables and the output of one call of a template, a block, a macro or a recursive loop. */
export class Frame {
  readonly slots: unknown[] = []
  readonly parent: Frame | undefined
  readonly context: Context
  readonly run: Run
  out = ""

  constructor(parent: Frame | undefined, context: Context, run: Run) {
    this.parent = parent
    this.context = context
    this.run = run
  }
  /** A frame inside of this one: it sees these variables. */
  inner(): Frame {
    return new Frame(this, this.context, this.run)
  }
}

/** The `loop` variable. */
export class LoopContext extends Callable {
  readonly typeName = "LoopContext"
  readonly #iterable: unknown
  readonly #depth: number
  readonly #recurse: ((items: unknown, depth: number) => unknown) | undefined
  #iterator: Iterator<unknown>
  #index = -1
  #length: number | undefined
  #before: unknown = MISSING
  #current: unknown = MISSING
  /** The next item, where it has been looked at before its turn. */
  #after: unknown = MISSING
  #lastChanged: Tuple | undefined

  constructor(
    iterable: unknown,
    items: Iterable<unknown>,
    depth = 0,
    recurse?: (items: unknown, depth: number) => unknown
  ) {
    super()
    this.#iterable = iterable
    this.#iterator = items[Symbol.iterator]()
    this.#depth = depth
    this.#recurse = recurse
  }
  override get moduleName(): string {
    return "jinja2.runtime"
  }
  /** The next item, or `MISSING` at the end. */
  advance(): unknown {
    const item = this.#peek()
    if (item === MISSING) return MISSING
    this.#after = MISSING
    this.#index += 1
    this.#before = this.#current
    this.#current = item
    return item
  }
  #peek(): unknown {
    if (this.#after !== MISSING) return this.#after
    const { done, value } = this.#iterator.next()
    if (!done) this.#after = value ?? null
    return this.#after
  }
  #size(): number {
    if (this.#length !== undefined) return this.#length
    this.#length = this.#iterable === MISSING ? undefined : sizeOf(this.#iterable)
    if (this.#length === undefined) {
      const rest = Array.from({ [Symbol.iterator]: () => this.#iterator })
      this.#iterator = rest.values()
      this.#length = rest.length + this.#index + 1 + (this.#after === MISSING ? 0 : 1)
    }
    return this.#length
  }
  override attribute(name: string): unknown {
    switch (name) {
      case "index":
        return this.#index + 1
      case "index0":
        return this.#index
      case "revindex":
        return this.#size() - this.#index
      case "revindex0":
        return this.#size() - this.#index - 1
      case "first":
        return this.#index === 0
      case "last":
        return this.#peek() === MISSING
      case "length":
        return this.#size()
      case "depth":
        return this.#depth + 1
      case "depth0":
        return this.#depth
      case "previtem":
        return this.#index === 0 ? new Undefined(() => "there is no previous item") : this.#before
      case "nextitem": {
        const next = this.#peek()
        return next === MISSING ? new Undefined(() => "there is no next item") : next
      }
      case "cycle":
        return new Builtin("bound method LoopContext.cycle", (args) => this.#cycle(args), "method")
      case "changed":
        return new Builtin("bound method LoopContext.changed", (args) => this.#changed(args), "method")
      default:
        return MISSING
    }
  }
  #cycle(args: readonly unknown[]): unknown {
    if (args.length === 0) throw typeError("no items for cycling given")
    return args[this.#index % args.length]
  }
  #changed(args: readonly unknown[]): boolean {
    const value = new Tuple(args)
    if (this.#lastChanged !== undefined && isEqual(this.#lastChanged, value)) return false
    this.#lastChanged = value
    return true
  }
  /** `loop(items)` renders the body of a recursive loop over items below. */
  call(args: readonly unknown[]): unknown {
    if (this.#recurse === undefined) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.")
    }
    if (args.length !== 1) {
      throw typeError("LoopContext.__call__() missing 1 required positional argument: 'iterable'")
    }
    return this.#recurse(args[0], this.#depth + 1)
  }
  repr(): string {
    return `<LoopContext ${this.#index + 1}/${this.#size()}>`
  }
}

export interface MacroShape {
  /** `undefined` for the body of a call block. */
  readonly name: string | undefined
  readonly params: readonly string[]
  readonly takesCaller: boolean
  readonly takesKwargs: boolean
  readonly takesVarargs: boolean
}

export class Macro extends Callable {
  readonly typeName = "Macro"
  readonly #shape: MacroShape
  readonly #render: (args: readonly unknown[]) => string

  /** `render` takes the parameters' values (`MISSING` for those not given), then caller, kwargs and varargs. */
  constructor(shape: MacroShape, render: (args: readonly unknown[]) => string) {
    super()
    this.#shape = shape
    this.#render = render
  }
  override get moduleName(): string {
    return "jinja2.runtime"
  }
  override attribute(name: string): unknown {
    switch (name) {
      case "name":
        return this.#shape.name ?? null
      case "arguments":
        return new Tuple(this.#shape.params)
      case "catch_kwargs":
        return this.#shape.takesKwargs
      case "catch_varargs":
        return this.#shape.takesVarargs
      case "caller":
        return this.#shape.takesCaller
      default:
        return MISSING
    }
  }
  call(args: readonly unknown[], kwargs: Kwargs, run: Run): unknown {
    const { params, takesCaller, takesKwargs, takesVarargs } = this.#shape
    const named = new Map(kwargs)
    const take = (name: string, otherwise: unknown): unknown => {
      const value = named.has(name) ? named.get(name) : otherwise
      named.delete(name)
      return value
    }
    const values = args.slice(0, params.length)
    for (const name of params.slice(values.length)) values.push(take(name, MISSING))
    if (takesCaller && !params.includes("caller")) {
      values.push(take("caller", null) ?? new Undefined(() => "No caller defined"))
    }
    if (takesKwargs) values.push(Object.fromEntries(named))
    else if (named.size > 0) throw this.#unexpected(named)
    if (takesVarargs) {
      values.push(new Tuple(args.slice(params.length)))
    } else if (args.length > params.length) {
      throw typeError(`macro ${this.#quotedName} takes not more than ${params.length} argument(s)`)
    }
    const text = descend(run, () => this.#render(values))
    return run.autoescape ? new Markup(text) : text
  }
  get #quotedName(): string {
    return repr(this.#shape.name ?? null)
  }
  #unexpected(kwargs: ReadonlyMap<string, unknown>) {
    if (kwargs.has("caller")) {
      return typeError(
        `macro ${this.#quotedName} was invoked with two values for the special caller argument. This is most likely a bug.`
      )
    }
    return typeError(`macro ${this.#quotedName} takes no keyword argument ${repr([...kwargs.keys()][0])}`)
  }
  repr(): string {
    return `<Macro ${this.#shape.name === undefined ? "anonymous" : this.#quotedName}>`
  }
}

/** `self` in a template: its blocks, as functions. */
export class TemplateReference extends PyObject {
  readonly typeName = "TemplateReference"
  readonly #blocks: ReadonlyMap<string, (context: Context, run: Run) => string>
  readonly #context: Context
  constructor(blocks: ReadonlyMap<string, (context: Context, run: Run) => string>, context: Context) {
    super()
    this.#blocks = blocks
    this.#context = context
  }
  override get moduleName(): string {
    return "jinja2.runtime"
  }
  override attribute(name: string): unknown {
    const block = this.#blocks.get(name)
    if (block === undefined) return MISSING
    return new Builtin(
      "jinja2.runtime.BlockReference object at 0x7f0000000000",
      (_, __, run) => {
        const text = descend(run, () => block(this.#context, run))
        return run.autoescape ? new Markup(text) : text
      },
      "BlockReference"
    )
  }
  repr(): string {
    return "<TemplateReference None>"
  }
}

/** The keyword arguments of `**mapping`. */
export function kwargsOf(mapping: unknown): Array<readonly [string, unknown]> {
  if (mapping instanceof Undefined) mapping.fail()
  return Array.from(iterate(mapping), (key) => [key as string, dictGet(mapping as DictLike, key)])
}
