// promptflow's summary of a run, as `--stream` and `run stream` show it.

import type { RunStore, RunSummary } from "@throughline/core"
import { runFolderOf } from "../run-folder/run-paths.ts"

export function summaryBlock(store: RunStore, { manifest, status, startTime, systemMetrics }: RunSummary): string {
  const start = (startTime ?? manifest.createdOn).replace("T", " ").replace(/Z$/, "+00:00")
  return [
    "======= Run Summary =======",
    "",
    `Run name: "${manifest.name}"`,
    `Run status: "${status}"`,
    `Start time: "${start}"`,
    `Duration: "${pythonDuration(systemMetrics.duration)}"`,
    `Output path: "${runFolderOf(store, manifest) ?? ""}"`,
    ""
  ].join("\n")
}

/** `0:00:07.166960` */
function pythonDuration(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (value: number) => String(value).padStart(2, "0")
  const micros = Math.round((seconds - whole) * 1e6)
  const fraction = micros === 0 ? "" : `.${String(micros).padStart(6, "0")}`
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${fraction}`
}
