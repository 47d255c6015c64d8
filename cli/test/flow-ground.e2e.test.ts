// What a flow stands on beside its own files: includes from elsewhere, its environment, and what a run puts in their place.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { describe, expect, test } from "vitest"
import { openRuntime } from "../src/index.ts"
import { isMissing } from "./missing-tool.ts"
import { CommandFolder } from "./run-command.ts"

const TOOL = "from promptflow.core import tool\n@tool\n"
const flow = (more: string) => `inputs:
  n: { type: int, default: 1 }
outputs:
  out: { type: object, reference: "\${a.output}" }
nodes:
- name: a
  type: python
  source: { type: code, path: run.py }
  inputs: { n: "\${inputs.n}" }
${more}`

describe.skipIf(isMissing("python3"))("additional_includes (need python3)", () => {
  const files = {
    "flow/flow.dag.yaml": flow(
      "additional_includes: [../common.py, ../shared, ../packed.zip, ../elsewhere/run.py]\n"
    ).replace("path: run.py", "path: shared/tool.py"),
    "flow/data.txt": "own",
    "flow/run.py": "own",
    "elsewhere/run.py": "included",
    "common.py": "WORD = 'common'\n",
    "shared/deep/word.txt": "deep",
    "shared/tool.py": `import os, zipfile, common\n${TOOL}def run(n: int):
    with zipfile.ZipFile("packed.zip") as packed:
        names = sorted(packed.namelist())
        inner = packed.read("packed/in/x.txt").decode()
    return [common.WORD, open("shared/deep/word.txt").read(), open("data.txt").read(), open("run.py").read(), names, inner]
`,
    "packed/in/x.txt": "x"
  }
  const expected = ["common", "deep", "own", "included", ["packed/", "packed/in/", "packed/in/x.txt"], "x"]
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("throughline-flow-"))

  test("stand in the flow's folder when it is tested and run, and are gone afterwards", async () => {
    const place = new CommandFolder({ TMPDIR: tmpdir() })
    place.write({ ...files, "data.jsonl": [{ n: 1 }] })
    const before = leftovers()

    const tested = await place.json<{ out: unknown }>("flow", "test", "--flow", "flow")
    const run = ["run", "create", "--flow", "flow", "--data", "data.jsonl", "--name", "r"]
    const { exitCode } = await place.run(...run, "--column-mapping", "n=${data.n}")

    const written = readFileSync(place.path("home/.runs/r/flow_outputs/output.jsonl"), "utf8")
    expect(tested.out).toEqual(expected)
    expect(exitCode).toBe(0)
    expect(JSON.parse(written)).toEqual({ line_number: 0, out: expected })
    expect(existsSync(place.path("home/.runs/r/snapshot/shared/tool.py"))).toBe(true)
    expect(readFileSync(place.path("flow/run.py"), "utf8")).toBe("own")
    expect(leftovers().filter((name) => !before.includes(name))).toEqual([])
  })

  test("that do not exist are named with their place", async () => {
    const place = new CommandFolder()
    place.write({ ...files, "flow/flow.dag.yaml": flow("additional_includes:\n- ../comon.py\n") })

    const { exitCode, stderr } = await place.run("flow", "test", "--flow", "flow")

    expect(exitCode).toBe(1)
    expect(stderr).toContain("flow.dag.yaml:11:3: Unable to find additional include ../comon.py [UserErrorException]")
    expect(stderr).toContain("did you mean 'common.py'")
  })
})

describe.skipIf(isMissing("python3"))("environment_variables (need python3)", () => {
  const asked = `import os\n${TOOL}def run(n: int):\n    return [os.environ.get(name) for name in ("A", "B", "C", "D")]\n`
  const variables = "environment_variables: { A: own, B: '${conn.word}', C: '${conn.key}', D: '${conn.absent}' }\n"
  const conn = { type: "CustomConnection", value: { word: "w", key: "k" }, secret_keys: ["key"] }

  test("take fields of connections, and the caller's stand over the flow's", async () => {
    const place = new CommandFolder()
    place.write({ "flow/flow.dag.yaml": flow(variables), "flow/run.py": asked })
    await using runtime = await openRuntime({ home: place.home, connections: { conn } })

    const { output } = await runtime.test({ flow: place.path("flow"), environmentVariables: { A: "given" } })

    expect(output.out).toEqual(["given", "w", "k", "${conn.absent}"])
  })

  test("of a connection that does not exist stop the flow, unless they are given", async () => {
    const place = new CommandFolder()
    place.write({ "flow/flow.dag.yaml": flow(variables), "flow/run.py": asked })

    const failed = await place.run("flow", "test", "--flow", "flow")
    const given = ["B=1", "C={'x'}", "D="]
    const tested = await place.json<{ out: unknown }>(
      "flow",
      "test",
      "--flow",
      "flow",
      "--environment-variables",
      ...given
    )

    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toContain(
      "Connection 'conn' is not found: the environment variable B takes its value from it"
    )
    expect(tested.out).toEqual(["own", "1", "{'x'}", ""])
  })
})

test.skipIf(isMissing("python3"))("a run may give a node another deployment (needs python3)", async () => {
  const place = new CommandFolder()
  place.write({
    "flow/flow.dag.yaml": flow("").replace('${inputs.n}"', '${inputs.n}", deployment_name: first'),
    "flow/run.py": `${TOOL}def run(n: int, deployment_name: str):\n    return deployment_name\n`,
    "data.jsonl": [{ n: 1 }]
  })
  const run = (...words: string[]) => place.run("run", "create", "--flow", "flow", "--data", "data.jsonl", ...words)

  const done = await run("--name", "r", "--column-mapping", "n=${data.n}", "--connections", "a.deployment_name=second")
  const wrong = await run("--column-mapping", "n=${data.n}", "--connections", "b.deployment_name=x", "a.conection=y")

  expect(done.exitCode).toBe(0)
  expect(readFileSync(place.path("home/.runs/r/flow_outputs/output.jsonl"), "utf8")).toContain('"out": "second"')
  expect(wrong.exitCode).toBe(1)
  expect(wrong.stderr).toContain("Node b not found in flow [InvalidFlowError]")
  expect(wrong.stderr).toContain("node 'a' has no input 'conection' whose connection could be another")
})
