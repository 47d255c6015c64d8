import { ToolLoadFailure } from "@throughline/core/contracts"
import { inputRef, literal } from "@throughline/core/testing"
import { describe, expect, test } from "vitest"
import { type LanesSketch, openLanesOn, runOnce } from "./javascript-builders.ts"

const abc = { a: inputRef("a"), b: inputRef("b"), c: inputRef("c") }
const threeInputs: Partial<LanesSketch> = { flowInputs: ["a", "b", "c"], inputs: abc }
const threeValues = { c: 3, b: 2, a: 1 }

describe("inputs reach a tool by the names of its parameters", () => {
  test.each([
    ["by position", "export default function f(b, a, c) { return [a, b, c] }"],
    ["as an arrow function", "export const f = (c, b, a) => [a, b, c]"],
    ["as one object", "export default function f({ c, a, b }) { return [a, b, c] }"],
    ["as one object with other names inside", "export default ({ a: x, b: y, c: z }) => [x, y, z]"],
    ["as one object with a rest", "export default ({ a, ...rest }) => [a, rest.b, rest.c]"],
    ["as an object with a default of its own", "export default function f({ a, b, c } = {}) { return [a, b, c] }"],
    [
      "with comments and defaults that look like code",
      'export default (a /* b) */, b = ")", c = (() => 1)()) => [a, b, c]'
    ],
    [
      "with more parameters than inputs",
      "export default (a, b, c, d = 4, e) => e === undefined && d === 4 ? [a, b, c] : 0"
    ],
    ["as an async function", "export default async (a, b, c) => [a, b, c]"],
    ["from a method", "const o = { f(a, b, c) { return [a, b, c] } }; export const f = o.f"]
  ])("%s", async (_, tool) => {
    const { out } = await runOnce(tool, threeValues, threeInputs)

    expect(out).toEqual([1, 2, 3])
  })

  test("a parameter that is not given takes its default", async () => {
    const inputs = { a: inputRef("n") }

    const positional = await runOnce("export default (z = 9, a) => [a, z]", { n: 1 }, { inputs })
    const object = await runOnce("export default ({ a, z = 9 }) => [a, z]", { n: 1 }, { inputs })

    expect([positional.out, object.out]).toEqual([
      [1, 9],
      [1, 9]
    ])
  })

  test("YAML's literals arrive as they are, and an input may be called __proto__", async () => {
    const inputs = { list: literal([1, { a: null }]), ["__proto__"]: literal("own") }
    const sketch = { inputs }

    const named = await runOnce('export default ({ list, ["__proto__"]: p }) => [list, p]', { n: 0 }, sketch)
    const rest = await runOnce("export default ({ ...all }) => Object.entries(all)", { n: 0 }, sketch)

    expect(named.out).toEqual([[1, { a: null }], "own"])
    expect(rest.out).toEqual([
      ["list", [1, { a: null }]],
      ["__proto__", "own"]
    ])
  })

  test("a parameter whose name is computed cannot be told, and is refused by name", async () => {
    const tool = 'const key = "n"; export default ({ [key]: n }) => n'

    await expect(runOnce(tool)).rejects.toThrow("cannot tell the parameters")
  })

  test("a column that is called __proto__ is a value like any other", async () => {
    const row = JSON.parse('{"n": {"__proto__": 5, "constructor": 6}}') as unknown

    const { out } = await runOnce("export default (n) => [Object.entries(n), n instanceof Object]", row)

    expect(out).toEqual([
      [
        ["__proto__", 5],
        ["constructor", 6]
      ],
      true
    ])
  })
})

describe("a tool's file", () => {
  test("may be .ts, with types that are erased", async () => {
    const tool = { "tool.ts": "interface A { n: number }\nexport default ({ n }: A): number => n + 1" }

    expect((await runOnce(tool)).out).toBe(2)
  })

  test("may be .js of the package type that its folder has", async () => {
    const files = { "package.json": '{"type": "module"}' }

    expect((await runOnce({ "tool.js": "export default (n) => n + 1" }, { n: 1 }, { files })).out).toBe(2)
  })

  test("may import its neighbours", async () => {
    const files = { "lib/times.mjs": "export const times = (n) => n * 10" }

    expect(
      (await runOnce('import { times } from "./lib/times.mjs"\nexport default (n) => times(n)', { n: 4 }, { files }))
        .out
    ).toBe(40)
  })

  test("is its default export, whatever else it exports", async () => {
    expect((await runOnce("export const a = () => 1\nexport default (n) => 2\nexport const c = () => 3")).out).toBe(2)
  })

  test("may ask where it stands", async () => {
    const tool = "export default (n) => new URL('other.txt', import.meta.url).pathname.endsWith('/other.txt')"

    expect((await runOnce(tool)).out).toBe(true)
  })

  test("is its only function where it has no default, constants beside it", async () => {
    expect((await runOnce("export const version = 3\nexport function run(n) { return n + version }")).out).toBe(4)
  })

  test("sees the flow's environment variables, which the host does not", async () => {
    const plan = { environmentVariables: { THROUGHLINE_TEST_WORD: "set" } }

    const { out } = await runOnce("export default (n) => process.env.THROUGHLINE_TEST_WORD", { n: 1 }, { plan })

    expect(out).toBe("set")
    expect(process.env.THROUGHLINE_TEST_WORD).toBeUndefined()
  })
})

describe("a tool that cannot be loaded says why, before any line runs", () => {
  const failureOf = async (tool: LanesSketch["tool"], sketch: Partial<LanesSketch> = {}) => {
    const failure = await openLanesOn({ tool, ...sketch }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ToolLoadFailure)
    return (failure as ToolLoadFailure).record
  }

  test("two exported functions and no default", async () => {
    const record = await failureOf("export const a = () => 1, b = () => 2")

    expect(record.message).toBe(
      "Tool load failed in 'node0': tool.mjs must export one function, by default or as the only one; it exports a, b"
    )
    expect(record.hint).toBe("add `export default` to the function the node is to call")
    expect(record.place).toBe("flow.dag.yaml:1:1")
  })

  test("no exported function", async () => {
    expect((await failureOf("export const a = 1")).message).toContain("it exports no function")
  })

  test("a class", async () => {
    expect((await failureOf("export default class Tool { run() {} }")).message).toContain(
      "cannot tell the parameters of Tool"
    )
  })

  test("a function whose parameters cannot be told", async () => {
    expect((await failureOf("export default ([a, b]) => 1")).message).toContain("cannot tell the parameters")
    expect((await failureOf("export default Math.max")).message).toContain("cannot tell the parameters")
  })

  test("an input that the function does not take", async () => {
    const record = await failureOf("export default function f(m) {}")

    expect(record.message).toBe("node 'node0' gives an input 'n', but f in tool.mjs takes m")
    expect(record.place).toBe("flow.dag.yaml:1:1")
  })

  test("a syntax error, with its line", async () => {
    const { message, place } = await failureOf("export default (n) => {\n  const = 5\n}")

    expect(message).toContain("cannot load tool.mjs: (SyntaxError) Unexpected token '='")
    expect(place).toBe("tool.mjs:2:9")
  })

  test("a package that is not installed, with what to do", async () => {
    const record = await failureOf('import "no-such-package-of-anyone"\nexport default (n) => n')

    expect(record.message).toContain("Cannot find package 'no-such-package-of-anyone'")
    expect(record.hint).toBe("npm install no-such-package-of-anyone, in the flow's folder or above it")
  })

  test("TypeScript that cannot be erased, with what to do", async () => {
    const record = await failureOf({ "tool.ts": "enum A { b }\nexport default (n: number) => A.b" })

    expect(record.hint).toContain("only erasable TypeScript runs as it is")
  })

  test.each([
    ["an export", "export default (n: number) => n"],
    ["an import", 'import { join } from "node:path"\nexport default (n: number) => join(String(n))']
  ])("%s in a folder that says it is CommonJS, with what to do", async (_, tool) => {
    const files = { "package.json": '{ "type": "commonjs" }' }

    const record = await failureOf({ "tool.ts": tool }, { files })

    expect(record.hint).toContain('the nearest package.json says "type": "commonjs"')
  })

  test("a file that is not there", async () => {
    const plan = (await openLanesOn({ tool: "export default (n) => n" })).plan
    const nodes = plan.nodes.map((node) => ({ ...node, path: "gone.mjs" }))

    expect((await failureOf("export default (n) => n", { plan: { nodes } })).message).toContain("cannot load gone.mjs")
  })

  test("a module that throws", async () => {
    expect((await failureOf('throw new Error("at the top")')).message).toContain("(Error) at the top")
  })

  test("a module that ends its process ends nothing", async () => {
    expect((await failureOf("process.exit(3)")).message).toContain("process.exit(3) was called")
  })
})

describe("a tool that fails", () => {
  test("fails its line with promptflow's record: type, message, file and line", async () => {
    const { record } = await runOnce("export default function f(n) {\n  throw new TypeError(`bad ${n}`)\n}")

    expect(record.error).toMatchObject({
      message: "Execution failure in 'node0': (TypeError) bad 1",
      code: "UserError",
      innerError: { code: "ToolExecutionError" },
      referenceCode: "Tool/tool.mjs",
      additionalInfo: [
        { type: "ToolExecutionErrorDetails", info: { type: "TypeError", message: "bad 1", lineno: 2, name: "f" } }
      ]
    })
    expect(record.error?.place).toMatch(/tool\.mjs:2$/)
    expect(record.nodes).toMatchObject([{ node: 0, status: "Failed" }])
  })

  test.each([
    ["a rejection", "export default async (n) => { throw new Error('late') }", "(Error) late"],
    ["a text", "export default (n) => { throw 'just text' }", "(string) just text"],
    ["nothing", "export default (n) => { throw undefined }", "(undefined) undefined"],
    ["an exit", "export default (n) => process.exit(2)", "process.exit(2) was called"],
    [
      "a stack overflow",
      "export default function f(n) { return f(n) }",
      "(RangeError) Maximum call stack size exceeded"
    ],
    [
      "a rejected thenable",
      "export default (n) => ({ then: (_, no) => no(new Error('thenable')) })",
      "(Error) thenable"
    ]
  ])("with %s fails its line only", async (_, tool, message) => {
    const lanes = await openLanesOn({ tool: { "tool.mjs": tool } })

    const { lines } = await lanes.run([{ n: 1 }, { n: 2 }])

    expect(lines.map(({ error }) => error)).toEqual([
      expect.stringContaining(message),
      expect.stringContaining(message)
    ])
  })
})
