import fc from "fast-check"
import { expect, test } from "vitest"
import { ByteWriter, isUint32 } from "./byte-writer.ts"

const written = (out: ByteWriter) => Buffer.from(out.copy()).toString()

test("what is written is read back, whatever it is and wherever it begins", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", minLength: 60, maxLength: 200 }))
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
      const out = new ByteWriter()
      for (const one of texts) out.text(one)
      expect(written(out)).toBe(Buffer.from(texts.join("")).toString())
    })
  )
})

test("the digits of a number are those that JavaScript prints", () => {
  const edges = fc.integer({ min: 0, max: 9 }).chain((power) => fc.constantFrom(10 ** power - 1, 10 ** power))
  const numbers = fc.array(fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), edges), { maxLength: 50 })
  fc.assert(
    fc.property(numbers, (values) => {
      const out = new ByteWriter()
      for (const value of values) {
        expect(isUint32(value)).toBe(true)
        out.digits(value)
        out.text(" ")
      }
      expect(written(out)).toBe(values.map((value) => `${value} `).join(""))
    })
  )
})

test("digits are for whole numbers of 32 bits alone", () => {
  for (const value of [-1, -0, 0.5, 2 ** 32, Number.NaN, Infinity, "1", null, 1n]) expect(isUint32(value)).toBe(false)
})
