// Tools that cannot be loaded, and a Python that cannot run them: the run fails before any line, its object is on stdout and
// stays in the journal, and stderr says where and what to do.

import { chmodSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { isMissing } from "./missing-tool.ts"
import { CREATE, expectText, oneNode, pythonTool, type RunObject, told } from "./one-node-flow.ts"
import type { CommandEnd, CommandFolder } from "./run-command.ts"

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
      "tool.ts:3: Tool load failed in 'a': cannot load tool.ts: (SyntaxError) Expression expected"
    ],
    [
      "TypeScript that is not erasable",
      "tool.ts",
      "enum Word { yes }\nexport default (n: number) => Word.yes + n\n",
      "tool.ts:1: Tool load failed in 'a': cannot load tool.ts: (SyntaxError) " +
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
  test("a syntax error in TypeScript brings no warning of Node's", async () => {
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
        /Get connection 'ours' for node 'a' error: Connection 'ours' is not found.*\n {4}input 'connection' names a connection: .*\n$/
      )
    })

    test("a parameter that wants a connection is told with file and line", async () => {
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
      new RegExp(
        `^\\n?Python \\(\\S+/\\.venv/bin/python, from the \\.venv beside the flow\\)[\\s\\S]*${says}\n[\\s\\S]*3\\.9`
      )
    )
  })

  test.skipIf(process.platform === "win32")("an interpreter that may not be executed is named", async () => {
    const place = oneNode("python", "tool.py", pythonTool("return n"))
    place.write({ "flow/.venv/bin/python": "" })

    const end = await place.run(...CREATE)

    await expectFailedRun(
      place,
      end,
      /\/\.venv\/bin\/python, from the \.venv beside the flow\)[\s\S]*EACCES[\s\S]*install/
    )
  })
})

function withConnection(): CommandFolder {
  const tool = pythonTool("return n", "n, connection: CustomConnection")
  const place = oneNode("python", "tool.py", `from promptflow.connections import CustomConnection\n${tool}`)
  const flow = readFileSync(place.path("flow/flow.dag.yaml"), "utf8")
  place.write({
    "flow/flow.dag.yaml": flow.replace('n: "${inputs.n}" }', () => 'n: "${inputs.n}", connection: ours }')
  })
  return place
}

/** The run is there, without lines, with its error; the same on stdout as later. */
async function expectFailedRun(place: CommandFolder, end: CommandEnd, message: string | RegExp): Promise<void> {
  expectText(told(end), typeof message === "string" ? `${message}\n` : message)
  expect(end.exitCode).toBe(1)
  const run = JSON.parse(end.stdout) as RunObject
  expect(run).toMatchObject({ name: "r1", status: "Failed", lines: { total: 0, completed: 0, failed: 0 } })
  expect(await place.json("run", "show", "r1")).toEqual(run)
}

test("flow validate loads the tools of a flow whose file is sound, and tells what does not load", async () => {
  const place = oneNode("javascript", "tool.ts", "export default (n: number) => {\n  return n +\n}\n")

  const { stdout, exitCode } = await place.run("flow", "validate", "--source", "flow")

  expect(JSON.parse(stdout)).toEqual({
    result: "Failed",
    errors: [
      {
        message: "Tool load failed in 'a': cannot load tool.ts: (SyntaxError) Expression expected",
        location: "tool.ts:3",
        code: "ToolLoadError"
      }
    ]
  })
  expect(exitCode).toBe(1)
})
