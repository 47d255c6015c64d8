// Runs that build on earlier runs: an evaluation of their outputs, and a new run that takes over what completed.

import { readFileSync, writeFileSync } from "node:fs"
import { BatchEngine, type BatchEngineRunOptions } from "@throughline/core"
import { javascript } from "@throughline/executors"
import { lmdb } from "@throughline/storage"
import { describe, expect, onTestFinished, test } from "vitest"
import { openRuntime } from "../src/index.ts"
import { CommandFolder } from "./run-command.ts"

const node = (name: string, path: string, inputs: string, more = "") =>
  `- { name: ${name}, type: javascript, source: { type: code, path: ${path} }, inputs: { ${inputs} }${more} }\n`

const ANSWER = `inputs:
  question: { type: string }
outputs:
  answer: { type: string, reference: "\${a.output}" }
nodes:
${node("a", "answer.mjs", 'question: "${inputs.question}"')}`

const EVALUATE = `inputs:
  answer: { type: string }
  truth: { type: string }
outputs:
  isRight: { type: bool, reference: "\${compare.output}" }
nodes:
${node("compare", "compare.mjs", 'answer: "${inputs.answer}", truth: "${inputs.truth}"')}${node(
  "count",
  "count.mjs",
  'right: "${compare.output}"',
  ", aggregation: true"
)}`

const MAPPING = { question: "${data.question}" }
const ROWS = ["a", "b", "c", "d", "e", "f"].map((question) => ({ question, truth: question.toUpperCase() }))

/** Two flows, and data whose third and fifth line fail at first. */
function aPlace(): CommandFolder {
  const place = new CommandFolder()
  place.write({
    "answer/flow.dag.yaml": ANSWER,
    "answer/answer.mjs": failing("ce"),
    "evaluate/flow.dag.yaml": EVALUATE,
    "evaluate/compare.mjs": "export default (answer, truth) => answer === truth\n",
    "evaluate/count.mjs":
      "export default (right, logMetric) => logMetric('right', right.filter(Boolean).length / right.length)\n",
    "data.jsonl": ROWS
  })
  return place
}

const failing = (questions: string) =>
  `import { appendFileSync } from "node:fs"
export default (question) => {
  appendFileSync(new URL("ran.txt", import.meta.url), question)
  if (${JSON.stringify(questions)}.includes(question)) throw new Error("no answer")
  return question.toUpperCase()
}
`
const answerRun = (place: CommandFolder, name: string) =>
  place.run(
    ...["run", "create", "--flow", "answer", "--data", "data.jsonl", "--name", name],
    ...["--column-mapping", "question=${data.question}"]
  )
const outputs = (place: CommandFolder, run: string) =>
  readFileSync(place.path(`home/.runs/${run}/flow_outputs/output.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe("a run over another's outputs", () => {
  const mapping = ["--column-mapping", "answer=${run.outputs.answer}"]
  const evaluate = ["run", "create", "--flow", "evaluate", "--run", "base", ...mapping]

  test("meets them by line number: with the data of the first, or with its own", async () => {
    const place = aPlace()
    await answerRun(place, "base")

    const own = await place.run(...evaluate, "truth=${run.inputs.truth}", "--name", "own")
    const given = await place.run(...evaluate, "truth=${data.truth}", "--data", "data.jsonl", "--name", "given")

    const right = [0, 1, 3, 5].map((line_number) => ({ line_number, isRight: true }))
    expect([own.exitCode, given.exitCode]).toEqual([0, 0])
    expect(outputs(place, "own")).toEqual(right)
    expect(outputs(place, "given")).toEqual(right)
    expect(await place.json("run", "show-metrics", "-n", "own")).toEqual({ right: 1 })
    const shown = await place.json<{ properties: object; data: unknown }>("run", "show", "-n", "own")
    expect(shown.properties).toMatchObject({ run: "base" })
  })

  test("names the run in its display name, and may come from a run file", async () => {
    const place = aPlace()
    await answerRun(place, "base")
    place.write({
      "run.yaml":
        "flow: evaluate\nrun: base\nname: mine\ndisplay_name: eval of ${run}\n" +
        "column_mapping: { answer: '${run.outputs.answer}', truth: '${run.inputs.truth}' }\n"
    })

    const { display_name } = await place.json<{ display_name: string }>("run", "create", "--file", "run.yaml")

    expect(display_name).toBe("eval of base")
    expect(outputs(place, "mine")).toHaveLength(4)
  })

  test("needs one that exists and has completed", async () => {
    const place = aPlace()

    const absent = await place.run(...evaluate, "truth=x")

    expect(absent.exitCode).toBe(1)
    expect(absent.stderr).toContain("Run name 'base' cannot be found.")
  })

  test("reads rows and outputs that are in no file from the journal", async () => {
    const place = aPlace()
    await using runtime = await openRuntime({ home: place.home })
    await runtime.run({ flow: place.path("answer"), data: ROWS, name: "base", outputDir: null }).result()
    const columnMapping = { answer: "${run.outputs.answer}", truth: "${run.inputs.truth}" }

    const result = await runtime.run({ flow: place.path("evaluate"), run: "base", columnMapping }).result()

    expect([result.completed_lines, result.metrics.right]).toEqual([4, 1])
  })
})

describe("a run that resumes from another", () => {
  const ran = (place: CommandFolder) => readFileSync(place.path("answer/ran.txt"), "utf8")

  test("runs what did not complete, and ends as if all had been run", async () => {
    const place = aPlace()
    await answerRun(place, "base")
    writeFileSync(place.path("answer/ran.txt"), "")
    place.write({ "answer/answer.mjs": failing("") })

    const again = await place.run("run", "create", "--resume-from", "base", "--name", "again", "--set", "tags.a=b")

    expect([again.exitCode, [...ran(place)].sort().join("")]).toEqual([0, "ce"])
    const expected = ROWS.map(({ truth }, line_number) => ({ line_number, answer: truth }))
    expect(outputs(place, "again")).toEqual(expected)
    const shown = await place.json<Record<string, object>>("run", "show", "-n", "again")
    expect(shown.lines).toEqual({ total: 6, completed: 6, failed: 0 })
    expect(shown.properties).toMatchObject({ resume_from: "base", column_mapping: { question: "${data.question}" } })
    expect(shown.tags).toEqual({ a: "b" })
    const artifact = readFileSync(place.path("home/.runs/again/flow_artifacts/000000000_000000000.jsonl"), "utf8")
    expect(JSON.parse(artifact)).toMatchObject({ run_info: { root_run_id: "again", status: "Completed" } })
  })

  test("aggregates over old and new lines, in the order of the data", async () => {
    const place = aPlace()
    place.write({
      "evaluate/compare.mjs":
        "import { existsSync } from 'node:fs'\nexport default (answer, truth) => {\n" +
        "  if (answer === 'b' && !existsSync(new URL('now', import.meta.url))) throw new Error('not yet')\n  return answer\n}\n",
      "evaluate/count.mjs": "export default (right, logMetric) => logMetric('order', right.join(''))\n"
    })
    const columnMapping = { answer: "${data.question}", truth: "x" }
    await using runtime = await openRuntime({ home: place.home })
    await runtime.run({ flow: place.path("evaluate"), data: ROWS, name: "base", columnMapping }).result()
    place.write({ "evaluate/now": "" })

    const result = await runtime.resumeFrom("base", { name: "again", data: ROWS }).result()

    expect(result.metrics).toEqual({ order: "abcdef" })
    expect(result.node_status).toEqual({ "compare.completed": 6, "count.completed": 1 })
  })

  test("keeps the outputs of lines that a flow of other nodes now would not give", async () => {
    const place = aPlace()
    await answerRun(place, "base")
    const more = node("z", "more.mjs", 'answer: "${a.output}"')
    place.write({
      "answer/answer.mjs": failing(""),
      "answer/more.mjs": "export default (answer) => answer + '!'\n",
      "answer/flow.dag.yaml": ANSWER.replace("${a.output}", "${z.output}").replace("nodes:\n", `nodes:\n${more}`)
    })

    await place.run("run", "create", "--resume-from", "base", "--name", "again")

    expect(outputs(place, "again").map(({ answer }) => answer)).toEqual(["A", "B", "C!", "D", "E!", "F"])
  })

  test("gives the same by its store and by its output folder", async () => {
    const place = aPlace()
    const storage = lmdb(place.home)
    onTestFinished(() => storage.close())
    const engine = new BatchEngine(place.path("answer"), undefined, { storage, executors: [javascript()] })
    const inputsMapping = { question: "${data.question}" }
    const inputDirs = { data: place.path("data.jsonl") }
    const run = (folder: string, more: Partial<BatchEngineRunOptions> = {}) =>
      engine.run({ inputDirs, inputsMapping, outputDir: place.path(folder), ...more })
    await run("first")
    place.write({ "answer/answer.mjs": failing("") })

    const byFolder = await run("by-folder", { resumeFromRunOutputDir: place.path("first") })
    const both = { resumeFromRunStorage: storage, resumeFromRunOutputDir: place.path("first") }
    const byStorage = await run("by-storage", both)
    const absent = run("x", { resumeFromRunOutputDir: place.path("nowhere") })

    const read = (folder: string) => readFileSync(place.path(folder, "output.jsonl"), "utf8")
    await expect(absent).rejects.toThrow("resumeFromRunOutputDir")
    expect([byFolder.completed_lines, byStorage.completed_lines]).toEqual([6, 6])
    expect(read("by-folder")).toBe(read("by-storage"))
    expect([...ran(place)].sort().join("")).toBe("abcccdeeef")
  })

  test("takes over what completed before a run was canceled", async () => {
    const place = aPlace()
    place.write({
      "answer/answer.mjs":
        "import { existsSync } from 'node:fs'\nexport default (question) =>\n" +
        "  question === 'c' && !existsSync(new URL('now', import.meta.url)) ? new Promise(() => {}) : question.toUpperCase()\n"
    })
    await using runtime = await openRuntime({ home: place.home })
    const base = runtime.run({
      flow: place.path("answer"),
      data: ROWS,
      name: "base",
      columnMapping: MAPPING,
      graceMs: 1
    })
    for await (const { position } of base) if (position === 1) break
    const before = await base.result()
    place.write({ "answer/now": "" })

    const result = await runtime.resumeFrom("base", { name: "again", data: ROWS }).result()

    expect(before.status).toBe("Canceled")
    expect([result.status, result.completed_lines]).toEqual(["Completed", 6])
    expect(outputs(place, "again").map(({ answer }) => answer)).toEqual(["A", "B", "C", "D", "E", "F"])
  })

  test("is refused while the earlier run goes on", async () => {
    const place = aPlace()
    place.write({ "answer/answer.mjs": "export default () => new Promise(() => {})\n" })
    await using runtime = await openRuntime({ home: place.home })
    const base = runtime.run({
      flow: place.path("answer"),
      data: ROWS,
      name: "base",
      columnMapping: MAPPING,
      graceMs: 1
    })
    for await (const { type } of base.events()) if (type === "RunStarted") break

    const again = runtime.resumeFrom("base", { name: "again", data: ROWS }).result()

    await expect(again).rejects.toThrow("Referenced run base is not completed, got status Running")
    await base.cancel()
  })

  test("takes nothing but a name, what describes it, and limits", async () => {
    const place = aPlace()
    await answerRun(place, "base")

    const mapped = await place.run("run", "create", "--resume-from", "base", "--column-mapping", "question=x")
    const both = await place.run("run", "create", "--resume-from", "base", "--flow", "answer")

    expect([mapped.exitCode, both.exitCode]).toEqual([1, 1])
    expect(mapped.stderr).toContain("--resume-from takes these from the earlier run: --column-mapping")
    expect(both.stderr).toContain("More than one is provided for exclusive options")
  })
})
