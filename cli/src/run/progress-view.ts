// How a run is watched: a bar that is redrawn on a terminal, a plain line now and then anywhere else, or its log.
// All of it on stderr. Decides nothing about the run.

import type { RunEvent, RunHandle, RunProgress } from "@throughline/core"
import { note } from "../command/print.ts"
import { logLine } from "../run-folder/log-line.ts"

export type Watching = "bar" | "plain" | "log" | "none"

const PLAIN_EVERY_MS = 5_000
const PLAIN_EVERY_FRACTION = 0.1
const BAR_CELLS = 24

/** Shows the run's events until it has ended. Call it in the same turn as `run()`. */
export async function watchRun(run: RunHandle, how: Watching): Promise<void> {
  const view = how === "bar" ? new Bar() : how === "log" ? new Log(run.name) : new PlainLines(how === "none")
  for await (const event of run.events()) view.show(event)
  view.end()
}

/** The way that fits where stderr goes to. */
export function chooseWatching(asked: string | undefined, isStream: boolean): Watching {
  if (asked === "none") return "none"
  if (isStream) return "log"
  return asked === "plain" || process.stderr.isTTY !== true ? "plain" : "bar"
}

interface View {
  show(event: RunEvent): void
  end(): void
}

class Bar implements View {
  #isDrawn = false

  show(event: RunEvent): void {
    if (event.type === "Progress") {
      this.#draw(event.progress)
    } else if (event.type === "Warning") {
      this.end()
      note(`warning: ${event.message}`)
    } else if (event.type === "AggregationStarted") {
      this.end()
      note(`aggregating: ${event.nodes.join(", ")}`)
    }
  }

  end(): void {
    if (this.#isDrawn) process.stderr.write("\r\u001b[K")
    this.#isDrawn = false
  }

  #draw(progress: RunProgress): void {
    const fraction = fractionOf(progress)
    const filled = Math.round((fraction ?? 0) * BAR_CELLS)
    const bar = fraction === undefined ? "" : `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)} `
    const width = (process.stderr.columns ?? 80) - 1
    process.stderr.write(`\r\u001b[K${`${bar}${describeProgress(progress)}`.slice(0, width)}`)
    this.#isDrawn = true
  }
}

class PlainLines implements View {
  readonly #isQuiet: boolean
  #toldMs = 0
  #toldFraction = 0
  #told = ""

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet
  }

  show(event: RunEvent): void {
    if (event.type === "Warning") note(`warning: ${event.message}`)
    if (event.type !== "Progress" || this.#isQuiet) return
    const { progress } = event
    const fraction = fractionOf(progress) ?? 0
    const isDue =
      progress.elapsedMs - this.#toldMs >= PLAIN_EVERY_MS || fraction - this.#toldFraction >= PLAIN_EVERY_FRACTION
    const text = describeProgress(progress)
    if (!isDue || text === this.#told) return
    this.#told = text
    this.#toldMs = progress.elapsedMs
    this.#toldFraction = fraction
    note(text)
  }

  end(): void {}
}

/** The run's log, as it grows. */
class Log implements View {
  readonly #name: string
  #told = -1

  constructor(name: string) {
    this.#name = name
  }

  show(event: RunEvent): void {
    const line = this.#lineOf(event)
    if (line !== undefined) note(line)
  }

  end(): void {}

  #lineOf(event: RunEvent): string | undefined {
    const say = (message: string) => logLine(Date.now(), "execution.bulk", "INFO", message)
    switch (event.type) {
      case "RunStarted":
        return say(`Run ${this.#name} started.`)
      case "Progress": {
        const { completed, failed, total, isTotalKnown } = event.progress
        if (completed + failed === this.#told) return undefined
        this.#told = completed + failed
        return say(`Finished ${completed + failed} / ${total}${isTotalKnown ? "" : "+"} lines.`)
      }
      case "LineFailed":
        return logLine(Date.now(), "execution", "ERROR", `Line ${event.lineNumber} failed. ${event.error.message}`)
      case "Warning":
        return logLine(Date.now(), "execution.bulk", "WARNING", event.message)
      case "AggregationStarted":
        return say(`Executing aggregation nodes ${event.nodes.join(", ")}.`)
      case "RunEnded":
        return say(`Run ${this.#name} ended: ${event.status}.`)
    }
  }
}

/** How much is done, 0 to 1: by lines where their number is known, else by how much of the data was read. */
function fractionOf({ completed, failed, total, isTotalKnown, readFraction }: RunProgress): number | undefined {
  if (isTotalKnown) return total === 0 ? 1 : (completed + failed) / total
  return readFraction === undefined || total === 0 ? undefined : (readFraction * (completed + failed)) / total
}

/** `1,234/10,000 lines (12 %), 356 lines/s, ETA 0:00:25, 5,678 tokens, 3 failed` */
function describeProgress(progress: RunProgress): string {
  const { completed, failed, total, isTotalKnown, totalTokens, linesPerSecond, elapsedMs } = progress
  const fraction = fractionOf(progress)
  const done = completed + failed
  const parts = [
    `${count(done)}/${isTotalKnown ? count(total) : "?"} lines${fraction === undefined ? "" : ` (${Math.floor(fraction * 100)} %)`}`,
    `${count(Number(linesPerSecond.toPrecision(3)))} lines/s`
  ]
  if (fraction !== undefined && fraction > 0 && fraction < 1) {
    parts.push(`ETA ${clock((elapsedMs * (1 - fraction)) / fraction)}`)
  }
  parts.push(`${count(totalTokens)} tokens`, `${count(failed)} failed`)
  return parts.join(", ")
}

const count = (value: number): string => value.toLocaleString("en-US")

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  const two = (value: number) => String(value).padStart(2, "0")
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
