// Every kind of bad input through the real command: what a user reads, how the command exits, and that nothing which was
// kept before is lost. A mistake that is seen before a run exists leaves stdout empty and the home as it was; one that
// ends a run leaves the run's object on stdout and the run in the journal.

import { spawn } from "node:child_process"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { isMissing } from "./missing-tool.ts"
import { type CommandEnd, endOf, Workplace } from "./run-command.ts"

const BIN = fileURLToPath(new URL("../bin/throughline.mjs", import.meta.url))
const ERROR = "throughline run create: error: "
const NUMBERS = [{ n: 1 }, { n: 2 }, { n: 3 }]
const CREATE = ["run", "create", "--flow", "flow", "--data", "data.jsonl", "-n", "r1"]

interface RunObject {
  readonly name: string
  readonly status: string
  readonly error?: { readonly message: string }
  readonly lines: { readonly total: number; readonly completed: number; readonly failed: number }
}

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
      "flow.dag.yaml:9:16: input 'n' of node 'a' refers to the flow input 'm', which does not exist [InputReferenceNotFound]"
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
    ],
    [
      "an llm node",
      one("type: llm\nsource: { type: code, path: give.mjs }\nconnection: ours\napi: chat"),
      "flow.dag.yaml:7:9: the node type 'llm' (node 'a') is not supported yet [NotSupportedYet]\n" +
        "    this runtime has javascript, prompt, python"
    ],
    [
      "a package tool",
      one("type: python\nsource:\n  type: package\n  tool: promptflow.tools.serpapi.SerpAPI.search"),
      "flow.dag.yaml:9:11: a package tool (node 'a': promptflow.tools.serpapi.SerpAPI.search) is not supported yet " +
        "[NotSupportedYet]"
    ],
    [
      "files of other folders",
      one(javascript('"${inputs.n}"'), "additional_includes:\n- ../other"),
      "flow.dag.yaml:10:1: additional_includes is not supported yet [NotSupportedYet]"
    ]
  ])("%s", async (_, flow, message) => {
    const place = new Workplace()
    place.write({ "flow/flow.dag.yaml": flow, "flow/give.mjs": GIVE, "data.jsonl": NUMBERS })

    const end = await place.run(...CREATE)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expect(told(end)).toBe(`${message}\n`)
    expect(existsSync(place.home)).toBe(false)
  })

  test("all mistakes of a flow are told at once, each with its place", async () => {
    const place = new Workplace()
    place.write({
      "flow/flow.dag.yaml": one("type: llm\nsource: { type: code, path: give.mjs }").replace("type: int", "type: text"),
      "data.jsonl": NUMBERS
    })

    const end = await place.run(...CREATE)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expect(told(end).match(/^flow\.dag\.yaml:\d+:\d+/gm)).toEqual(["flow.dag.yaml:2:14", "flow.dag.yaml:7:9"])
  })

  test.each([
    [
      "a flex flow",
      { "flow/flow.flex.yaml": "entry: flow:run\n" },
      "flow",
      "flow.flex.yaml:1:1: a flex flow (a file with 'entry') is not supported yet [NotSupportedYet]"
    ],
    [
      "a prompty",
      { "chat.prompty": "---\nname: chat\n---\nsystem:\nhello\n" },
      "chat.prompty",
      "chat.prompty:1:1: a .prompty file is not supported yet [NotSupportedYet]"
    ]
  ])("%s is not supported yet", async (_, files, flow, message) => {
    const place = new Workplace()
    place.write({ ...files, "data.jsonl": NUMBERS })

    const end = await place.run("run", "create", "--flow", flow, "--data", "data.jsonl")

    expect(end).toEqual({ exitCode: 1, stdout: "", stderr: `${ERROR}${message}\n` })
    expect(existsSync(place.home)).toBe(false)
  })
})

describe("a tool that cannot be loaded fails the run before any line: exit 1, and the run says why", () => {
  test.each([
    [
      "a syntax error in JavaScript",
      "tool.mjs",
      "export default (n) => {\n  return n +\n}\n",
      "tool.mjs:3:1: Tool load failed in 'a': cannot load tool.mjs: (SyntaxError) Unexpected token '}'"
    ],
    [
      "a syntax error in TypeScript",
      "tool.ts",
      "export default (n: number) => {\n  return n +\n}\n",
      "flow.dag.yaml:7:31: Tool load failed in 'a': cannot load tool.ts: (SyntaxError) Expression expected"
    ],
    [
      "TypeScript that is not erasable",
      "tool.ts",
      "enum Word { yes }\nexport default (n: number) => Word.yes + n\n",
      "flow.dag.yaml:7:31: Tool load failed in 'a': cannot load tool.ts: (SyntaxError) " +
        "TypeScript enum is not supported in strip-only mode\n" +
        "    only erasable TypeScript runs as it is: no enum, namespace or parameter property"
    ],
    [
      "a package that is not installed",
      "tool.ts",
      'import { word } from "no-such-package"\nexport default (n: number) => word + n\n',
      /^flow\.dag\.yaml:7:31: Tool load failed in 'a': cannot load tool\.ts: \(Error\) Cannot find package 'no-such-package' imported from \S+tool\.ts\n {4}npm install no-such-package, in the flow's folder or above it\n$/
    ]
  ])("%s", async (_, file, text, message) => {
    const place = oneNode("javascript", file, text)

    const end = await place.run(...CREATE)

    await expectFailedRun(place, end, message)
  })

  // Which of Node's warnings are shown is Node's choice; that a mistake of the flow brings one is ours.
  test.fails("a syntax error in TypeScript brings no warning of Node's", async () => {
    const place = oneNode("javascript", "tool.ts", "export default (n: number) => {\n  return n +\n}\n")

    expect((await place.run(...CREATE)).stderr).not.toContain("ExperimentalWarning")
  })

  describe.skipIf(isMissing("python3"))("with python3", () => {
    test.each([
      [
        "a syntax error in Python",
        pythonTool("return n").replace("run(n):", "run(n)"),
        "tool.py:4:11: Tool load failed in 'a': (PythonLoadError) Failed to load 'tool.py' at tool.py:4:11: " +
          "(SyntaxError) expected ':'"
      ],
      [
        "a module that is not installed",
        `import no_such_module\n${pythonTool("return n")}`,
        /^tool\.py:1: Tool load failed in 'a': \(PythonLoadError\) Failed to load 'tool\.py' at tool\.py:1: \(ModuleNotFoundError\) No module named 'no_such_module'\n {4}node 'a' needs the module 'no_such_module' \(tool\.py:1\), which Python at \S+ cannot find: pip install no-such-module\n$/
      ]
    ])("%s", async (_, text, message) => {
      const place = oneNode("python", "tool.py", text)

      const end = await place.run(...CREATE)

      await expectFailedRun(place, end, message)
    })

    test("a parameter that wants a connection names the connection, the node and the input", async () => {
      const place = withConnection()

      const end = await place.run(...CREATE)

      await expectFailedRun(
        place,
        end,
        /Get connection 'ours' for node 'a' error: no connection of that name.*\n.*in input 'connection'\n$/
      )
    })

    test.fails("a parameter that wants a connection is told with file and line", async () => {
      expect(told(await withConnection().run(...CREATE))).toMatch(/^flow\.dag\.yaml:\d+/)
    })
  })
})

describe("a Python that is not there, or not good enough, fails the run and says what to do", () => {
  const HINT =
    '\n    install Python 3.9 or later, or name one: python({ python: "/path/to/python" }), VIRTUAL_ENV, ' +
    "or a .venv folder beside the flow file"

  test("no python3 on PATH", async () => {
    const place = oneNode("python", "tool.py", pythonTool("return n"), { PATH: "/nowhere", VIRTUAL_ENV: "" })

    const end = await place.run(...CREATE)

    await expectFailedRun(place, end, `No Python was found. Tried: python3 on PATH.${HINT}`)
  })

  test("a VIRTUAL_ENV that is gone is named with everything else that was tried", async () => {
    const place = oneNode("python", "tool.py", pythonTool("return n"), { PATH: "/nowhere", VIRTUAL_ENV: "/gone/env" })

    const end = await place.run(...CREATE)

    await expectFailedRun(place, end, `No Python was found. Tried: /gone/env/bin/python, python3 on PATH.${HINT}`)
  })

  test.skipIf(process.platform === "win32")("an interpreter that is too old says its version", async () => {
    const place = oneNode("python", "tool.py", pythonTool("return n"))
    // What a Python 3.8 says and does when it reads the first lines of our program.
    const says = "Python 3.8 at /opt/python3.8 is too old: 3.9 or later is needed"
    place.write({ "flow/.venv/bin/python": `#!/bin/sh\necho "${says}" >&2\nexit 86\n` })
    chmodSync(place.path("flow/.venv/bin/python"), 0o755)

    const end = await place.run(...CREATE)

    await expectFailedRun(
      place,
      end,
      new RegExp(`^\\n?Python \\(\\S+/\\.venv/bin/python, from the \\.venv beside the flow\\)[\s\S]*${says}\n[\s\S]*3\\.9`)
    )
  })

  test.skipIf(process.platform === "win32")("an interpreter that may not be executed is named", async () => {
    const place = oneNode("python", "tool.py", pythonTool("return n"))
    place.write({ "flow/.venv/bin/python": "" })

    const end = await place.run(...CREATE)

    await expectFailedRun(place, end, /\/\.venv\/bin\/python, from the \.venv beside the flow\)[\s\S]*EACCES[\s\S]*install/)
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

  test.fails("bytes that are no text", async () => {
    const place = giving("")
    writeFileSync(place.path("data.jsonl"), Buffer.from('{"n": 1}\n{"n": "é"}\n{"n": 3}\n', "latin1"))

    const { exitCode, stdout } = await place.run(...CREATE)

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout).lines).toEqual({ total: 3, completed: 2, failed: 1 })
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
    ["a file without rows", "data.jsonl", "", "there are no rows in 'data'\n"],
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

  test.fails.each(BROKEN_CSV)("the lines before a CSV row with %s are kept", async (_, text) => {
    const place = giving("")
    place.write({ "data.csv": text })

    await place.run(...CREATE.with(5, "data.csv"))

    expect((await place.json<RunObject>("run", "show", "r1")).lines).toEqual({ total: 1, completed: 1, failed: 0 })
    expect(outputOf(place)).toEqual([{ line_number: 0, out: 1 }])
  })
})

describe("what cannot be written", () => {
  test("a home that is a file is named, and stays as it is", async () => {
    const place = giving(NUMBERS)
    place.write({ home: "a file" })

    const end = await place.run(...CREATE)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expect(end.stderr).toMatch(new RegExp(`^${ERROR}cannot write ${place.home}/journal: ENOTDIR: [^\n]+\n$`))
    expect(readFileSync(place.home, "utf8")).toBe("a file")
  })

  test("an output file that cannot be made fails the run, which stays to tell why; the runs before it stay", async () => {
    const place = giving(NUMBERS)
    const before = await place.json<RunObject>(...CREATE.with(-1, "before"))
    place.write({ "home/.runs/r1/flow_outputs/output.jsonl/in-the-way": "" })

    const end = await place.run(...CREATE)

    expect(told(end)).toMatch(/^cannot write \S+\/home\/\.runs\/r1\/flow_outputs\/output\.jsonl: EISDIR: /)
    expect(end.exitCode).toBe(1)
    expect(await place.json("run", "show", "r1")).toMatchObject({ status: "Failed", lines: { total: 0 } })
    expect(await place.json("run", "show", "before")).toEqual(before)
  })

  const IN_THE_WAY = [
    ["the folder of runs", "home/.runs", "Failed"],
    ["the folder of outputs", "home/.runs/r1/flow_outputs", "Failed"],
    ["a folder of the run that is written after it", "home/.runs/r1/node_artifacts", "Completed"]
  ] as const

  test.each(IN_THE_WAY)(
    "a file in the place of %s: exit 1, its path is told, and the journal has the run",
    async (_, path, status) => {
      const place = giving(NUMBERS)
      place.write({ [path]: "in the way" })

      const end = await place.run(...CREATE)

      expect(end.exitCode).toBe(1)
      expect(told(end)).toContain(place.path(path))
      expect(end.stderr).not.toContain("This is a bug")
      expect(await place.json("run", "show", "r1")).toMatchObject({ status })
      expect(readFileSync(place.path(path), "utf8")).toBe("in the way")
    }
  )

  test.fails.each(IN_THE_WAY)(
    "a file in the place of %s: the error says what could not be written, stdout has the run",
    async (_, path, status) => {
      const place = giving(NUMBERS)
      place.write({ [path]: "in the way" })

      const end = await place.run(...CREATE)

      expect(told(end)).toMatch(/^cannot write /)
      expect(JSON.parse(end.stdout)).toMatchObject({ name: "r1", status })
    }
  )
})

// A largest file size for the process is the nearest thing to a full disk that needs no disk of its own.
describe.skipIf(process.platform === "win32")("a disk that is full", () => {
  const ROWS = Array.from({ length: 5_000 }, (_, n) => ({ n }))
  const WIDE = "export default (n) => 'x'.repeat(2000) + n\n"
  const output = (name: string) => `  ${name}: { type: string, reference: "\${a.output}" }\n`
  const filling = (outputs: readonly string[]) => {
    const place = giving(ROWS)
    const flow = readFileSync(place.path("flow/flow.dag.yaml"), "utf8")
    place.write({
      "flow/give.mjs": WIDE,
      "flow/flow.dag.yaml": flow.replace(/ {2}out:.*\n/, () => outputs.map(output).join(""))
    })
    return place
  }
  /** The run, in a process that may write files of up to 4 MiB. */
  const runFull = (place: Workplace): Promise<CommandEnd> => {
    const limited = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`
    const env = { ...process.env, THROUGHLINE_HOME: place.home, NODE_DISABLE_COMPILE_CACHE: "1" }
    const words = ["-c", limited, process.execPath, BIN, ...CREATE]
    return endOf(spawn("bash", words, { cwd: place.folder, env, stdio: ["ignore", "pipe", "pipe"] }))
  }

  /** What is kept is whole, the home opens, and another run finds its place. */
  async function expectWhole(place: Workplace): Promise<void> {
    const { status, lines } = await place.json<RunObject>("run", "show", "r1")
    expect(status).toBe("Failed")
    expect(lines.completed).toBeGreaterThan(0)
    expect(lines).toEqual({ total: lines.completed, completed: lines.completed, failed: 0 })
    const details = await place.json<readonly { readonly status: string; readonly outputs: Record<string, string> }[]>(
      ..."run show-details r1 -o json --all-results".split(" ")
    )
    expect(details.length).toBe(lines.completed)
    for (const { outputs } of details) expect(Object.values(outputs)[0]).toMatch(/^x{2000}\d+$/)
    place.write({ "flow/give.mjs": GIVE, "data.jsonl": NUMBERS })
    expect(await place.json(...CREATE.with(-1, "next"))).toMatchObject({ status: "Completed", lines: { total: 3 } })
  }

  test("the journal has no room: the error names it, exit 1, and the lines that were kept are told", async () => {
    const place = filling(["out"])

    const end = await runFull(place)

    expect(told(end)).toMatch(new RegExp(`^cannot write ${place.home}/journal: [^\n]*free on its disk\\)\n$`))
    expect(end.exitCode).toBe(1)
    expect(JSON.parse(end.stdout)).toEqual(await place.json("run", "show", "r1"))
    await expectWhole(place)
  })

  test.fails("the journal has no room: nothing but the error is told, no stack of a library", async () => {
    expect((await runFull(filling(["out"]))).stderr).not.toMatch(/^\s+at /m)
  })

  test("the output has no room: exit 1, and the journal has the lines and the reason", async () => {
    const place = filling(["one", "two", "three", "four"])

    const end = await runFull(place)

    expect(end.exitCode).toBe(1)
    expect(told(end)).toContain("EFBIG")
    const { error } = await place.json<RunObject>("run", "show", "r1")
    expect(error?.message).toContain(`cannot write ${place.home}/.runs/r1/flow_outputs/output.jsonl: EFBIG`)
    await expectWhole(place)
  })

  test.fails("the output has no room: the error names the file, and stdout has the run", async () => {
    const place = filling(["one", "two", "three", "four"])

    const end = await runFull(place)

    expect(told(end)).toMatch(new RegExp(`^cannot write ${place.home}/.runs/r1/flow_outputs/output.jsonl: EFBIG`))
    expect(JSON.parse(end.stdout)).toMatchObject({ name: "r1", status: "Failed" })
  })

  test.fails("the output has no room: what is in it are whole lines", async () => {
    const place = filling(["one", "two", "three", "four"])

    await runFull(place)

    expect(() => outputOf(place)).not.toThrow()
  })
})

describe.skipIf(isMissing("python3"))("__proto__ is a name like any other (needs python3)", () => {
  const proto = () => {
    const place = new Workplace()
    place.write({
      "flow/flow.dag.yaml": `
inputs:
  __proto__: { type: int }
  n: { type: int, default: 7 }
outputs:
  __proto__: { type: int, reference: "\${__proto__.output}" }
  constructor: { type: int, reference: "\${constructor.output}" }
nodes:
- name: __proto__
  type: javascript
  source: { type: code, path: give.mjs }
  inputs: { n: "\${inputs.__proto__}" }
- name: constructor
  type: python
  source: { type: code, path: tool.py }
  inputs: { __proto__: "\${__proto__.output}" }
`,
      "flow/give.mjs": GIVE,
      "flow/tool.py": pythonTool("return kw['__proto__'] + 1", "**kw"),
      "data.jsonl": '{"__proto__": 1}\n{"__proto__": 2, "n": 5}\n'
    })
    return place
  }

  test("as column, input, node, parameter and output", async () => {
    const place = proto()

    const run = await place.json<RunObject>(...CREATE)

    expect(run).toMatchObject({ status: "Completed", lines: { completed: 2 } })
    expect(readFileSync(outputFile(place), "utf8")).toBe(
      '{"line_number": 0, "__proto__": 1, "constructor": 2}\n{"line_number": 1, "__proto__": 2, "constructor": 3}\n'
    )
    const node = readFileSync(join(place.home, ".runs/r1/node_artifacts/__proto__/000000001.jsonl"), "utf8")
    expect(JSON.parse(node).run_info).toMatchObject({ node: "__proto__", inputs: { n: 2 }, output: 2 })
  })

  test("as the only column of a wrong mapping", async () => {
    const end = await proto().run(...CREATE, "--column-mapping", "__proto__=${data.proto}")

    expect(told(end)).toBe(
      "The input for batch run is incorrect. Couldn't find these mapping relations: ${data.proto} (line 0). " +
        "The data has: data.__proto__.\n"
    )
    expect([end.exitCode, end.stdout]).toEqual([1, ""])
  })

  test.fails("as a flow input, in the files and the details of the run", async () => {
    const place = proto()

    await place.json(...CREATE)

    expect(readFileSync(join(place.home, ".runs/r1/inputs.jsonl"), "utf8")).toContain('"__proto__":1')
    expect((await place.run(..."run show-details r1 -o json".split(" "))).stdout).toMatch(
      /"inputs": {\s*"__proto__": 1/
    )
  })

  test.fails("as an input of a mapping, in the run's object", async () => {
    const { stdout } = await proto().run(...CREATE, "--column-mapping", "__proto__=${data.__proto__}")

    expect(stdout).toContain('"__proto__": "${data.__proto__}"')
  })

  test.fails("as an input of flow test", async () => {
    const end = await proto().run("flow", "test", "--flow", "flow", "--inputs", "__proto__=4")

    expect(end.exitCode).toBe(0)
    expect(end.stdout).toContain('"__proto__": 4')
  })

  test.fails("as a key of a value that a JavaScript tool gives", async () => {
    const place = giving(NUMBERS)
    const flow = readFileSync(place.path("flow/flow.dag.yaml"), "utf8").replace(
      "out: { type: int",
      "out: { type: object"
    )
    place.write({
      "flow/flow.dag.yaml": flow,
      "flow/give.mjs": 'export default (n) => JSON.parse(`{"__proto__": ${n}}`)\n'
    })

    await place.json(...CREATE)

    expect(readFileSync(outputFile(place), "utf8")).toContain('{"line_number": 0, "out": {"__proto__": 1}}')
    expect(readFileSync(join(place.home, ".runs/r1/outputs.jsonl"), "utf8")).toContain('"out":{"__proto__":1}')
  })
})

const GIVE = "export default (n) => n\n"

/** A Python script whose tool is `run`. */
function pythonTool(body: string, parameters = "n"): string {
  return `from promptflow.core import tool\n\n@tool\ndef run(${parameters}):\n    ${body}\n`
}

/** A flow of one node with this file, and three rows. */
function oneNode(type: string, file: string, text: string, env: Readonly<Record<string, string>> = {}): Workplace {
  const place = new Workplace(env)
  place.write({
    "flow/flow.dag.yaml": `inputs: { n: { type: int } }
outputs:
  out: { type: int, reference: "\${a.output}" }
nodes:
- name: a
  type: ${type}
  source: { type: code, path: ${file} }
  inputs: { n: "\${inputs.n}" }
`,
    [`flow/${file}`]: text,
    "data.jsonl": NUMBERS
  })
  return place
}

/** A flow that gives back what it gets, and this data. */
function giving(data: unknown): Workplace {
  const place = oneNode("javascript", "give.mjs", GIVE)
  place.write({ "data.jsonl": data })
  return place
}

function withConnection(): Workplace {
  const tool = pythonTool("return n", "n, connection: CustomConnection")
  const place = oneNode("python", "tool.py", `from promptflow.connections import CustomConnection\n${tool}`)
  const flow = readFileSync(place.path("flow/flow.dag.yaml"), "utf8")
  place.write({
    "flow/flow.dag.yaml": flow.replace('n: "${inputs.n}" }', () => 'n: "${inputs.n}", connection: ours }')
  })
  return place
}

/** What is told after the command's name; it begins with a line end where there are several lines of one rank. */
function told({ stderr }: CommandEnd): string {
  const at = stderr.indexOf(ERROR)
  return at < 0 ? `no error in: ${stderr}` : stderr.slice(at + ERROR.length)
}

function expectText(text: string, expected: string | RegExp): void {
  if (typeof expected === "string") expect(text).toBe(expected)
  else expect(text).toMatch(expected)
}

/** The run is there, without lines, with its error; the same on stdout as later. */
async function expectFailedRun(place: Workplace, end: CommandEnd, message: string | RegExp): Promise<void> {
  expectText(told(end), typeof message === "string" ? `${message}\n` : message)
  expect(end.exitCode).toBe(1)
  const run = JSON.parse(end.stdout) as RunObject
  expect(run).toMatchObject({ name: "r1", status: "Failed", lines: { total: 0, completed: 0, failed: 0 } })
  expect(await place.json("run", "show", "r1")).toEqual(run)
}

const outputFile = (place: Workplace): string => join(place.home, ".runs/r1/flow_outputs/output.jsonl")

const outputOf = (place: Workplace): readonly unknown[] =>
  readFileSync(outputFile(place), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown)
