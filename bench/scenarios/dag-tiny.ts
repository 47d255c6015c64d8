// Question: how much of two cores is left for the flow's own functions when every line is stored with the records of its
// nodes and written to `output.jsonl`?
// Not measured: waiting lines, other languages, resume; more than two threads; the start of the process and of its
// threads, which both sides have behind them when they are measured.
// Command: npm run bench -- dag-tiny [--quick]

import { rmSync } from "node:fs"
import { join } from "node:path"
import { openRuntime } from "throughline"
import { digestOfFile } from "../digest.ts"
import { type Comparison, compare, type Outcome, printOutcome, type Side } from "../harness.ts"
import { LimitSide } from "../limit/threads.ts"
import { TempFolder } from "../temp-folder.ts"
import { writeDagData, writeDagFlow } from "../workloads/dag-flow.ts"

const THREADS = 2

export interface DagTinyOptions {
  readonly isQuick: boolean
  readonly lines?: number
  readonly rounds?: number
}

export async function dagTiny({
  isQuick,
  lines = isQuick ? 40_000 : 400_000,
  rounds
}: DagTinyOptions): Promise<Outcome> {
  using folder = new TempFolder()
  const flow = writeDagFlow(folder.path)
  const data = writeDagData(folder.path, lines)
  const line = new URL("../limit/dag-line.ts", import.meta.url).href
  await using limit = new LimitSide({ flowFolder: flow, dataFile: data, line, lines, threads: THREADS })
  const home = folder.fresh("home")
  await using runtime = await openRuntime({ home })
  let name = ""

  const system: Side = {
    name: "system",
    prepare: async (round) => {
      name = `dag-${round}`
    },
    run: async () => {
      const result = await runtime.run({ flow, data, name, workers: THREADS }).result()
      if (result.completed_lines !== lines) throw new Error(`${result.completed_lines} of ${lines} lines completed`)
    },
    check: async () => {
      const runFolder = join(home, ".runs", name)
      const digest = digestOfFile(join(runFolder, "flow_outputs", "output.jsonl"))
      if (digest !== limit.digest) throw new Error(`dag-tiny: the outputs' digest is ${digest}, not ${limit.digest}`)
      await runtime.deleteRun(name)
      rmSync(runFolder, { recursive: true })
    }
  }

  const comparison: Comparison = {
    name: "dag-tiny",
    question:
      "a three-node JavaScript DAG of about 4 µs, every line stored with its node records and written to output.jsonl",
    notMeasured: "waiting lines, other languages, resume, more than two threads, starting",
    lines,
    limit,
    system,
    target: 0.72,
    ...(rounds === undefined ? {} : { rounds })
  }
  const outcome = await compare(comparison)
  printOutcome(comparison, outcome)
  return outcome
}
