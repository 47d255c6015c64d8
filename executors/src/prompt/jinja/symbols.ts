// Which variable a name means at each place of a template: found before anything runs, as Jinja2 does.
//
// S1. A name that a scope assigns is one variable throughout that scope, even before the assignment; a name that no
//     scope around it assigns comes from the inputs, looked up when the scope is entered.
// S2. The arms of an `if` share the scope around it. Bodies of loops, macros, blocks, `with`, `filter`, `set` and `call`
//     have scopes of their own; a name assigned there starts as the outer variable's value and never changes it.
// S3. A variable is named by its scope's depth and its name, so two scopes of one depth share it; entering a scope gives
//     all of its variables their first values.

import { childrenOf, type ForNode, type Node } from "./ast.ts"

/** How a variable gets its first value when its scope is entered. */
export type Load =
  | { readonly from: "parameter" }
  | { readonly from: "inputs"; readonly name: string }
  | { readonly from: "outer"; readonly variable: string }
  | { readonly from: "nothing" }

export class Symbols {
  readonly parent: Symbols | undefined
  readonly depth: number
  /** Name → variable. */
  #variables = new Map<string, string>()
  #loads = new Map<string, Load>()
  #stores = new Set<string>()

  constructor(parent?: Symbols) {
    this.parent = parent
    this.depth = parent === undefined ? 0 : parent.depth + 1
  }

  get loads(): ReadonlyMap<string, Load> {
    return this.#loads
  }

  /** The variable that a name means here; `undefined` for a name that the analysis never saw. */
  find(name: string): string | undefined {
    return this.#variables.get(name) ?? this.parent?.find(name)
  }

  /** Declares a parameter: its value is there before the scope is entered. */
  declare(name: string): string {
    this.#stores.add(name)
    return this.#define(name, { from: "parameter" })
  }

  /** Names assigned in this scope and those around it → their variables. */
  assigned(): Map<string, string> {
    const names = this.parent?.assigned() ?? new Map<string, string>()
    for (const name of this.#stores) names.set(name, this.find(name)!)
    return names
  }

  /** Takes in what stands directly in a scope: a loop's body, a macro's parameters and body, an `if`'s arms … */
  analyze(nodes: readonly Node[]): void {
    for (const node of nodes) this.#visit(node)
  }

  /** The target and the body (or the target and the test) of a loop. */
  analyzeLoop(loop: ForNode, part: "body" | "test"): void {
    this.#visitTarget(loop.target)
    if (part === "body") this.analyze(loop.body)
    else if (loop.test !== undefined) this.#visit(loop.test)
  }

  #define(name: string, load: Load): string {
    const variable = `${this.depth}:${name}`
    this.#variables.set(name, variable)
    this.#loads.set(variable, load)
    return variable
  }

  #load(name: string): void {
    if (this.find(name) === undefined) this.#define(name, { from: "inputs", name })
  }

  #store(name: string): void {
    this.#stores.add(name)
    if (this.#variables.has(name)) return
    const outer = this.parent?.find(name)
    this.#define(name, outer === undefined ? { from: "nothing" } : { from: "outer", variable: outer })
  }

  /** Every name in a loop's target is declared. */
  #visitTarget(node: Node): void {
    if (node.kind === "name") this.declare(node.name)
    else if (node.kind === "nsref") this.#load(node.name)
    else for (const child of childrenOf(node)) this.#visitTarget(child)
  }

  #visit(node: Node): void {
    switch (node.kind) {
      case "name":
        if (node.use === "param") this.declare(node.name)
        else if (node.use === "store") this.#store(node.name)
        else this.#load(node.name)
        break
      case "nsref":
        this.#load(node.name)
        break
      case "set":
        this.analyze([node.value, node.target])
        break
      case "set-block":
        this.#visit(node.target)
        break
      case "if":
        this.#visitArms(node.branches, node.else)
        break
      case "macro":
        this.#store(node.name)
        break
      case "for":
        this.#visit(node.iterable)
        break
      case "call-block":
        this.#visit(node.call)
        break
      case "filter-block":
        this.#visit(node.filter)
        break
      case "with":
        this.analyze(node.values)
        break
      case "block":
      case "autoescape":
        break
      case "other-template":
        this.#visit(node.template)
        for (const target of node.targets) this.#store(target)
        break
      default:
        this.analyze(childrenOf(node))
    }
  }

  /** `if` and each `elif` and `else`: every arm is analysed from the same start, then they are merged. */
  #visitArms(
    branches: ReadonlyArray<{ readonly test: Node; readonly body: readonly Node[] }>,
    otherwise: readonly Node[]
  ) {
    const [first, ...elifs] = branches
    if (first === undefined) return
    this.#visit(first.test)
    const arms = [this.#copy(), this.#copy(), this.#copy()] as const
    arms[0].analyze(first.body)
    for (const elif of elifs) arms[1].#visitArms([elif], [])
    arms[2].analyze(otherwise)
    this.#merge(arms)
  }

  #copy(): Symbols {
    const copy = new Symbols(this.parent)
    copy.#variables = new Map(this.#variables)
    copy.#loads = new Map(this.#loads)
    copy.#stores = new Set(this.#stores)
    return copy
  }

  /** A name that only arms assign keeps, where no arm ran, the value that it had outside. */
  #merge(arms: readonly Symbols[]): void {
    const added = new Set(arms.flatMap((arm) => [...arm.#stores]).filter((name) => !this.#stores.has(name)))
    for (const arm of arms) {
      for (const [name, variable] of arm.#variables) this.#variables.set(name, variable)
      for (const [variable, load] of arm.#loads) this.#loads.set(variable, load)
      for (const name of arm.#stores) this.#stores.add(name)
    }
    for (const name of added) {
      const outer = this.parent?.find(name)
      this.#loads.set(
        this.find(name)!,
        outer === undefined ? { from: "inputs", name } : { from: "outer", variable: outer }
      )
    }
  }
}

/**
 * Which of `names` are read before they are assigned, going through the nodes as they are written; blocks are not
 * looked into.
 */
export function readNames(nodes: readonly Node[], names: readonly string[]): Set<string> {
  const open = new Set(names)
  const found = new Set<string>()
  const visit = (node: Node): void => {
    if (node.kind === "block") return
    if (node.kind === "name") {
      if (node.use === "load" && open.has(node.name)) found.add(node.name)
      else open.delete(node.name)
      return
    }
    for (const child of childrenOf(node)) visit(child)
  }
  for (const node of nodes) visit(node)
  return found
}
