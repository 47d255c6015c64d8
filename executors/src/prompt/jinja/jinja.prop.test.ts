import fc from "fast-check"
import { expect, test } from "vitest"
import { compileTemplate, JinjaError } from "./index.ts"

/** Pieces that make templates which are nearly right. */
const piece = fc.oneof(
  fc.constantFrom(
    ..."{{ }} {% %} {# #} {%- -%} x xs d.k s | upper join ( ) [ ] : , 1 0 -1 1.5 'a' \"b\" + - * / // % ** ~ == < in not is".split(
      " "
    ),
    ..."if else elif endif for endfor set endset macro m endmacro call endcall filter endfilter with endwith raw endraw".split(
      " "
    ),
    ..."loop.index range(3) x.y.z none true defined odd namespace() . = \n {{ x }} {{ xs|sort }} {{ s[1:] }}".split(" ")
  ),
  fc.string({ maxLength: 3 })
)
const template = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(" "))
const expression = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `{{ ${pieces.join(" ")} }}`)

const inputs = fc.record({
  x: fc.jsonValue(),
  xs: fc.array(fc.jsonValue(), { maxLength: 3 }),
  d: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
  s: fc.string({ unit: "binary" })
})

test("loading and rendering end in a text or in a JinjaError with a line (J1)", () =>
  fc.assert(
    fc.property(fc.oneof(template, expression), inputs, (source, values) => {
      try {
        expect(typeof compileTemplate(source).render(values)).toBe("string")
      } catch (error) {
        expect(error).toBeInstanceOf(JinjaError)
        expect((error as JinjaError).line).toBeGreaterThan(0)
        expect((error as JinjaError).type).toMatch(/^(?!RangeError|ReferenceError|SyntaxError)[A-Z]\w+$/)
        expect((error as JinjaError).cause).toBeUndefined()
      }
    }),
    { numRuns: 2000 }
  ))

test("a text without { renders to itself (J2)", () =>
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = text.replaceAll("{", "").replaceAll("\r", "")

      expect(compileTemplate(plain).render({})).toBe(plain)
    })
  ))

test("raw text renders to itself, whatever is in it", () =>
  fc.assert(
    fc.property(template, (text) => {
      fc.pre(!/\{%[-+]?\s*endraw/.test(text) && !text.includes("\r"))

      expect(compileTemplate(`{% raw %}${text}{% endraw %}`).render({})).toBe(text)
    })
  ))

test("a template that is nested too deeply is an error, not a crash (J1)", () => {
  const deep = `{{ ${"(".repeat(50_000)}1${")".repeat(50_000)} }}`

  expect(() => compileTemplate(deep)).toThrow("maximum recursion depth exceeded")
})

test("a macro that never ends is an error, not a crash (J1)", () => {
  const endless = compileTemplate("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")

  expect(() => endless.render({})).toThrow("maximum recursion depth exceeded")
})
