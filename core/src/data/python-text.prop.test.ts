import { spawnSync } from "node:child_process"
import fc from "fast-check"
import { expect, test } from "vitest"
import { pythonJson, pythonRepr } from "./python-text.ts"

/** Values whose numbers have the same kind in both languages: whole ones up to 2^53, or with a fraction. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value))
)
/** Old blocks of Unicode, full but for what was never assigned: the two languages know different versions of the rest. */
const character = fc
  .oneof(
    fc.integer({ min: 0, max: 0x36f }),
    fc.integer({ min: 0x2000, max: 0x2064 }),
    fc.integer({ min: 0x4e00, max: 0x4fff }),
    fc.integer({ min: 0xe000, max: 0xf8ff }),
    fc.integer({ min: 0x1f300, max: 0x1f5ff }),
    fc.integer({ min: 0xe0000, max: 0xe00ff }),
    fc.constantFrom(0x22, 0x27, 0x5c)
  )
  .map((code) => String.fromCodePoint(code))
const text = fc.string({ unit: character, maxLength: 12 })
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true })
  )
}))

test("the text reads back as the same value (T2)", () => {
  fc.assert(
    fc.property(value, (v) => {
      expect(JSON.parse(pythonJson(v))).toEqual(JSON.parse(JSON.stringify(v)))
    })
  )
})

const PYTHON =
  "import sys,json\nfor line in sys.stdin:\n v=json.loads(line)\n print(json.dumps([repr(v),json.dumps(v,ensure_ascii=False)]))"
const hasPython = spawnSync("python3", ["--version"]).status === 0

test.skipIf(!hasPython)("Python prints the same", () => {
  const values = fc.sample(value, 2000)

  const run = spawnSync("python3", ["-c", PYTHON], {
    input: values.map((v) => `${JSON.stringify(v)}\n`).join(""),
    encoding: "utf8"
  })

  expect(run.stderr).toBe("")
  const lines = run.stdout.trimEnd().split("\n")
  values.forEach((v, i) => {
    expect([pythonRepr(v), pythonJson(v)]).toEqual(JSON.parse(lines[i] as string))
  })
})
