// `run stream`: follows a run, of this or of another process, to its end.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { RunStatus, RunSummary, Runtime } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { note, printJson } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { logLine } from "../run-folder/log-line.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"
import { runObject } from "./run-object.ts"
import { summaryBlock } from "./summary-block.ts"

const LOOK_EVERY_MS = 500
const GOING_ON: ReadonlySet<RunStatus> = new Set<RunStatus>([
  "NotStarted",
  "Queued",
  "Running",
  "Paused",
  "CancelRequested"
])

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  const summary = await follow(runtime, name)
  note(summaryBlock(runtime.store, summary))
  const { status, error } = summary
  if (status !== "Completed") {
    throw new CommandError(`Run '${name}' is ${status}${error === undefined ? "" : `: ${error.message}`}`)
  }
  await printJson(await runObject(runtime.store, summary))
  return 0
}

/** Shows how far the run is while it goes on, or the log of one that has ended. */
async function follow(runtime: Runtime, name: string): Promise<RunSummary> {
  let summary = await runtime.getRun(name)
  if (!GOING_ON.has(summary.status)) {
    const folder = runFolderOf(runtime.store, summary.manifest)
    const log = folder === undefined ? "" : await readFile(join(folder, "logs.txt"), "utf8").catch(() => "")
    if (log !== "") note(log.trimEnd())
    return summary
  }
  for (let told = -1; GOING_ON.has(summary.status); summary = await runtime.getRun(name)) {
    const { completed, failed } = summary.lines
    if (completed + failed !== told) {
      told = completed + failed
      note(logLine(Date.now(), "execution.bulk", "INFO", `Finished ${told} lines, ${failed} failed.`))
    }
    await sleep(LOOK_EVERY_MS)
  }
  return summary
}
