// `run create`: what it prints, what it leaves behind, and how it exits.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { SHOUT_FLOW } from "./flows.ts"
import { CommandFolder } from "./run-command.ts"

const ROWS = [{ text: "one" }, { text: "bad" }, { text: "trée" }]
const CREATE = ["run", "create", "--flow", "shout", "--data", "data.jsonl", "--column-mapping", "text=${data.text}"]

function shouting(env?: Readonly<Record<string, string>>): CommandFolder {
  const place = new CommandFolder(env)
  place.write({ ...SHOUT_FLOW, "data.jsonl": ROWS })
  return place
}

test("the run's object is alone on stdout, with promptflow's keys in its order and `lines` after them", async () => {
  const place = shouting()
  const folder = join(place.home, ".runs", "r1")

  const { exitCode, stdout, stderr } = await place.run(...CREATE, "--name", "r1")

  expect(exitCode).toBe(0)
  const run = JSON.parse(stdout)
  expect(stdout).toBe(`${JSON.stringify(run, null, 4)}\n`)
  expect(Object.keys(run)).toEqual(
    "name created_on status display_name description tags properties flow_name data output error lines".split(" ")
  )
  expect(run).toMatchObject({
    name: "r1",
    status: "Completed",
    display_name: "r1",
    description: null,
    tags: null,
    properties: {
      flow_path: place.path("shout"),
      output_path: folder,
      column_mapping: { text: "${data.text}" },
      system_metrics: { total_tokens: 0, prompt_tokens: 0, completion_tokens: 0 }
    },
    flow_name: "shout",
    data: place.path("data.jsonl"),
    output: join(folder, "flow_outputs"),
    lines: { total: 3, completed: 2, failed: 1 }
  })
  expect(Object.keys(run.properties)).toEqual(["flow_path", "output_path", "column_mapping", "system_metrics"])
  expect(run.error.message).toMatch(/^Failed to run 1\/3 lines\. First error message is: /)
  expect(stderr).toContain("1 out of 3 runs failed in batch run.")
  expect(stderr).toContain("  line 1, node shout, shout.ts:3: Execution failure in 'shout': (Error) cannot shout é")
})

test("the run's folder has promptflow's layout", async () => {
  const place = shouting()
  const folder = join(place.home, ".runs", "r1")
  const read = (...path: readonly string[]) => readFileSync(join(folder, ...path), "utf8")

  await place.run(...CREATE, "--name", "r1")

  expect(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort()
  ).toEqual([
    "error.json",
    "flow_artifacts/000000000_000000000.jsonl",
    "flow_artifacts/000000001_000000001.jsonl",
    "flow_artifacts/000000002_000000002.jsonl",
    "flow_logs/000000000.log",
    "flow_logs/000000001.log",
    "flow_logs/000000002.log",
    "flow_outputs/output.jsonl",
    "inputs.jsonl",
    "logs.txt",
    "meta.json",
    "metrics.json",
    "node_artifacts/measure/000000000.jsonl",
    "node_artifacts/measure/000000002.jsonl",
    "node_artifacts/shout/000000000.jsonl",
    "node_artifacts/shout/000000001.jsonl",
    "node_artifacts/shout/000000002.jsonl",
    "outputs.jsonl",
    "snapshot/flow.dag.yaml",
    "snapshot/measure.mjs",
    "snapshot/shout.ts"
  ])
  expect(read("meta.json")).toBe('{"batch_size": 1}')
  expect(read("metrics.json")).toBe("{}")
  expect(read("inputs.jsonl")).toBe(
    '{"text":"one","line_number":0,"times":2}\n{"text":"bad","line_number":1,"times":2}\n{"text":"trée","line_number":2,"times":2}\n'
  )
  expect(read("outputs.jsonl")).toBe(
    '{"loud":"ONE!!","size":5,"line_number":0}\n{"loud":"TRÉE!!","size":6,"line_number":2}\n'
  )
  expect(read("flow_outputs", "output.jsonl")).toBe(
    '{"line_number": 0, "loud": "ONE!!", "size": 5}\n{"line_number": 2, "loud": "TRÉE!!", "size": 6}\n'
  )
  const line = JSON.parse(read("flow_artifacts", "000000002_000000002.jsonl"))
  expect(Object.keys(line)).toEqual([
    "line_number",
    "run_info",
    "start_time",
    "end_time",
    "name",
    "description",
    "status",
    "tags"
  ])
  expect(Object.keys(line.run_info)).toEqual(
    (
      "run_id status error inputs output metrics request parent_run_id root_run_id source_run_id flow_id start_time " +
      "end_time index api_calls name description tags system_metrics result upload_metrics otel_trace_id message_format"
    ).split(" ")
  )
  expect(line.run_info).toMatchObject({
    run_id: "r1_2",
    root_run_id: "r1",
    inputs: { text: "trée", line_number: 2, times: 2 }
  })
  const node = JSON.parse(read("node_artifacts", "shout", "000000001.jsonl"))
  expect(Object.keys(node)).toEqual(["NodeName", "line_number", "run_info", "start_time", "end_time", "status"])
  expect(node.run_info).toMatchObject({
    run_id: "r1_shout_1",
    parent_run_id: "r1_1",
    status: "Failed",
    inputs: { text: "bad", times: 2 }
  })
  expect(JSON.parse(read("error.json")).additionalInfo[0].info.errors[0]).toMatchObject({ line_number: 1 })
  expect(read("flow_logs", "000000001.log")).toContain("Node shout in line 1 failed.")
})

test("a line with inputs of the wrong type keeps what it was given, and breaks no file", async () => {
  const place = shouting()
  place.write({ "data.jsonl": '{"text": "a", "n": "many"}\n{"text": "b", "n": 1}\nno json\n' })

  const { exitCode } = await place.run(...CREATE, "times=${data.n}", "-n", "r1")

  expect(exitCode).toBe(0)
  expect(readFileSync(join(place.home, ".runs", "r1", "inputs.jsonl"), "utf8")).toBe(
    '{"text":"a","times":"many","line_number":0}\n{"text":"b","times":1,"line_number":1}\n{"line_number":2}\n'
  )
  const details = await place.run("run", "show-details", "r1")
  expect(details.exitCode).toBe(0)
  expect(details.stdout).toContain("(Failed)")
})

test.each([
  [["--fail-on-line-error"], 3],
  [["--fail-on-line-error=2"], 0],
  [["--fail-on-line-error=33%"], 3],
  [["--fail-on-line-error=34%"], 0],
  [["--fail-on-line-error", "--max-lines", "1"], 0]
])("%j exits with %i when one of three lines failed", async (words, code) => {
  const { exitCode } = await shouting().run(...CREATE, ...words)

  expect(exitCode).toBe(code)
})

test("a run file says the same as options; its paths are relative to it, and unknown keys are warned about", async () => {
  const place = shouting()
  place.write({
    "runs/run.yaml":
      "$schema: https://example.org/Run.schema.json\nname: from_file\nflow: ../shout\ndata: ../data.jsonl\n" +
      "display_name: File ${variant_id}\ndescription: d\ntags: {a: 1, b: two}\nbogus_key: 1\n" +
      "column_mapping:\n  text: ${data.text}\n  times: 1\nthroughline: {workers: 1}\n"
  })

  const { exitCode, stdout, stderr } = await place.run(
    "run",
    "create",
    "-f",
    "runs/run.yaml",
    "--set",
    "tags.b=three",
    "tags.c=four"
  )

  expect(exitCode).toBe(0)
  expect(stderr).toContain("Unknown fields found: {'bogus_key'}")
  expect(JSON.parse(stdout)).toMatchObject({
    name: "from_file",
    display_name: "File variant_0",
    description: "d",
    tags: { a: "1", b: "three", c: "four" },
    properties: { column_mapping: { text: "${data.text}", times: 1 } }
  })
  expect(readFileSync(join(place.home, ".runs", "from_file", "outputs.jsonl"), "utf8")).toContain(
    '{"loud":"ONE!","size":4,'
  )
})

test("--stream shows the log and the summary on stderr", async () => {
  const { stdout, stderr } = await shouting().run(...CREATE, "-n", "r1", "--stream")

  expect(JSON.parse(stdout).name).toBe("r1")
  expect(stderr).toMatch(/ {3,}\d+ execution\.bulk {5}INFO {5}Finished 3 \/ 3 lines\./)
  expect(stderr).toMatch(
    /======= Run Summary =======\n\nRun name: "r1"\nRun status: "Completed"\nStart time: ".+\+00:00"\nDuration: "0:00:0\d\.\d{6}"\nOutput path: ".+r1"\n/
  )
})

test.each([
  [["--data", "data.jsonl"], "To create a run, one of [file, flow, source] must be specified."],
  [["--flow", "shout"], "Either run or data or resume from run must be specified for flow run."],
  [
    ["--flow", "shout", "--file", "x.yaml"],
    "More than one is provided for exclusive options: [file, flow, source, resume-from]"
  ],
  [
    ["--flow", "shout", "--data", "data.jsonl", "--column-mapping", "text=5"],
    "Column mapping must contain at least one mapping binding"
  ],
  [
    ["--flow", "shout", "--data", "data.jsonl", "--column-mapping", "text=${data.m}"],
    "Couldn't find these mapping relations: ${data.m}"
  ],
  [["--flow", "shout", "--data", "nowhere.jsonl"], "nowhere.jsonl"],
  [["--flow", "nowhere", "--data", "data.jsonl"], "nowhere: no such file or folder"],
  [["--flow", "shout", "--data", "data.jsonl", "--workers", "0"], "--workers: got 0"],
  [["--file", "absent.yaml"], "absent.yaml"]
])("%j makes no run: exit 1, one message, nothing recorded", async (words, message) => {
  const place = shouting()

  const { exitCode, stdout, stderr } = await place.run("run", "create", ...words)

  expect([exitCode, stdout]).toEqual([1, ""])
  expect(
    stderr
      .trimEnd()
      .split("\n")
      .filter((line) => line.includes("error:"))
  ).toHaveLength(1)
  expect(stderr).toContain(message)
  expect(await place.json("run", "list")).toEqual([])
})

test("a name that is taken is refused, and the run that has it stays as it is", async () => {
  const place = shouting()
  const before = await place.json(...CREATE, "-n", "r1")

  const { exitCode, stderr } = await place.run(...CREATE, "-n", "r1")

  expect(exitCode).toBe(1)
  expect(stderr).toBe("throughline run create: error: Run 'r1' already exists.\n")
  expect(await place.json("run", "show", "r1")).toEqual(before)
})

test("a tool that cannot be loaded fails the run: its object on stdout, the reason on stderr, exit 1", async () => {
  const place = shouting()
  place.write({ "shout/shout.ts": "export const a = 1\n" })

  const { exitCode, stdout, stderr } = await place.run(...CREATE, "-n", "r1")

  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ status: "Failed", properties: { system_metrics: {} } })
  expect(stderr).toContain("shout.ts must export one function")
  expect(existsSync(join(place.home, ".runs", "r1", "inputs.jsonl"))).toBe(false)
  expect(existsSync(join(place.home, ".runs", "r1", "error.json"))).toBe(true)
})

test("--compat pandas-data, or the run file, has gaps as NaN where they fail their lines otherwise", async () => {
  const place = shouting()
  place.write({
    "gaps.jsonl": [{ text: "a", n: 1 }, { text: "b" }],
    "flow/flow.dag.yaml":
      "inputs:\n  n: { type: string }\noutputs:\n  n: { type: string, reference: '${inputs.n}' }\nnodes: []\n",
    "run.yaml": "flow: flow\ndata: gaps.jsonl\nname: file\nthroughline: { compat: pandas-data }\n"
  })
  const create = ["run", "create", "--flow", "flow", "--data", "gaps.jsonl"]

  const plain = await place.json<{ lines: object }>(...create, "-n", "plain")
  await place.run(...create, "-n", "pandas", "--compat", "pandas-data")
  await place.run("run", "create", "--file", "run.yaml")

  const outputs = (run: string) => readFileSync(place.path(`home/.runs/${run}/flow_outputs/output.jsonl`), "utf8")
  expect(plain.lines).toEqual({ total: 2, completed: 1, failed: 1 })
  expect(outputs("pandas")).toBe('{"line_number": 0, "n": "1.0"}\n{"line_number": 1, "n": "nan"}\n')
  expect(outputs("file")).toBe(outputs("pandas"))
})
