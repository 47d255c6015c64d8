// Laws of images as values (images.ts).

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { ForeignValue } from "../contracts/value.ts"
import { aFolder } from "../testing/index.ts"
import { imageOf, imageValue, loadImage, loadImages, replaced } from "./images.ts"
import { writeImages } from "./write-images.ts"

const rules = { folder: "/nowhere", format: "basic" } as const
const anImage = fc
  .record({
    mime: fc.constantFrom("image/png", "image/jpeg", "image/*"),
    how: fc.constant("base64" as const),
    source: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("base64"))
  })
  .map(imageValue)
/** Plain data with images among it. */
const withImages = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue({ maxDepth: 1 }),
    anImage,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie("value"), { maxKeys: 4 })
  )
})).value

const countOf = (value: unknown): number => {
  let count = 0
  replaced(value, (each) => {
    if (imageOf(each) !== undefined) count++
    return undefined
  })
  return count
}

describe("images", () => {
  test("are found once: what was loaded is loaded already", () => {
    fc.assert(
      fc.property(withImages, (value) => {
        const loaded = loadImages(value, "x", rules)

        expect(loadImages(loaded, "x", rules)).toEqual(loaded)
        expect(countOf(loaded)).toBe(countOf(value))
      })
    )
  })

  test("values without any are passed on as they are, not copied", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(replaced(value, () => undefined)).toBe(value)
      })
    )
  })

  test("leave as references to files that hold their bytes, the same for the same value (W1)", () => {
    const folder = aFolder()
    const where = { folder, prefix: "", format: "basic" } as const
    fc.assert(
      fc.property(withImages, (value) => {
        const written = writeImages(value, where)

        expect(writeImages(value, where)).toEqual(written)
        const seen: unknown[] = []
        replaced(written, (each) => {
          const image = imageOf(each)
          if (image !== undefined) seen.push(image.how)
          return undefined
        })
        expect(seen.every((how) => how === "path")).toBe(true)
        expect(seen).toHaveLength(countOf(value))
        expect(loadImages(written, "x", { folder, format: "basic" })).not.toBe(undefined)
      })
    )
  })

  test("in values of other languages keep what JavaScript would change beside them", () => {
    const foreign = new ForeignValue('{"n": 1.0, "i": {"data:image/png;base64": "aGk="}}')
    const folder = aFolder()

    const loaded = loadImages(foreign, "x", rules) as ForeignValue
    const { n } = writeImages(loaded, { folder, prefix: "", format: "basic" }) as { n: unknown }

    expect(loaded.text).toContain("1.0")
    expect(n).toEqual(new ForeignValue("1.0"))
  })

  test("as base64 text have the type that their bytes say", () => {
    const gif = Buffer.from("GIF89a").toString("base64")

    expect(loadImage(gif, "x", rules)).toEqual({ "data:image/gif;base64": gif })
    expect(loadImage(`data:image/gif;base64,${gif}`, "x", rules)).toEqual({ "data:image/gif;base64": gif })
  })
})
