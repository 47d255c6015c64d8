import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { DataSource } from "../contracts/index.ts"
import { loadFlow } from "../flow/index.ts"
import { aFolder } from "../testing/temp-folder.ts"
import { changesOf, type GroundOf, groundOf } from "./ground.ts"

const FLOW = `inputs:
  n: { type: int }
outputs:
  out: { type: string, reference: "\${a.output}" }
nodes:
- name: a
  type: javascript
  source: { type: code, path: a.mjs }
  inputs: { n: "\${inputs.n}", times: 2 }
`

/** A flow of two files and a data file, and what has changed of them since. */
async function aGround(about: Partial<GroundOf> = {}, flow = FLOW) {
  const folder = aFolder({ "flow.dag.yaml": flow, "a.mjs": "1", "helper.py": "1", "data.jsonl": '{"n": 1}\n' })
  mkdirSync(join(folder, "lib", "__pycache__"), { recursive: true })
  const look = (now: Partial<GroundOf> = {}) =>
    groundOf({
      plan: loadFlow(folder, { nodeTypes: ["javascript"], lineLanguages: [] }),
      mapping: { n: "${data.n}" },
      sources: { data: join(folder, "data.jsonl") },
      baseDir: folder,
      engine: "throughline/1.0.0",
      ...about,
      ...now
    })
  const before = await look()
  return { folder, changes: async (now: Partial<GroundOf> = {}) => changesOf(before, await look(now)) }
}

const edit = (folder: string, file: string, from: string, to: string) =>
  writeFileSync(join(folder, file), readFileSync(join(folder, file), "utf8").replace(from, to))

test("a comment, a file's time, and what tools write beside the flow change nothing (G1, G2, G3)", async () => {
  const { folder, changes } = await aGround()

  edit(folder, "flow.dag.yaml", "nodes:", "# more\n\nnodes:")
  utimesSync(join(folder, "data.jsonl"), 1, 1)
  for (const file of ["cache.json", "out.txt", "lib/__pycache__/x.py"]) writeFileSync(join(folder, file), "new")

  expect(await changes()).toEqual([])
})

test.each([
  ["node 'a'", (folder: string) => edit(folder, "flow.dag.yaml", "times: 2", "times: 3")],
  ["the flow's inputs", (folder: string) => edit(folder, "flow.dag.yaml", "int }", "double }")],
  ["the flow's outputs", (folder: string) => edit(folder, "flow.dag.yaml", "type: string", "type: list")],
  [
    "the flow's settings",
    (folder: string) => appendFileSync(join(folder, "flow.dag.yaml"), "environment_variables: { A: b }\n")
  ],
  ["a.mjs", (folder: string) => edit(folder, "a.mjs", "1", "2")],
  ["helper.py", (folder: string) => rmSync(join(folder, "helper.py"))],
  ["lib/new.jinja2", (folder: string) => writeFileSync(join(folder, "lib", "new.jinja2"), "{{a}}")],
  ["data 'data'", (folder: string) => edit(folder, "data.jsonl", "1", "2")],
  ["data 'data'", (folder: string) => rmSync(join(folder, "data.jsonl"))]
])("what changed is named: %s", async (name, change) => {
  const { folder, changes } = await aGround()

  change(folder)

  expect(await changes()).toEqual([name])
})

test("the mapping and the engine are named as well", async () => {
  const { changes } = await aGround()

  expect(await changes({ mapping: { n: 1 }, engine: "throughline/2.0.0" })).toEqual([
    "the column mapping",
    "the engine (throughline/1.0.0, now throughline/2.0.0)"
  ])
})

test.each<[string, DataSource, DataSource, readonly string[]]>([
  ["the same rows", [{ n: 1 }], [{ n: 1 }], []],
  ["other rows", [{ n: 1 }], [{ n: 2 }], ["data 'data'"]],
  ["one row more", [{ n: 1 }], [{ n: 1 }, { n: 1 }], ["data 'data'"]],
  ["rows that JSON cannot write", [{ n: 1n }], [{ n: 2n }], []],
  ["rows that can be read once", [{ n: 1 }].values(), [{ n: 2 }].values(), []]
])("rows in memory are looked at: %s", async (_, first, second, expected) => {
  const { changes } = await aGround({ sources: { data: first } })

  expect(await changes({ sources: { data: second } })).toEqual(expected)
})

test("a folder of data is its files; of a large file its size, its time and pieces count (G3)", async () => {
  const data = aFolder({ "a.jsonl": '{"n": 1}\n', "large.jsonl": "" })
  const large = join(data, "large.jsonl")
  truncateSync(large, 9 << 20)
  utimesSync(large, 100, 100)
  const { changes } = await aGround({ sources: { data } })

  expect(await changes()).toEqual([])
  utimesSync(large, 101, 101)
  expect(await changes()).toEqual(["data 'data'"])
  utimesSync(large, 100, 100)
  expect(await changes()).toEqual([])
  writeFileSync(join(data, "b.jsonl"), "")
  expect(await changes()).toEqual(["data 'data'"])
})
