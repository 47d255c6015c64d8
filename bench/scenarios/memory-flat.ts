// Question: does a run's memory stay flat, however many lines there are, however large the outputs, however slow the host,
// and when the first line holds back all others?
// Not measured: mapped pages of the journal (the system may take them back), processes of other languages, more threads.
// Command: npm run bench -- memory-flat [--quick]; Linux only, as it reads RssAnon.

import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { MEMORY_VARIANTS, type MemoryReport, type MemorySample, type MemoryVariant } from "../memory/variants.ts"
import { TempFolder } from "../temp-folder.ts"
import { writeDagData, writeDagFlow } from "../workloads/dag-flow.ts"

const PEAK_MB = 300
const SLOPE_MB_PER_MILLION = 5
/** The host's own young generation; left to itself it grows in steps of 32 MB to 96 MB, whatever the host does. */
const HOST_OPTIONS = ["--max-semi-space-size=8"]

export interface MemoryOutcome {
  readonly variant: string
  readonly lines: number
  readonly linesPerSecond: number
  readonly peakMb: number
  /** Megabytes per million lines, fitted to the samples after the first third of the lines. */
  readonly slopeMb: number
  readonly isReached: boolean
  readonly samples: readonly MemorySample[]
}

export async function memoryFlat({ isQuick }: { readonly isQuick: boolean }): Promise<readonly MemoryOutcome[]> {
  if (process.platform !== "linux") throw new Error("memory-flat reads /proc/self/status, which only Linux has")
  console.log(
    "\nmemory-flat: does anonymous memory stay flat? Not measured: mapped files, other languages, more than two threads"
  )
  const outcomes: MemoryOutcome[] = []
  for (const variant of MEMORY_VARIANTS) {
    const outcome = outcomeOf(
      variant,
      await runAlone(variant, isQuick ? Math.ceil(variant.lines / 10) : variant.lines),
      isQuick
    )
    outcomes.push(outcome)
    console.log(
      `  ${variant.name.padEnd(14)} ${variant.about}: ${outcome.lines} lines, ${Math.round(outcome.linesPerSecond)} lines/s, ` +
        `peak ${Math.round(outcome.peakMb)} MB (target ${PEAK_MB})` +
        `${variant.isSlopeGated && !isQuick ? `, ${outcome.slopeMb.toFixed(1)} MB per million lines (target ${SLOPE_MB_PER_MILLION})` : ""}: ${outcome.isReached ? "reached" : "missed"}`
    )
  }
  return outcomes
}

async function runAlone(variant: MemoryVariant, lines: number): Promise<MemoryReport> {
  using folder = new TempFolder()
  const { outputBytes, holdFirstMs } = variant
  writeDagData(folder.path, lines)
  writeDagFlow(folder.path, {
    ...(outputBytes === undefined ? {} : { outputBytes }),
    ...(holdFirstMs === undefined ? {} : { holdFirstMs })
  })
  const file = join(import.meta.dirname, "../memory/run-variant.ts")
  const args = [...HOST_OPTIONS, file, variant.name, String(lines), folder.path]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as MemoryReport
}

/** In a quick run there are too few lines after the start for a slope: the peak alone counts. */
function outcomeOf(
  variant: MemoryVariant,
  { lines, wallMs, peakMb, samples }: MemoryReport,
  isQuick: boolean
): MemoryOutcome {
  const slopeMb = slopeOf(samples.filter((sample) => sample.lines > lines / 3)) * 1e6
  const isFlat = isQuick || !variant.isSlopeGated || slopeMb < SLOPE_MB_PER_MILLION
  return {
    variant: variant.name,
    lines,
    linesPerSecond: (lines * 1000) / wallMs,
    peakMb,
    slopeMb,
    isReached: peakMb < PEAK_MB && isFlat,
    samples
  }
}

/** Least squares: megabytes per line. */
function slopeOf(samples: readonly MemorySample[]): number {
  const { length } = samples
  const meanLines = samples.reduce((sum, { lines }) => sum + lines, 0) / length
  const meanMb = samples.reduce((sum, { anonMb }) => sum + anonMb, 0) / length
  let covariance = 0
  let variance = 0
  for (const { lines, anonMb } of samples) {
    covariance += (lines - meanLines) * (anonMb - meanMb)
    variance += (lines - meanLines) ** 2
  }
  return variance === 0 ? 0 : covariance / variance
}
