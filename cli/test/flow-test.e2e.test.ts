// `flow test` and `flow validate`.

import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

function shouting(): CommandFolder {
  const place = new CommandFolder()
  place.write(SHOUT_FLOW)
  return place
}

test("the output is all there is on stdout, and what tools print goes to stderr", async () => {
  const place = shouting()

  const { exitCode, stdout, stderr } = await place.run(
    "flow",
    "test",
    "--flow",
    "shout",
    "--inp",
    "'text=\"hé\"'",
    "times=3"
  )

  expect(exitCode).toBe(0)
  expect(stdout).toBe('{\n    "loud": "HÉ!!!",\n    "size": 5\n}\n')
  expect(stderr).toContain("[shout in line 0 (index starts from 0)] stdout> shouting hé")
})

test("details, output and log lie in the flow's .promptflow folder; a failed test leaves no output", async () => {
  const place = shouting()
  const file = (name: string) => place.path("shout", ".promptflow", name)

  await place.run("flow", "test", "--flow", "shout/flow.dag.yaml", "--inputs", "text=hi")

  expect(readFileSync(file("flow.output.json"), "utf8")).toBe('{\n  "loud": "HI!!",\n  "size": 4\n}')
  const { flow_runs, node_runs } = JSON.parse(readFileSync(file("flow.detail.json"), "utf8"))
  expect(flow_runs[0]).toMatchObject({
    status: "Completed",
    inputs: { text: "hi", times: 2 },
    output: { loud: "HI!!" }
  })
  expect(node_runs.map((run: { node: string; status: string }) => [run.node, run.status])).toEqual([
    ["shout", "Completed"],
    ["measure", "Completed"]
  ])
  expect(readFileSync(file("flow.log"), "utf8")).toContain("stdout> shouting hi")

  const { exitCode, stdout, stderr } = await place.run("flow", "test", "--flow", "shout", "--inputs", "text=bad")

  expect([exitCode, stdout]).toEqual([1, ""])
  expect(stderr).toContain("error: shout.ts:3: Execution failure in 'shout': (Error) cannot shout é")
  expect(existsSync(file("flow.output.json"))).toBe(false)
  expect(JSON.parse(readFileSync(file("flow.detail.json"), "utf8")).flow_runs[0].status).toBe("Failed")
})

test("inputs come from a .json file, or from the first line of a .jsonl file", async () => {
  const place = shouting()
  place.write({ "one.json": { text: "a", times: 1 }, "two.jsonl": [{ text: "b" }, { text: "c", times: 9 }] })

  const one = await place.json("flow", "test", "--flow", "shout", "--inputs", "one.json")
  const two = await place.json("flow", "test", "--flow", "shout", "--inputs", "two.jsonl")

  expect([one, two]).toEqual([
    { loud: "A!", size: 2 },
    { loud: "B!!", size: 3 }
  ])
})

test.each([
  [["--inputs", "times=1"], `Required input(s) ['text'] are missing for "flow".`],
  [["--inputs", "nowhere.json"], "Cannot find inputs file nowhere.json"],
  [["--inputs", "text=a", "--variant", "shout.variant_1"], "Invalid variant format: shout.variant_1"],
  [["--inputs", "text=a", "times=x"], "The flow input 'times' in line 0 of input data should be of type 'int'"]
])("%j is told in one message, without a stack", async (words, message) => {
  const { exitCode, stdout, stderr } = await shouting().run("flow", "test", "--flow", "shout", ...words)

  expect([exitCode, stdout]).toEqual([1, ""])
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test("an unknown input is a warning", async () => {
  const { exitCode, stderr } = await shouting().run("flow", "test", "--flow", "shout", "--inputs", "text=a", "bogus=1")

  expect(exitCode).toBe(0)
  expect(stderr).toContain("Unknown input(s) of flow: {'bogus': '1'}")
})

test("validate prints what is wrong and where, and exits with 1", async () => {
  const place = shouting()
  const mistaken = SHOUT_FLOW["shout/flow.dag.yaml"]!.replace("${measure.output}", "${mesure.output}")
  place.write({
    "broken/flow.dag.yaml": mistaken,
    "broken/shout.ts": "export default (text: string, times: number) => text + times",
    "broken/measure.mjs": "export default (text) => text.length"
  })

  const good = await place.run("flow", "validate", "--source", "shout")
  const bad = await place.run("flow", "validate", "--source", "broken")

  expect(good).toEqual({ exitCode: 0, stdout: '{\n  "result": "Succeeded"\n}\n', stderr: "" })
  expect(bad.exitCode).toBe(1)
  const { result, errors } = JSON.parse(bad.stdout)
  expect(result).toBe("Failed")
  expect(errors[0]).toMatchObject({ location: `${place.path("broken", "flow.dag.yaml")}#line 7`, line: 7 })
})
