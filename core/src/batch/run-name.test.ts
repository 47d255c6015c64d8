import * as fc from "fast-check"
import { expect, test } from "vitest"
import { InvalidOption } from "../contracts/errors.ts"
import { checkRunName, defaultRunName } from "./run-name.ts"

const at = new Date(2026, 0, 2, 3, 4, 5, 678).getTime()

test("the default name is promptflow's: folder, variant, and local time to the microsecond", () => {
  expect(defaultRunName("/flows/web_classification", at + 0.25)).toBe(
    "web_classification_variant_0_20260102_030405_678250"
  )
  expect(defaultRunName("/flows/a", at, "variant_1")).toBe("a_variant_1_20260102_030405_678000")
})

test("the default name of any folder is a name that a run may have", () =>
  fc.assert(
    fc.property(fc.string({ maxLength: 60, unit: "binary" }), (folder) => {
      const name = defaultRunName(`/flows/${folder}`, at)

      expect(checkRunName(name)).toBe(name)
    })
  ))

test.each(["", ".", "..", "a/b", "a\\b", "con", "a\u0000", "a\n", 5, undefined])("the name %j is refused", (name) => {
  expect(() => checkRunName(name as string)).toThrow(InvalidOption)
})
