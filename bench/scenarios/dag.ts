// Question: how much of two cores is left for the flow's own functions when every line is stored with the records of its
// nodes and written to `output.jsonl`?
// Not measured: waiting lines, other languages, resume; more than two threads; the start of the process and of its
// threads, which both sides have behind them when they are measured.
// Command: npm run bench -- dag-tiny | dag-medium | dag-heavy | dag-skewed [--quick]

import { digestOfFile } from "../digest.ts"
import { type Comparison, compare, type Outcome, printOutcome } from "../harness.ts"
import { LimitSide } from "../limit/threads.ts"
import { openRunSide } from "../run-side.ts"
import { TempFolder } from "../temp-folder.ts"
import { type DagWork, writeDagData, writeDagFlow } from "../workloads/dag-flow.ts"

const THREADS = 2

interface DagScenario {
  readonly about: string
  readonly lines: number
  readonly work: DagWork
  readonly target: number
}

export const DAG_SCENARIOS = {
  "dag-tiny": { about: "a three-node JavaScript DAG of 4 µs", lines: 400_000, work: { rounds: 26 }, target: 0.72 },
  "dag-medium": { about: "one of 40 µs", lines: 60_000, work: { rounds: 330 }, target: 0.9 },
  "dag-heavy": { about: "one of 170 µs", lines: 10_000, work: { rounds: 1_500 }, target: 0.95 },
  "dag-skewed": {
    about: "one of 4 µs, the last 2 % of the lines of 2 ms",
    lines: 20_000,
    work: { rounds: 26, slow: { share: 0.02, rounds: 17_500 } },
    target: 0.9
  }
} satisfies Readonly<Record<string, DagScenario>>

export interface DagOptions {
  readonly isQuick: boolean
  readonly lines?: number
  readonly rounds?: number
}

export async function runDag(name: keyof typeof DAG_SCENARIOS, options: DagOptions): Promise<Outcome> {
  const scenario: DagScenario = DAG_SCENARIOS[name]
  const { isQuick, lines = isQuick ? scenario.lines / 10 : scenario.lines, rounds } = options
  using folder = new TempFolder()
  const flow = writeDagFlow(folder.path, { work: scenario.work })
  const data = writeDagData(folder.path, lines, scenario.work)
  const line = new URL("../limit/dag-line.ts", import.meta.url).href
  await using limit = new LimitSide({ flowFolder: flow, dataFile: data, line, lines, threads: THREADS })
  await using system = await openRunSide({
    name,
    home: folder.fresh("home"),
    lines,
    options: { flow, data, workers: THREADS },
    checkOutput: (path) => {
      const digest = digestOfFile(path)
      if (digest !== limit.digest) throw new Error(`${name}: the outputs' digest is ${digest}, not ${limit.digest}`)
    }
  })

  const comparison: Comparison = {
    name,
    question: `${scenario.about}, every line stored with its node records and written to output.jsonl`,
    notMeasured: "waiting lines, other languages, resume, more than two threads, starting",
    lines,
    limit,
    system,
    target: scenario.target,
    ...(rounds === undefined ? {} : { rounds })
  }
  const outcome = await compare(comparison)
  printOutcome(comparison, outcome)
  return outcome
}
