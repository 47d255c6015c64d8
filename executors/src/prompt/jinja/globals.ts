// The functions and classes that every template has: `range`, `dict`, `namespace`, `cycler`, `joiner`, `lipsum`.

import { Builtin, bind, Callable, checkCount, intArgument, type Kwargs } from "./callable.ts"
import { fill } from "./container-methods.ts"
import { JinjaError, valueError } from "./errors.ts"
import { Dict, dictGet, Markup, MISSING, PyObject, Range, repr, Tuple } from "./values.ts"

/** The sandbox refuses longer ranges. */
const MAX_RANGE = 100_000

function makeRange(args: readonly unknown[]): Range {
  checkCount("range", args, 1, 3)
  const [first = 0, second, step = 1] = args.map(intArgument)
  if (step === 0) throw valueError("range() arg 3 must not be zero")
  const range = second === undefined ? new Range(0, first, 1) : new Range(first, second, step)
  if (range.length > MAX_RANGE) {
    throw new JinjaError(
      "OverflowError",
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`
    )
  }
  return range
}

/** What `{% set ns.x = … %}` may assign to. */
export class Namespace extends PyObject {
  readonly typeName = "Namespace"
  readonly #values = new Dict()
  constructor(args: readonly unknown[], kwargs: Kwargs) {
    super()
    fill(this.#values, args, kwargs, "dict")
  }
  override get moduleName(): string {
    return "jinja2.utils"
  }
  override attribute(name: string): unknown {
    return dictGet(this.#values, name)
  }
  assign(name: string, value: unknown): void {
    this.#values.set(name, value)
  }
  repr(): string {
    return `<Namespace ${repr(this.#values)}>`
  }
}

class Cycler extends PyObject {
  readonly typeName = "Cycler"
  readonly #items: readonly unknown[]
  #position = 0
  constructor(items: readonly unknown[]) {
    super()
    if (items.length === 0) throw new JinjaError("RuntimeError", "at least one item has to be provided")
    this.#items = items
  }
  override get moduleName(): string {
    return "jinja2.utils"
  }
  override attribute(name: string): unknown {
    switch (name) {
      case "current":
        return this.#items[this.#position]
      case "pos":
        return this.#position
      case "items":
        return new Tuple(this.#items)
      case "next":
        return new Builtin("bound method Cycler.next", () => this.#next(), "method")
      case "reset":
        return new Builtin(
          "bound method Cycler.reset",
          () => {
            this.#position = 0
            return null
          },
          "method"
        )
      default:
        return MISSING
    }
  }
  #next(): unknown {
    const item = this.#items[this.#position]
    this.#position = (this.#position + 1) % this.#items.length
    return item
  }
  repr(): string {
    return "<jinja2.utils.Cycler object at 0x7f0000000000>"
  }
}

/** Returns nothing the first time it is called and the separator from then on. */
class Joiner extends Callable {
  readonly typeName = "Joiner"
  readonly #separator: unknown
  #isUsed = false
  constructor(separator: unknown) {
    super()
    this.#separator = separator
  }
  override get moduleName(): string {
    return "jinja2.utils"
  }
  call(): unknown {
    if (this.#isUsed) return this.#separator
    this.#isUsed = true
    return ""
  }
  repr(): string {
    return "<jinja2.utils.Joiner object at 0x7f0000000000>"
  }
}

const WORDS = ["lorem", "ipsum", "dolor", "sit", "amet", "consectetuer", "adipiscing", "elit", "sed", "diam", "nonummy"]

/** Filler text; Jinja2's is random, so nothing can depend on its words. */
function lipsum(args: readonly unknown[], kwargs: Kwargs): unknown {
  const [count, asHtml, least, most] = bind(
    "generate_lorem_ipsum",
    { n: 5, html: true, min: 20, max: 100 },
    args,
    kwargs
  )
  const paragraphs = Array.from({ length: intArgument(count) }, () => {
    const size = intArgument(least) + Math.floor(Math.random() * Math.max(1, intArgument(most) - intArgument(least)))
    const text = Array.from({ length: size }, () => WORDS[Math.floor(Math.random() * WORDS.length)]!).join(" ")
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  })
  return asHtml ? new Markup(paragraphs.map((text) => `<p>${text}</p>`).join("\n")) : paragraphs.join("\n\n")
}

const makeDict = (args: readonly unknown[], kwargs: Kwargs): Dict => {
  const dict = new Dict()
  fill(dict, args, kwargs, "dict")
  return dict
}

export const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["range", new Builtin("function safe_range at 0x7f0000000000", makeRange, "function")],
  ["dict", new Builtin("class 'dict'", makeDict, "type")],
  ["lipsum", new Builtin("function generate_lorem_ipsum at 0x7f0000000000", lipsum, "function")],
  ["cycler", new Builtin("class 'jinja2.utils.Cycler'", (args) => new Cycler(args), "type")],
  [
    "joiner",
    new Builtin(
      "class 'jinja2.utils.Joiner'",
      (args, kwargs) => new Joiner(bind("Joiner", { sep: ", " }, args, kwargs)[0]),
      "type"
    )
  ],
  ["namespace", new Builtin("class 'jinja2.utils.Namespace'", (args, kwargs) => new Namespace(args, kwargs), "type")]
])
