// Runs a scenario: rounds of [limit, system] in one process, one round to warm up and five that count, the order turned
// round from one to the next. Prints and keeps what came of it.
//
// H1. Only `run` is timed. `prepare` and `check` are not, and a failed `check` fails the process.
// H2. CPU time is that of all threads and of the children that ended meanwhile (children: Linux only).
// H3. Efficiency is the limit's cost divided by the system's in the same round: medians of the rounds, with min–max.

import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { arch, availableParallelism, cpus, loadavg, platform, release } from "node:os"
import { join } from "node:path"
import { type Cost, measure } from "./measure.ts"

/** One of the two things that are compared. */
export interface Side {
  readonly name: string
  prepare?(round: number): Promise<void>
  run(): Promise<void>
  /** Throws when what `run` made is wrong; and lets go of it. */
  check?(): Promise<void>
}

export interface Comparison {
  readonly name: string
  readonly question: string
  readonly notMeasured: string
  readonly lines: number
  readonly limit: Side
  readonly system: Side
  readonly rounds?: number
  /** CPU efficiency to reach; wall efficiency is asked for 95 % of it where the limit's rounds are steady. */
  readonly target: number
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface SideFigures {
  readonly linesPerSecond: Spread
  readonly cpuMicrosPerLine: Spread
  readonly peakAnonMb: number | undefined
}

export interface Outcome {
  readonly scenario: string
  readonly lines: number
  readonly rounds: number
  readonly limit: SideFigures
  readonly system: SideFigures
  readonly cpuEfficiency: Spread
  readonly wallEfficiency: Spread
  readonly target: number
  /** `undefined` where the machine was too unsteady to say. */
  readonly isCpuReached: boolean
  readonly isWallReached: boolean | undefined
}

const ROUNDS = 5
/** Beyond this, elapsed times say more about the machine than about the code. */
const STEADY_SPREAD = 0.15

export async function compare(comparison: Comparison): Promise<Outcome> {
  const { limit, system, lines, target, rounds = ROUNDS } = comparison
  const costs: Array<{ readonly limit: Cost; readonly system: Cost }> = []
  for (let round = 0; round <= rounds; round++) {
    const isLimitFirst = round % 2 === 0
    const first = await runSide(isLimitFirst ? limit : system, round)
    const second = await runSide(isLimitFirst ? system : limit, round)
    const pair = isLimitFirst ? { limit: first, system: second } : { limit: second, system: first }
    console.error(
      `${comparison.name} ${round === 0 ? "warm-up" : `round ${round}/${rounds}`}: ` +
        `limit ${micros(pair.limit.cpuMs, lines)}, system ${micros(pair.system.cpuMs, lines)} CPU a line`
    )
    if (round > 0) costs.push(pair)
  }
  const cpuEfficiency = spreadOf(costs.map((cost) => cost.limit.cpuMs / cost.system.cpuMs))
  const wallEfficiency = spreadOf(costs.map((cost) => cost.limit.wallMs / cost.system.wallMs))
  const limitWall = spreadOf(costs.map((cost) => cost.limit.wallMs))
  const isSteady = (limitWall.max - limitWall.min) / limitWall.median < STEADY_SPREAD
  return {
    scenario: comparison.name,
    lines,
    rounds,
    limit: figuresOf(
      costs.map((cost) => cost.limit),
      lines
    ),
    system: figuresOf(
      costs.map((cost) => cost.system),
      lines
    ),
    cpuEfficiency,
    wallEfficiency,
    target,
    isCpuReached: cpuEfficiency.median >= target,
    isWallReached: isSteady ? wallEfficiency.median >= 0.95 * target : undefined
  }
}

async function runSide(side: Side, round: number): Promise<Cost> {
  await side.prepare?.(round)
  const cost = await measure(() => side.run())
  await side.check?.()
  return cost
}

export function printOutcome({ question, notMeasured }: Comparison, outcome: Outcome): void {
  const { scenario, lines, rounds, limit, system, cpuEfficiency, wallEfficiency, target } = outcome
  console.log(`\n${scenario}: ${question}`)
  console.log(`  ${lines} lines, ${rounds} rounds; median (min–max). Not measured: ${notMeasured}`)
  for (const [name, figures] of [
    ["limit", limit],
    ["system", system]
  ] as const) {
    const { linesPerSecond, cpuMicrosPerLine, peakAnonMb } = figures
    console.log(
      `  ${name.padEnd(7)} ${shown(linesPerSecond, 0)} lines/s, ${shown(cpuMicrosPerLine, 2)} µs CPU a line, ` +
        `peak RssAnon ${peakAnonMb === undefined ? "not known" : `${Math.round(peakAnonMb)} MB`}`
    )
  }
  const wall = outcome.isWallReached === undefined ? "machine not steady" : outcome.isWallReached ? "reached" : "missed"
  console.log(
    `  CPU efficiency  ${shown(cpuEfficiency, 3)}, target ${target}: ${outcome.isCpuReached ? "reached" : "missed"}`
  )
  console.log(`  wall efficiency ${shown(wallEfficiency, 3)}, target ${(0.95 * target).toFixed(2)}: ${wall}`)
}

/** Adds machine, versions and commit to what a scenario found, and writes it to `bench/results/`. */
export function keepRecord(scenario: string, loadBefore: readonly number[], results: unknown): void {
  const record = {
    scenario,
    time: new Date().toISOString(),
    commit: git("rev-parse", "HEAD"),
    isClean: git("status", "--porcelain") === "",
    versions: process.versions,
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      system: `${platform()} ${release()} ${arch()}`
    },
    load: { before: loadBefore, after: loadavg() },
    results
  }
  const folder = join(import.meta.dirname, "results")
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, `${scenario}-${record.time.replaceAll(":", "")}.json`),
    `${JSON.stringify(record, null, 2)}\n`
  )
}

function git(...args: readonly string[]): string | undefined {
  try {
    const cwd = import.meta.dirname
    return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  } catch {
    return undefined
  }
}

function figuresOf(costs: readonly Cost[], lines: number): SideFigures {
  const peaks = costs.flatMap(({ peakAnonMb }) => (peakAnonMb === undefined ? [] : [peakAnonMb]))
  return {
    linesPerSecond: spreadOf(costs.map(({ wallMs }) => (lines * 1000) / wallMs)),
    cpuMicrosPerLine: spreadOf(costs.map(({ cpuMs }) => (cpuMs * 1000) / lines)),
    peakAnonMb: peaks.length === 0 ? undefined : Math.max(...peaks)
  }
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

const shown = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`

const micros = (ms: number, lines: number): string => `${((ms * 1000) / lines).toFixed(2)} µs`
