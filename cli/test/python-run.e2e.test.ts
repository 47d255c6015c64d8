// A Python flow with an aggregation node and a node that is left out, through the whole command.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { COUNT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

const TOOL = "from promptflow.core import tool\n@tool\n"

test("a metric that is a whole float keeps its point, an integer has none", async () => {
  const place = new CommandFolder()
  const metricsLogged = [
    ["all", "1.0"],
    ["each", "{'a': [2.0, 3]}"],
    ["lines", "2"],
    ["last", "1.0"],
    ["last", "0.5"]
  ]
  const count =
    "from promptflow.core import log_metric, tool\n\n\n@tool\ndef count(halves: list):\n" +
    metricsLogged.map(([key, value]) => `    log_metric('${key}', ${value})\n`).join("")
  place.write({ ...COUNT_FLOW, "count/count.py": count, "data.jsonl": [{ n: 1 }] })

  await place.json("run", "create", "--flow", "count", "--data", "data.jsonl", "-n", "r1")

  const metrics = '{"all": 1.0, "each": {"a": [2.0, 3]}, "lines": 2, "last": 0.5}'
  expect(readFileSync(join(place.home, ".runs/r1/metrics.json"), "utf8")).toBe(metrics)
  const { stdout } = await place.run("run", "show-metrics", "r1")
  expect(stdout.replace(/\s+/g, " ").trim()).toBe(
    '{ "all": 1.0, "each": { "a": [ 2.0, 3 ] }, "lines": 2, "last": 0.5 }'
  )
})

test("a VIRTUAL_ENV that is not there is warned about once, and the flow runs", async () => {
  const place = new CommandFolder({ VIRTUAL_ENV: "/no/such/venv" })
  place.write({ ...COUNT_FLOW, "data.jsonl": [{ n: 1 }, { n: 2 }] })
  const warning = /^warning: There is no \/no\/such\/venv\/bin\/python: the flow runs on \S+ instead\.$/gm

  const run = await place.run("run", "create", "--flow", "count", "--data", "data.jsonl", "--workers", "2")
  const test = await place.run("flow", "test", "--flow", "count", "--inputs", "n=1")

  for (const { exitCode, stderr } of [run, test]) {
    expect(stderr.match(warning)).toHaveLength(1)
    expect(exitCode).toBe(0)
  }
})

test("metrics, bypassed nodes and aggregation nodes are written as promptflow writes them", async () => {
  const place = new CommandFolder()
  place.write({ ...COUNT_FLOW, "data.jsonl": [{ n: 1 }, { n: 2 }] })
  const read = (...path: readonly string[]) => readFileSync(join(place.home, ".runs", "r1", ...path), "utf8")

  await place.json("run", "create", "--flow", "count", "--data", "data.jsonl", "-n", "r1")

  expect(await place.json("run", "show-metrics", "r1")).toEqual({ mean: 0.75 })
  expect(read("metrics.json")).toBe('{"mean": 0.75}')
  expect(read("inputs.jsonl")).toBe('{"n":1.0,"line_number":0}\n{"n":2.0,"line_number":1}\n')
  expect(read("outputs.jsonl")).toBe('{"half":0.5,"line_number":0}\n{"half":1.0,"line_number":1}\n')
  expect(JSON.parse(read("node_artifacts", "never", "000000001.jsonl")).run_info).toMatchObject({
    status: "Bypassed",
    inputs: null,
    output: null,
    logs: null,
    system_metrics: null
  })
  expect(JSON.parse(read("node_artifacts", "count", "000000000.jsonl"))).toMatchObject({
    NodeName: "count",
    line_number: null,
    run_info: { run_id: "r1_count_reduce", parent_run_id: "r1", index: null, inputs: { halves: [0.5, 1] }, output: 2 }
  })
})

test("a float that is whole stays one: in defaults and literals of the flow file, in Python and in prompts", async () => {
  const place = new CommandFolder()
  place.write({
    "flow/flow.dag.yaml": `inputs:
  n: { type: int, default: 3 }
  l: { type: list, default: [1.0, 2, { a: 2.50, b: 1e3 }] }
  o: { type: object, default: { a: 1.0 } }
  s: { type: string, default: 1.0 }
outputs:
  seen: { type: string, reference: "\${see.output}" }
  said: { type: string, reference: "\${say.output}" }
  still: { type: double, reference: "\${again.output}" }
nodes:
- name: see
  type: python
  source: { type: code, path: see.py }
  inputs: { l: "\${inputs.l}", o: "\${inputs.o}", s: "\${inputs.s}", x: 1.0, y: [1.0, 2], z: { k: 3.0 } }
- name: say
  type: prompt
  source: { type: code, path: say.jinja2 }
  inputs: { x: 1.0, y: [1.0, 2], l: "\${inputs.l}", s: "\${inputs.s}" }
- name: again
  type: python
  source: { type: code, path: again.py }
  inputs: { x: 1.0 }
  activate: { when: "\${inputs.n}", is: 3.0 }
`,
    "flow/see.py": `${TOOL}def see(l, o, s, x, y, z):\n    return repr([l, o, s, x, y, z])\n`,
    "flow/again.py": `${TOOL}def again(x):\n    return x\n`,
    "flow/say.jinja2": "{{x}} {{y}} {{l}} {{s}}",
    "data.jsonl": [{ n: 3 }]
  })

  await place.json("run", "create", "--flow", "flow", "--data", "data.jsonl", "--name", "r1")

  const folder = join(place.home, ".runs/r1")
  expect(readFileSync(join(folder, "flow_outputs/output.jsonl"), "utf8")).toBe(
    `{"line_number": 0, "seen": "[[1.0, 2, {'a': 2.5, 'b': 1000.0}], {'a': 1.0}, '1.0', 1.0, [1.0, 2], {'k': 3.0}]", ` +
      `"said": "1.0 [1.0, 2] [1.0, 2, {'a': 2.5, 'b': 1000.0}] 1.0", "still": 1.0}\n`
  )
  expect(readFileSync(join(folder, "inputs.jsonl"), "utf8")).toContain('"l":[1.0,2,{"a":2.5,"b":1000.0}],"o":{"a":1.0}')
})
