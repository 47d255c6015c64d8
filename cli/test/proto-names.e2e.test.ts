// `__proto__` and `constructor` as names in a flow and in its data.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { isMissing } from "./missing-tool.ts"
import { CREATE, GIVE, giving, NUMBERS, outputFile, pythonTool, type RunObject, told } from "./one-node-flow.ts"
import { CommandFolder } from "./run-command.ts"

describe.skipIf(isMissing("python3"))("__proto__ is a name like any other (needs python3)", () => {
  const proto = () => {
    const place = new CommandFolder()
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

  test("as a flow input, in the files and the details of the run", async () => {
    const place = proto()

    await place.json(...CREATE)

    expect(readFileSync(join(place.home, ".runs/r1/inputs.jsonl"), "utf8")).toContain('"__proto__":1')
    expect((await place.run(..."run show-details r1 -o json".split(" "))).stdout).toMatch(
      /"inputs": {\s*"__proto__": 1/
    )
  })

  test("as an input of a mapping, in the run's object", async () => {
    const { stdout } = await proto().run(...CREATE, "--column-mapping", "__proto__=${data.__proto__}")

    expect(stdout).toContain('"__proto__": "${data.__proto__}"')
  })

  test("as an input of flow test", async () => {
    const end = await proto().run("flow", "test", "--flow", "flow", "--inputs", "__proto__=4")

    expect(end.exitCode).toBe(0)
    expect(end.stdout).toContain('"__proto__": 4')
  })

  test("as a key of a value that a JavaScript tool gives", async () => {
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
