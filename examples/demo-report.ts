// What the demo shows: how far the run is, and what came of it. Text only; it asks nobody for anything.

import type { BatchResult, RunEvent, RunProgress } from "throughline"

const BAR_WIDTH = 30
const PLAIN_EVERY_MS = 1_000

/** A bar that is redrawn on a terminal; elsewhere a line now and then. */
export class ProgressView {
  readonly #out: NodeJS.WriteStream
  #last: RunProgress | undefined
  #toldMs = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case "Progress":
        this.#last = event.progress
        if (this.#out.isTTY) this.#out.write(`\r${barOf(event.progress)}\x1b[K`)
        else if (event.progress.elapsedMs - this.#toldMs >= PLAIN_EVERY_MS) this.#tellPlainly(event.progress)
        return
      case "LineFailed":
        this.#note(`line ${event.lineNumber} failed: ${event.error.message}`)
        return
      case "Warning":
        this.#note(event.message)
    }
  }

  end(): void {
    if (this.#last === undefined) return
    if (this.#out.isTTY) this.#out.write("\n")
    else if (this.#last.elapsedMs > this.#toldMs) this.#tellPlainly(this.#last)
  }

  #tellPlainly(progress: RunProgress): void {
    this.#toldMs = progress.elapsedMs
    this.#out.write(`${countsOf(progress)}\n`)
  }

  #note(text: string): void {
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`)
  }
}

function barOf(progress: RunProgress): string {
  const done = progress.completed + progress.failed
  const full = progress.total === 0 ? 0 : Math.round((BAR_WIDTH * done) / progress.total)
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}  ${countsOf(progress)}`
}

const countsOf = ({ completed, failed, total, linesPerSecond }: RunProgress): string =>
  `${count(completed + failed)} of ${count(total)} lines, ${count(linesPerSecond)} lines/s`

export interface Finished {
  readonly name: string
  readonly result: BatchResult
  readonly linesPerSecond: number
  /** The lines of output.jsonl. */
  readonly lines: readonly string[]
  readonly runDir: string
  readonly outputFile: string
  readonly home: string
}

export function reportOf({ name, result, linesPerSecond, lines, runDir, outputFile, home }: Finished): string {
  const { status, completed_lines, failed_lines, metrics, system_metrics } = result
  const command = (words: string) => `  THROUGHLINE_HOME=${home} npx throughline ${words} --name ${name}`
  return [
    "",
    `${status}: ${count(completed_lines)} lines completed, ${count(failed_lines)} failed, in ` +
      `${system_metrics.duration.toFixed(1)} s from start to metrics (lines alone: ${count(linesPerSecond)} a second)`,
    "",
    ...tableOf(metrics),
    "",
    "A graded film, a film without a rating, and one whose year lost its century:",
    ...samplesOf(lines).map((line) => `  ${line}`),
    "",
    `Output  ${outputFile}`,
    `Run     ${runDir}`,
    "",
    "Try next:",
    command("run show-metrics"),
    command("run show-details"),
    "  npx node examples/mixed-languages/main.ts"
  ].join("\n")
}

/** The metrics that stand for the whole run to the left; those of a decade or a genre (`name.group`) to the right. */
function tableOf(metrics: Readonly<Record<string, unknown>>): string[] {
  const rows = Object.entries(metrics).filter((row): row is [string, number] => typeof row[1] === "number")
  const isOfGroup = ([metric]: readonly [string, number]) => /^(accuracy|mean_absolute_error)\./.test(metric)
  const cells = (some: typeof rows) => {
    const width = Math.max(0, ...some.map(([metric]) => metric.length))
    return some.map(([metric, value]) => `${metric.padEnd(width)}  ${number(value).padStart(7)}`)
  }
  const left = cells(rows.filter((row) => !isOfGroup(row)))
  const right = cells(rows.filter(isOfGroup))
  const leftWidth = left[0]?.length ?? 0
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `  ${(left[i] ?? "").padEnd(leftWidth)}    ${right[i] ?? ""}`.trimEnd()
  )
}

function samplesOf(lines: readonly string[]): string[] {
  const first = (pattern: RegExp) => lines.find((line) => pattern.test(line))
  return [first(/"verdict"/), first(/"missing": "critics"/), first(/"Gone with the Wind"/)].filter(
    (line) => line !== undefined
  )
}

const count = (lines: number): string => Math.round(lines).toLocaleString("en-US")

const number = (value: number): string => (Number.isInteger(value) ? count(value) : value.toFixed(4))
