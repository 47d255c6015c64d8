import fc from "fast-check"
import { expect, test } from "vitest"
import type { InputType } from "../contracts/flow-plan.ts"
import type { Row } from "../contracts/value.ts"
import { anInput } from "../testing/line-builders.ts"
import { compileCoercion } from "./coerce-inputs.ts"
import { compileInputs } from "./compile-inputs.ts"
import { compileMapping } from "./map-inputs.ts"

const name = fc.constantFrom("a", "b", "c", "line_number", "__proto__", "toString", "x.y")
const type = fc.constantFrom<InputType>("int", "double", "bool", "string", "list", "object")
const input = fc
  .record({ name, type, hasDefault: fc.boolean(), default: fc.constantFrom("1", 1, null) })
  .map((about) => anInput(about.name, about))
const inputs = fc.uniqueArray(input, { selector: (made) => made.name, maxLength: 5 })
const expression = fc.oneof(
  { weight: 4, arbitrary: name.map((column) => `\${data.${column}}`) },
  fc.constantFrom("literal", "${other.a}", 7)
)
const mapping = fc.dictionary(name, expression, { noNullPrototype: true })
const value = fc.oneof(fc.constantFrom("1", "x", "[1]", 1.5, 2, true, null), fc.jsonValue({ maxDepth: 1 }))
const row = fc.dictionary(name, value, { noNullPrototype: true })

const outcome = (work: () => unknown) => {
  try {
    return { made: Object.entries(work() as object) }
  } catch (error) {
    return { thrown: (error as Error).message }
  }
}

test("reading the inputs is mapping them and then coercing them, whatever is wrong with them (I1)", () => {
  fc.assert(
    fc.property(
      inputs,
      mapping,
      row,
      fc.constantFrom(["data"], ["data", "other"]),
      (declared, mapped, columns, names) => {
        const source = (names.length === 1 ? columns : { data: columns, other: {} }) as Row
        const map = compileMapping(mapped, declared, names)
        const coerce = compileCoercion(declared)
        const read = compileInputs(mapped, declared, names)

        expect(outcome(() => read(source, 3))).toEqual(outcome(() => coerce(map(source, 3), 3)))
      }
    ),
    { numRuns: 500 }
  )
})
