import { describe, expect, test } from "vitest"
import { openLanesOn, runOnce } from "./javascript-builders.ts"

describe("what a tool gives", () => {
  test.each([
    ["undefined", "undefined", null],
    ["a Map's entries are not JSON, an object with toJSON is", "({ toJSON: () => 5 })", 5],
    ["a Date", "new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["a bigint", "2n ** 64n", 2 ** 64],
    ["nested undefined is left out", "({ a: undefined, b: [undefined] })", { b: [null] }],
    ["a lone surrogate", '"\\ud800"', "\ud800"]
  ])("as JSON: %s", async (_, value, expected) => {
    expect((await runOnce(`export default (n) => (${value})`)).out).toEqual(expected)
  })

  test.each([
    ["a function", "export default (n) => () => n"],
    ["a circle", "const a = {}; a.self = a; export default (n) => a"],
    ["a getter that throws", 'export default (n) => ({ get a() { throw new Error("no") } })'],
    [
      "what is nested too deep",
      "export default (n) => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a }"
    ],
    ["an object without a text", "export default (n) => { const a = Object.create(null); a.self = a; return a }"]
  ])("%s fails its line with FlowOutputUnserializable, and the lines after it run", async (_, tool) => {
    const wrapped = `${tool.replace("export default", "const bad =")}\nexport default (n) => n === 1 ? bad(n) : n`
    const lanes = await openLanesOn({ tool: wrapped })

    const { lines } = await lanes.run([{ n: 0 }, { n: 1 }, { n: 2 }])
    const after = await lanes.run([{ n: 7 }])

    expect(lines.map(({ out }) => out)).toEqual([0, undefined, 2])
    expect(lines[1]!.record.error).toMatchObject({
      code: "UserError",
      innerError: { code: "FlowOutputUnserializable" },
      messageParameters: { output_name: "out" }
    })
    expect(lines[1]!.record.nodes).toMatchObject([{ status: "Completed" }])
    expect(after.lines[0]!.out).toBe(7)
    expect(after.lines[0]!.record.nodes[0]!.value).toBe(7)
  })

  test.each([
    ["a function", "export default (n) => () => n"],
    ["a circle", "const a = {}; a.self = a; export default (n) => a"],
    ["a function", "export default (n) => () => 1"],
    ["a symbol", 'export default (n) => Symbol("s")']
  ])("%s may go from node to node, and its record is a text or less", async (_, tool) => {
    const { out, record } = await runOnce({ "a.mjs": tool, "b.mjs": "export default (n) => typeof n" })

    expect(out).toMatch(/object|function|symbol/)
    expect(record.nodes.map(({ status }) => status)).toEqual(["Completed", "Completed"])
  })

  test("above maxOutputBytes fails its line, whatever its characters weigh", async () => {
    const lanes = await openLanesOn({ tool: 'export default (n) => "é".repeat(n)', context: { maxOutputBytes: 1000 } })

    const { lines } = await lanes.run([{ n: 480 }, { n: 500 }, { n: 5 }])

    expect(lines.map(({ error }) => error)).toEqual([
      undefined,
      "The line's output has 1030 bytes; the limit is 1000.",
      undefined
    ])
    expect(lines[1]!.record.error?.hint).toContain("maxOutputBytes")
  })
})

describe("what a tool prints", () => {
  const prints = `export default async function f(n) {
  console.log("out", n)
  if (n % 2 === 1) await new Promise((resolve) => setImmediate(resolve))
  console.error("err", n)
  return n
}`

  test("is in the record of its node, stamped, also what it prints after it waited", async () => {
    const lanes = await openLanesOn({ tool: prints })

    const { lines } = await lanes.run(Array.from({ length: 20 }, (_, n) => ({ n })))

    const stamp = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\] `
    for (const { position, record } of lines) {
      expect(record.nodes[0]!.logs?.stdout).toMatch(new RegExp(`^${stamp}out ${position}\n$`))
      expect(record.nodes[0]!.logs?.stderr).toMatch(new RegExp(`^${stamp}err ${position}\n$`))
    }
  })

  test("is kept when the tool fails", async () => {
    const { record } = await runOnce('export default (n) => { console.log("before"); throw new Error("x") }')

    expect(record.nodes[0]!.logs?.stdout).toContain("before")
  })

  test("is nothing for a tool that prints nothing", async () => {
    expect((await runOnce("export default (n) => n")).record.nodes[0]).not.toHaveProperty("logs")
  })
})
