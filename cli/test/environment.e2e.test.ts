// `--environment-variables` in all its forms.

import { expect, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

const FLOW = {
  "flow/flow.dag.yaml": `inputs: { n: { type: int, default: 1 } }
outputs:
  out: { type: string, reference: "\${read.output}" }
environment_variables: { A: flow, B: flow }
nodes:
- name: read
  type: javascript
  source: { type: code, path: read.mjs }
`,
  "flow/read.mjs": "export default () => [process.env.A, process.env.B, process.env.C].join(' ')\n"
}

function reading(files: Readonly<Record<string, unknown>> = {}) {
  const place = new CommandFolder()
  place.write({ ...FLOW, "x.env": "# a comment\nA=file\nexport C='with = and #'\n", ...files })
  return place
}
const outOf = async (place: CommandFolder, ...words: readonly string[]) =>
  (await place.json<{ out: string }>("flow", "test", "--flow", "flow", ...words)).out

test.each([
  [["--environment-variables", "A=one", "C='two words'"], "one flow two words"],
  [["--environment-variables", "A=one", "--environment-variables", "B=x=y"], "one x=y "],
  [["--environment-variables", "x.env"], "file flow with = and #"],
  [["--env", "x.env"], "file flow with = and #"]
])("%j", async (words, expected) => {
  expect(await outOf(reading(), ...words)).toBe(expected)
})

test("without a word, the nearest .env counts; where there is none, that is told", async () => {
  expect(await outOf(reading({ ".env": "B=nearest\n" }), "--env", "--inputs", "n=1")).toBe("flow nearest ")

  const { exitCode, stderr } = await reading().run("flow", "test", "--flow", "flow", "--env")
  expect([exitCode, stderr.includes("there is no .env file in ")]).toEqual([0, true])
})

test("a run file may name a .env file, which lies beside it", async () => {
  const place = reading({
    "runs/run.yaml": "flow: ../flow\ndata: ../data.jsonl\nenvironment_variables: my.env\n",
    "runs/my.env": "A=beside\n",
    "data.jsonl": [{ n: 1 }]
  })

  await place.json("run", "create", "--file", "runs/run.yaml", "--name", "r1")

  const details = await place.json<ReadonlyArray<{ outputs: { out: string } }>>(
    ..."run show-details r1 -o json".split(" ")
  )
  expect(details[0]!.outputs.out).toBe("beside flow ")
})

test.each([
  ["word", "--environment-variables takes a file that ends in .env, or KEY=VALUE (got 'word')"],
  ["no.env", "--environment-variables cannot find the file "]
])("%s is a mistake of usage", async (word, message) => {
  const { exitCode, stderr } = await reading().run("flow", "test", "--flow", "flow", "--environment-variables", word)

  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
})
