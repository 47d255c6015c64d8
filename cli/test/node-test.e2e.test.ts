// `flow test --node`: one node alone.

import { existsSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

const FLOW = `inputs:
  text: { type: string }
  times: { type: int, default: 2 }
outputs:
  all: { type: string, reference: "\${repeat.output}" }
nodes:
- name: split
  type: javascript
  source: { type: code, path: split.mjs }
  inputs: { text: "\${inputs.text}" }
- name: repeat
  type: javascript
  source: { type: code, path: repeat.mjs }
  inputs: { word: "\${split.output.first}", times: "\${inputs.times}", mark: "!" }
  activate: { when: "\${inputs.text}", is: never }
- name: count
  type: javascript
  source: { type: code, path: count.mjs }
  aggregation: true
  inputs: { words: "\${repeat.output}", times: "\${inputs.times}" }
`

function aPlace(): CommandFolder {
  const place = new CommandFolder()
  place.write({
    "flow/flow.dag.yaml": FLOW,
    "flow/split.mjs": "export default (text) => ({ first: text.split(' ')[0] })\n",
    "flow/repeat.mjs":
      "export default (word, times, mark) => { console.log('seen'); return word.repeat(times) + mark }\n",
    "flow/count.mjs": "export default (words, times) => ({ words, times })\n"
  })
  return place
}

const nodeTest = (place: CommandFolder, node: string, ...inputs: string[]) =>
  place.run("flow", "test", "--flow", "flow", "--node", node, ...(inputs.length === 0 ? [] : ["--inputs", ...inputs]))

describe("flow test --node", () => {
  test.each([
    ["the node's own names", ["word=ab", "times=3"], "ababab!"],
    ["the names of what it refers to", ["split.output.first=ab", "inputs.times=3"], "ababab!"],
    ["the whole output that it takes a property of, and a default", ['split.output.first:={"first": "ab"}'], "abab!"]
  ])("takes %s, whatever activates it", async (_, inputs, expected) => {
    const place = aPlace()

    const { exitCode, stdout, stderr } = await nodeTest(place, "repeat", ...inputs)

    expect([exitCode, JSON.parse(stdout)]).toEqual([0, expected])
    expect(stderr).toContain("seen")
  })

  test("gives an aggregation node lists of one", async () => {
    const { stdout } = await nodeTest(aPlace(), "count", "words=a")

    expect(JSON.parse(stdout)).toEqual({ words: ["a"], times: [2] })
  })

  test("leaves the node's files", async () => {
    const place = aPlace()

    await nodeTest(place, "split", "text=a b")

    const read = (name: string) => readFileSync(place.path("flow/.promptflow", name), "utf8")
    expect(JSON.parse(read("split.node.output.json"))).toEqual({ first: "a" })
    expect(JSON.parse(read("split.node.detail.json"))).toMatchObject({
      flow_runs: [],
      node_runs: [{ node: "split", status: "Completed", inputs: { text: "a b" }, output: { first: "a" } }]
    })
    expect(existsSync(place.path("flow/.promptflow/flow.output.json"))).toBe(false)
  })

  test("says what is missing, and which nodes there are", async () => {
    const missing = await nodeTest(aPlace(), "repeat", "times=3")
    const unknown = await nodeTest(aPlace(), "repat", "x=3")
    const wrong = await nodeTest(aPlace(), "repeat", "word=a", "times=many")

    expect([missing.exitCode, unknown.exitCode, wrong.exitCode]).toEqual([1, 1, 1])
    expect(missing.stderr).toContain(`Required input(s) ['word'] are missing for "repeat".`)
    expect(unknown.stderr).toContain("Cannot find repat in the flow.")
    expect(unknown.stderr).toContain("its nodes are split, repeat, count")
    expect(wrong.stderr).toContain("The flow input 'times' should be of type 'int'")
  })
})
