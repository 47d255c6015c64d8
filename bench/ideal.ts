// For work that waits: how close a run comes to the time that its waits alone take, spread over so many lines at once.
//
// T1. The ideal is the end of a list schedule: each line starts, in the order of the data, where a place is free first.
// T2. Rounds, warm-up, `prepare` and `check` are as in harness.ts; only the elapsed time is compared, and CPU time told.

import type { Side, Spread } from "./harness.ts"
import { spreadOf } from "./harness.ts"
import { measure } from "./measure.ts"

export interface IdealComparison {
  readonly name: string
  readonly question: string
  readonly notMeasured: string
  readonly idealMs: number
  readonly lines: number
  readonly system: Side
  readonly rounds?: number
  /** Wall efficiency to reach. */
  readonly target: number
}

export interface IdealOutcome {
  readonly scenario: string
  readonly lines: number
  readonly rounds: number
  readonly idealMs: number
  readonly wallMs: Spread
  readonly cpuMicrosPerLine: Spread
  readonly wallEfficiency: Spread
  readonly target: number
  readonly isReached: boolean
}

const ROUNDS = 3

export async function compareToIdeal(comparison: IdealComparison): Promise<IdealOutcome> {
  const { name, idealMs, lines, system, rounds = ROUNDS, target } = comparison
  const costs = []
  for (let round = 0; round <= rounds; round++) {
    await system.prepare?.(round)
    const cost = await measure(() => system.run())
    await system.check?.()
    if (round > 0) costs.push(cost)
  }
  const wallEfficiency = spreadOf(costs.map(({ wallMs }) => idealMs / wallMs))
  const outcome: IdealOutcome = {
    scenario: name,
    lines,
    rounds,
    idealMs,
    wallMs: spreadOf(costs.map(({ wallMs }) => wallMs)),
    cpuMicrosPerLine: spreadOf(costs.map(({ cpuMs }) => (cpuMs * 1000) / lines)),
    wallEfficiency,
    target,
    isReached: wallEfficiency.median >= target
  }
  print(comparison, outcome)
  return outcome
}

/** When the last of these waits ends, with so many places, in milliseconds. */
export function listSchedule(waitsMs: readonly number[], places: number): number {
  // A heap of the times at which places become free, the earliest first.
  const free: number[] = new Array<number>(Math.min(places, waitsMs.length)).fill(0)
  for (const waitMs of waitsMs) {
    let at = 0
    const end = free[0]! + waitMs
    for (;;) {
      const left = 2 * at + 1
      const smaller = left + 1 < free.length && free[left + 1]! < free[left]! ? left + 1 : left
      if (smaller >= free.length || free[smaller]! >= end) break
      free[at] = free[smaller]!
      at = smaller
    }
    free[at] = end
  }
  return free.reduce((latest, end) => Math.max(latest, end), 0)
}

function print({ question, notMeasured }: IdealComparison, outcome: IdealOutcome): void {
  const { scenario, lines, rounds, idealMs, wallMs, cpuMicrosPerLine, wallEfficiency, target, isReached } = outcome
  const shown = ({ median, min, max }: Spread, digits: number) =>
    `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
  console.log(`\n${scenario}: ${question}`)
  console.log(`  ${lines} lines, ${rounds} rounds; median (min–max). Not measured: ${notMeasured}`)
  console.log(
    `  ideal ${idealMs.toFixed(0)} ms, system ${shown(wallMs, 0)} ms, ${shown(cpuMicrosPerLine, 1)} µs CPU a line`
  )
  console.log(
    `  wall efficiency ${shown(wallEfficiency, 3)}, target ${target}: ${isReached ? "reached" : "missed (or the machine is not quiet)"}`
  )
}
