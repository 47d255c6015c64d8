// Question: how close does a run of lines that wait come to the time of their waits, with so many lines in flight?
// Not measured: real services, flows that compute as well, more than two threads, starting.
// Command: npm run bench -- io-equal-100 | io-equal-1000 | io-equal-5000 | io-skewed [--quick]

import { linesOf } from "../digest.ts"
import { compareToIdeal, type IdealOutcome, listSchedule } from "../ideal.ts"
import { openRunSide } from "../run-side.ts"
import { TempFolder } from "../temp-folder.ts"
import { skewedWaits, writeWaitFlow, writeWaits } from "../workloads/wait-flow.ts"

const THREADS = 2
const LINES = 10_000
const EQUAL_MS = 50

interface IoScenario {
  readonly concurrency: number
  readonly isSkewed?: boolean
  /** Wall efficiency to reach. */
  readonly target: number
}

export const IO_SCENARIOS = {
  "io-equal-100": { concurrency: 100, target: 0.98 },
  "io-equal-1000": { concurrency: 1_000, target: 0.96 },
  "io-equal-5000": { concurrency: 5_000, target: 0.92 },
  "io-skewed": { concurrency: 100, isSkewed: true, target: 0.96 }
} satisfies Readonly<Record<string, IoScenario>>

export interface IoOptions {
  readonly isQuick: boolean
  readonly lines?: number
  readonly rounds?: number
}

export async function runIo(name: keyof typeof IO_SCENARIOS, options: IoOptions): Promise<IdealOutcome> {
  const { concurrency, isSkewed = false, target }: IoScenario = IO_SCENARIOS[name]
  const { isQuick, lines = isQuick ? LINES / 10 : LINES, rounds } = options
  const waits = isSkewed ? skewedWaits(lines) : new Array<number>(lines).fill(EQUAL_MS)
  using folder = new TempFolder()
  const flow = writeWaitFlow(folder.path)
  const data = writeWaits(folder.path, waits)
  await using system = await openRunSide({
    name,
    home: folder.fresh("home"),
    lines,
    options: { flow, data, workers: THREADS, concurrency },
    checkOutput: (path) => {
      let at = 0
      for (const line of linesOf(path)) {
        const { line_number, waited } = JSON.parse(line) as { readonly line_number: number; readonly waited: number }
        if (line_number !== at || waited !== waits[at]) throw new Error(`${name}: line ${at} of the output is ${line}`)
        at++
      }
      if (at !== lines) throw new Error(`${name}: the output has ${at} lines, not ${lines}`)
    }
  })

  const kind = isSkewed ? "waits of 15 to 615 ms, 50 ms in the mean" : `waits of ${EQUAL_MS} ms`
  return await compareToIdeal({
    name,
    question: `${kind}, ${concurrency} lines in flight, every line stored and written to output.jsonl`,
    notMeasured: "real services, flows that compute as well, more than two threads, starting",
    idealMs: listSchedule(waits, concurrency),
    lines,
    system,
    target,
    ...(rounds === undefined ? {} : { rounds })
  })
}
