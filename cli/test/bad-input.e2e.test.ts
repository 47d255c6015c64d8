// A flow or data that is wrong, through the real command: what a user reads, how the command exits, and that nothing is
// lost. What is seen before a run exists leaves stdout empty and no home behind; a wrong row costs its line.

import { existsSync, writeFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { CREATE, ERROR, expectText, GIVE, giving, NUMBERS, outputOf, type RunObject, told } from "./one-node-flow.ts"
import { CommandFolder } from "./run-command.ts"

describe("a flow that is wrong makes no run: exit 1, nothing on stdout, nothing written", () => {
  const one = (node: string, more = "") => `inputs:
  n: { type: int }
outputs:
  out: { type: int, reference: "\${a.output}" }
nodes:
- name: a
${node.replace(/^/gm, "  ")}
${more}`
  const javascript = (n: string) => `type: javascript
source: { type: code, path: give.mjs }
inputs: { n: ${n} }`

  test.each([
    [
      "a reference to a node that is not there",
      one(javascript('"${b.output}"')),
      "flow.dag.yaml:9:16: input 'n' of node 'a' refers to the node 'b', which does not exist [NodeReferenceNotFound]"
    ],
    [
      "a reference to a flow input that is not there",
      one(javascript('"${inputs.m}"')),
      "flow.dag.yaml:9:16: input 'n' of node 'a' refers to the flow input 'm', which does not exist [InputReferenceNotFound]\n" +
        "    the flow's inputs: n"
    ],
    [
      "nodes that wait for each other",
      one(javascript('"${b.output}"'), `- name: b\n${javascript('"${a.output}"').replace(/^/gm, "  ")}`),
      "flow.dag.yaml:6:3: the nodes 'a', 'b' wait for each other, or for nodes that do [NodeCircularDependency]\n" +
        "    remove one of the references between them"
    ],
    [
      "a node's file that is not there",
      one("type: javascript\nsource: { type: code, path: giv.mjs }"),
      "flow.dag.yaml:8:31: node 'a': the file 'giv.mjs' does not exist in the flow folder [InvalidSource]\n" +
        "    did you mean 'give.mjs'?"
    ],
    [
      "a key that is there twice",
      one(javascript("1"), "outputs: {}"),
      "flow.dag.yaml:10:1: the key 'outputs' is here twice; it first stands at 3:1 [YamlParseError]\n" +
        "    remove one of them"
    ],
    [
      "a placeholder without quotes",
      one("type: javascript\nsource: { type: code, path: give.mjs }\ninputs:\n  n: {{name}}"),
      "flow.dag.yaml:10:8: {{name}} is a placeholder, not a value: unquoted, yaml reads it as a map inside a map " +
        '[YamlParseError]\n    put the value in its place, or quote it: "{{name}}"'
    ],
    [
      "a reference without quotes inside braces",
      one("type: javascript\nsource: { type: code, path: give.mjs }\ninputs: { n: ${inputs.n} }"),
      "flow.dag.yaml:9:17: invalid yaml: unexpected flow-map-start at node end [YamlParseError]\n" +
        '    inside [ ] and { } a reference needs quotes: "${…}"'
    ],
    [
      "an input of an unknown type",
      one(javascript('"${inputs.n}"')).replace("n: { type: int }", "n: { type: integer }"),
      "flow.dag.yaml:2:14: input 'n' has the type 'integer', which does not exist [FlowDefinitionError]\n" +
        "    did you mean 'int'? the types are int, double, bool, string, list, object, secret, prompt_template, " +
        "file_path, image, assistant_definition"
    ]
  ])("%s", async (_, flow, message) => {
    const place = new CommandFolder()
    place.write({ "flow/flow.dag.yaml": flow, "flow/give.mjs": GIVE, "data.jsonl": NUMBERS })

    const end = await place.run(...CREATE)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expect(told(end)).toBe(`${message}\n`)
    expect(existsSync(place.home)).toBe(false)
  })

  test("all mistakes of a flow are told at once, each with its place", async () => {
    const place = new CommandFolder()
    place.write({
      "flow/flow.dag.yaml": one("type: rust\nsource: { type: code, path: give.mjs }").replace(
        "type: int",
        "type: text"
      ),
      "data.jsonl": NUMBERS
    })

    const end = await place.run(...CREATE)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expect(told(end).match(/^flow\.dag\.yaml:\d+:\d+/gm)).toEqual(["flow.dag.yaml:2:14", "flow.dag.yaml:7:9"])
  })
})

describe("a row that is wrong costs its line; the others complete", () => {
  test.each([
    [
      "no JSON",
      '{"n": 1}\n{"n": 2\n{"n": 3}\n',
      'line 1, data.jsonl:2: The row is not valid JSON at column 8: the row ends where "," or "}" should be, in: {"n": 2'
    ],
    [
      "no object",
      '{"n": 1}\n[2]\n{"n": 3}\n',
      "line 1, data.jsonl:2: The row is a list, not an object with a value for each column: [2]"
    ],
    [
      "a value of the wrong type",
      '{"n": 1}\n{"n": "two"}\n{"n": 3}\n',
      "line 1, data.jsonl:2: The flow input 'n' in line 1 of input data should be of type 'int', but the value is \"two\".\n" +
        "      Change the value in the data, or the input's type in the flow."
    ],
    [
      "a column that is not there",
      '{"n": 1}\n{"m": 2}\n{"n": 3}\n',
      "line 1, data.jsonl:2: The column mapping names what the row does not have: ${data.n}. The row has: data.m."
    ]
  ])("%s", async (_, data, message) => {
    const place = giving(data)

    const { exitCode, stdout, stderr } = await place.run(...CREATE)

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: "Completed", lines: { total: 3, completed: 2, failed: 1 } })
    expect(stderr).toContain(`1 out of 3 runs failed in batch run.\n`)
    expect(stderr).toContain(`\n  ${message}\n`)
    expect(outputOf(place)).toEqual([
      { line_number: 0, out: 1 },
      { line_number: 2, out: 3 }
    ])
    const lines = await place.json<readonly { readonly status: string }[]>("run", "show-details", "r1", "-o", "json")
    expect(lines.map(({ status }) => status)).toEqual(["Completed", "Failed", "Completed"])
  })

  test("bytes that are no text", async () => {
    const place = giving("")
    writeFileSync(place.path("data.jsonl"), Buffer.from('{"n": 1}\n{"n": "é"}\n{"n": 3}\n', "latin1"))

    const { exitCode, stdout, stderr } = await place.run(...CREATE)

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout).lines).toEqual({ total: 3, completed: 2, failed: 1 })
    expect(stderr).toContain(
      'line 1, data.jsonl:2: The row is not UTF-8 text: byte 0xe9 at column 8, after: {"n": "\n' +
        "      Save the file as UTF-8.\n"
    )
    expect(outputOf(place)).toEqual([
      { line_number: 0, out: 1 },
      { line_number: 2, out: 3 }
    ])
  })
})

describe("data that cannot be read as rows", () => {
  test.each([
    [
      "a file that is not there",
      "absent.jsonl",
      undefined,
      /^the data source 'data' is not there: \S+absent\.jsonl\n$/
    ],
    ["a file without rows", "data.jsonl", "", /^there are no rows in 'data' \(\S+\/data\.jsonl\)\n$/],
    ["JSON that is cut off", "rows.json", '[{"n": 1}, {"n"', /^rows\.json:1:\d+: not valid JSON/],
    [
      "one object where rows should be",
      "rows.json",
      '{"n": 1}',
      'rows.json: the file holds one object whose "n" is a single value, not a list of rows\n' +
        "    Put the object into a list: [{...}].\n"
    ],
    [
      "the same line number twice",
      "data.jsonl",
      '{"n": 1, "line_number": 0}\n{"n": 2, "line_number": 0}\n',
      "data.jsonl:2: line_number 0 is there twice; first in data.jsonl:1\n"
    ],
    [
      "without the column that the flow takes",
      "data.jsonl",
      '{"m": 1}\n',
      "The input for batch run is incorrect. Couldn't find these mapping relations: ${data.n} (line 0). " +
        "The data has: data.m.\n"
    ]
  ])("%s is told before a run exists: exit 1, nothing written", async (_, file, text, message) => {
    const place = giving("")
    if (text !== undefined) place.write({ [file]: text })

    const end = await place.run("run", "create", "--flow", "flow", "--data", file)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expectText(told(end), message)
    expect(existsSync(place.home)).toBe(false)
  })

  test("a mapping to a column that is not there names it and what there is", async () => {
    const place = giving([{ n: 1 }])

    const end = await place.run(...CREATE, "--column-mapping", "n=${data.number}")

    expect(end).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        `${ERROR}The input for batch run is incorrect. Couldn't find these mapping relations: ` +
        "${data.number} (line 0). The data has: data.n.\n"
    })
    expect(existsSync(place.home)).toBe(false)
  })

  const BROKEN_CSV = [
    [
      "more fields than columns",
      "n,m\n1,2\n3,4,5\n6,7\n",
      "data.csv:3: the row has 3 fields, but the header names 2 columns\n" +
        "    Quote values that have the delimiter in them, or name the further columns in the header."
    ],
    ["a quote that is not closed", 'n,m\n1,2\n"3,4\n6,7\n', "data.csv:4: a quote is not closed"]
  ] as const

  test.each(BROKEN_CSV)("a CSV row with %s fails the run, with file and line", async (_, text, message) => {
    const place = giving("")
    place.write({ "data.csv": text })

    const end = await place.run(...CREATE.with(5, "data.csv"))

    expectText(told(end), `${message}\n`)
    expect(end.exitCode).toBe(1)
    expect(JSON.parse(end.stdout)).toMatchObject({ name: "r1", status: "Failed", lines: { failed: 0 } })
    expect((await place.json<RunObject>("run", "show", "r1")).error?.message).toContain(message)
  })

  test.each(BROKEN_CSV)("the lines before a CSV row with %s are kept", async (_, text) => {
    const place = giving("")
    place.write({ "data.csv": text })

    await place.run(...CREATE.with(5, "data.csv"))

    expect((await place.json<RunObject>("run", "show", "r1")).lines).toEqual({ total: 1, completed: 1, failed: 0 })
    expect(outputOf(place)).toEqual([{ line_number: 0, out: 1 }])
  })
})
