// Compile-time scopes: which slot of which frame a name stands for.

import { assertionError } from "./errors.ts"
import { Symbols } from "./symbols.ts"

/** The variables of one frame, numbered. */
export class FrameLayout {
  readonly #parent: FrameLayout | undefined
  readonly #slots = new Map<string, number>()

  constructor(parent?: FrameLayout) {
    this.#parent = parent
  }
  /** The slot of a variable of this frame, which it gets if it has none. */
  declare(variable: string): number {
    const known = this.#slots.get(variable)
    if (known !== undefined) return known
    this.#slots.set(variable, this.#slots.size)
    return this.#slots.size - 1
  }
  /** How many frames outwards, and the slot there. */
  find(variable: string): [depth: number, slot: number] | undefined {
    const slot = this.#slots.get(variable)
    if (slot !== undefined) return [0, slot]
    const outer = this.#parent?.find(variable)
    return outer === undefined ? undefined : [outer[0] + 1, outer[1]]
  }
}

export interface ScopeTraits {
  /** The template itself, or an `if` directly in it: assignments are seen by blocks. */
  readonly isTopLevel: boolean
  /** In an `if` or a condition, and not in a loop or another scope inside of that. */
  readonly isSoft: boolean
  /** Whether printed values are escaped; `undefined`: known only while rendering. */
  readonly autoescape: boolean | undefined
}

export class Scope implements ScopeTraits {
  readonly symbols: Symbols
  readonly layout: FrameLayout
  readonly isTopLevel: boolean
  readonly isSoft: boolean
  readonly autoescape: boolean | undefined

  constructor(symbols: Symbols, layout: FrameLayout, traits: ScopeTraits) {
    this.symbols = symbols
    this.layout = layout
    this.isTopLevel = traits.isTopLevel
    this.isSoft = traits.isSoft
    this.autoescape = traits.autoescape
  }
  /** A scope inside of this one. `layout`: where it has a frame of its own. */
  inner(layout = this.layout, autoescape = this.autoescape): Scope {
    return new Scope(new Symbols(this.symbols), layout, { isTopLevel: false, isSoft: false, autoescape })
  }
  /** The same scope, in an `if`. */
  soft(): Scope {
    return new Scope(this.symbols, this.layout, { ...this.traits, isSoft: true })
  }
  get traits(): ScopeTraits {
    return { isTopLevel: this.isTopLevel, isSoft: this.isSoft, autoescape: this.autoescape }
  }
  slotOf(name: string): [depth: number, slot: number] {
    const variable = this.symbols.find(name)
    const found = variable === undefined ? undefined : this.layout.find(variable)
    if (found === undefined) throw assertionError(`the name '${name}' cannot be used here`, 1)
    return found
  }
}
