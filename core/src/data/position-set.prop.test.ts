import fc from "fast-check"
import { expect, test } from "vitest"
import { PositionSet } from "./position-set.ts"

const position = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 0xffff_ffff }))

test("takes each position once, and a refused group leaves no trace", () => {
  fc.assert(
    fc.property(fc.array(fc.array(position, { maxLength: 8 }), { maxLength: 20 }), (groups) => {
      const set = new PositionSet()
      const model = new Set<number>()

      for (const group of groups) {
        const isNew = new Set(group).size === group.length && group.every((each) => !model.has(each))
        const halves = [group.slice(0, 3), group.slice(3)].map((half) => Uint32Array.from(half))
        expect(set.addAll(halves) === undefined).toBe(isNew)
        if (isNew) for (const each of group) model.add(each)
      }
      set.removeAll([Uint32Array.from(model)])
      expect(set.addAll([Uint32Array.from(model)])).toBeUndefined()
    })
  )
})
