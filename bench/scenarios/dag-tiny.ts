// Question: how much of two cores is left for the flow's own functions when every line is stored with the records of its
// nodes and written to `output.jsonl`?
// Not measured: waiting lines, other languages, resume; more than two threads.
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
  const limit = new LimitSide({ flowFolder: flow, dataFile: data, line, lines, threads: THREADS })
  let home = ""

  const system: Side = {
    name: "system",
    prepare: async () => {
      home = folder.fresh("home")
    },
    run: async () => {
      await using runtime = await openRuntime({ home })
      const result = await runtime.run({ flow, data, name: "dag", workers: THREADS }).result()
      if (result.completed_lines !== lines) throw new Error(`${result.completed_lines} of ${lines} lines completed`)
    },
    check: async () => {
      const digest = digestOfFile(join(home, ".runs", "dag", "flow_outputs", "output.jsonl"))
      if (digest !== limit.digest) throw new Error(`dag-tiny: the outputs' digest is ${digest}, not ${limit.digest}`)
      rmSync(home, { recursive: true })
    }
  }

  const comparison: Comparison = {
    name: "dag-tiny",
    question:
      "a three-node JavaScript DAG of about 4 µs, every line stored with its node records and written to output.jsonl",
    notMeasured: "waiting lines, other languages, resume, more than two threads",
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
