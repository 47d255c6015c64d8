import { describe, expect, test } from "vitest"
import { IssueList } from "./issue-list.ts"
import { parseYaml } from "./parse-yaml.ts"
import { toPlain } from "./yaml-value.ts"

function parse(text: string) {
  const issues = new IssueList()
  const value = parseYaml(text, "flow.dag.yaml", issues)
  const plain = value && toPlain(value, issues, { dates: "refuse" })
  return { plain, issues: issues.issues }
}

const issuesOf = (text: string) =>
  parse(text).issues.map(({ place, message }) => `${place.line}:${place.column} ${message}`)

describe("values are those of promptflow's dialect", () => {
  test.each([
    ["yes", "yes"],
    ["off", "off"],
    ["True", true],
    ["FALSE", false],
    ["tRue", "tRue"],
    ["~", null],
    ["Null", null],
    ["", null],
    ["017", 17],
    ["0o17", 15],
    ["0x1f", 31],
    ["0X1F", "0X1F"],
    ["0b11", 3],
    ["1_000", 1000],
    ["_1", "_1"],
    ["-0o17", -15],
    ["0o8", "0o8"],
    ["1e3", 1000],
    ["1e", "1e"],
    ["1_0.5", 10.5],
    [".5", 0.5],
    ["-.INF", -Infinity],
    [".nan", Number.NaN],
    ["12:30:45", "12:30:45"],
    ["2024-1-2", "2024-1-2"],
    ["1,000", "1,000"],
    ["'017'", "017"],
    ['"yes"', "yes"],
    ["x#c", "x#c"],
    ["{x, y: }", { x: null, y: null }],
    ["!!map {b: 1}", { b: 1 }]
  ])("%s", (text, value) => {
    expect(parse(`a: ${text}`)).toEqual({ plain: { a: value }, issues: [] })
  })

  test("a byte order mark, comments and an empty file are no trouble", () => {
    expect(parse("\ufeffa: 1").plain).toEqual({ a: 1 })
    expect(parse("# nothing\n").plain).toEqual({})
    expect(parse("").plain).toEqual({})
    expect(parse("---\n~\n").plain).toEqual({})
  })

  test("a key that is no text becomes its JSON text", () => {
    expect(parse("50256: -100\ntrue: 1\n1.0: 2\n~: 3").plain).toEqual({ "50256": -100, true: 1, "1.0": 2, null: 3 })
  })
})

describe("anchors", () => {
  test("an alias has the value of its anchor", () => {
    expect(parse("a: &x [1]\nb: *x").plain).toEqual({ a: [1], b: [1] })
  })

  test("merged keys stand after own keys and never replace them; the earlier map wins", () => {
    const { plain } = parse("x: &x {a: 1}\nz: &z {a: 3, b: 4}\ny:\n  <<: [*x, *z]\n  c: 5\n")

    expect(plain).toMatchObject({ y: { c: 5, a: 1, b: 4 } })
    expect(Object.keys((plain as { y: object }).y)).toEqual(["c", "a", "b"])
    expect(parse("<<: {a: 1}\na: 2").plain).toEqual({ a: 2 })
  })

  test("an alias without an anchor, and one of itself, are issues", () => {
    expect(issuesOf("a: *nope")).toEqual(["1:4 the alias *nope has no complete anchor &nope before it"])
    expect(issuesOf("a: &a [*a]")).toEqual(["1:8 the alias *a has no complete anchor &a before it"])
  })

  test("aliases that multiply beyond all measure are refused", () => {
    const lines = Array.from({ length: 9 }, (_, level) => {
      const inner = Array.from({ length: 10 }, () => (level === 0 ? "x" : `*l${level - 1}`))
      return `l${level}: &l${level} [${inner.join(", ")}]`
    })

    expect(issuesOf(lines.join("\n"))[0]).toMatch(/more than 1000000 values/)
  })
})

describe("mistakes have places", () => {
  test("a duplicate key says where both are", () => {
    expect(issuesOf('a: 1\nb: 2\n"a": 3')).toEqual(["3:1 the key 'a' is here twice; it first stands at 1:1"])
    expect(issuesOf("x:\n  <<: {a: 1}\n  <<: {b: 1}")).toEqual([
      "3:3 the key '<<' is here twice; it first stands at 2:3"
    ])
  })

  test("a second document is an issue at its start", () => {
    expect(issuesOf("a: 1\n---\nb: 2")).toEqual(["2:1 a second yaml document starts here; a flow file holds one"])
    expect(issuesOf("--- \na: 1\n...\n")).toEqual([])
  })

  test("an unquoted placeholder is called by its name", () => {
    const { issues } = parse("connection: {{connection_name}}\nok: 1")

    expect(issues).toMatchObject([
      { place: { line: 1, column: 13 }, message: expect.stringContaining("{{connection_name}} is a placeholder") }
    ])
    expect(issues[0]?.hint).toContain('"{{connection_name}}"')
  })

  test("every broken line is told, once", () => {
    expect(issuesOf("a: x: y\nb: @x\nc: ok\n\td: 1").map((issue) => issue.split(" ")[0])).toEqual(["1:4", "2:4", "4:1"])
  })

  test("a reference inside braces gets the hint to quote it", () => {
    expect(parse("a: {b: ${inputs.x}}").issues[0]?.hint).toBe('inside [ ] and { } a reference needs quotes: "${…}"')
  })

  test("dates, tags and other yaml versions are refused in words", () => {
    expect(issuesOf("a: 2024-01-02")[0]).toMatch(/^1:4 the unquoted date 2024-01-02/)
    expect(issuesOf("a: 2024-01-02T03:04:05Z")[0]).toMatch(/^1:4 the unquoted date-time/)
    expect(issuesOf("a: !!str 1")).toEqual(["1:10 the yaml tag !!str is not supported yet"])
    expect(issuesOf("%YAML 1.1\n---\na: yes")).toEqual(["1:1 %YAML 1.1 is not supported yet"])
    expect(issuesOf("a: 12345678901234567890")[0]).toMatch(/^1:4 the integer 12345678901234567890/)
  })

  test("a list or a map as a key is refused", () => {
    expect(issuesOf("? [1]\n: 2\n")).toEqual(["1:3 a key has to be a text, not a list or a map"])
  })

  test("what the parser says after it lost its way is left out", () => {
    expect(issuesOf("o: {x: ${a.output}}\nnodes:\n- name: a\n  type: b")).toEqual([
      "1:9 invalid yaml: unexpected flow-map-start at node end"
    ])
  })

  test("nesting has a limit", () => {
    expect(issuesOf("- ".repeat(20_000))[0]).toMatch(/nested too deep|nested more than/)
    expect(issuesOf(`a: ${"[".repeat(300)}${"]".repeat(300)}`)).toEqual(["1:204 values are nested more than 200 deep"])
  })
})

test("__proto__ and constructor are keys like any other", () => {
  const { plain } = parse("__proto__: {polluted: 1}\nconstructor: 2\ntoString: 3")

  expect(Object.keys(plain as object)).toEqual(["__proto__", "constructor", "toString"])
  expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
