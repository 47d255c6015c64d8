// What the command does while a run goes on, and after: shows how it goes, writes its folder, prints its object, and
// chooses the exit code. The same for a new run and for one that is taken up again.

import { type BatchResult, type RunHandle, type RunSummary, type Runtime, WriteFailed } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { Interrupts } from "../command/interrupts.ts"
import { note, printJson } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"
import { LINES_WITH_FILES, writeRunFolder, writeSnapshot } from "../run-folder/write-run-folder.ts"
import { failureDigest } from "./failure-digest.ts"
import { chooseWatching, watchRun } from "./progress-view.ts"
import { runObject } from "./run-object.ts"
import { summaryBlock } from "./summary-block.ts"

/** Lines failed, and the caller asked for that to fail the command. */
const LINES_FAILED = 3
/** What lines in flight get after SIGTERM: systems wait longer before they kill. */
const TERM_GRACE_MS = 20_000

/** Call it in the same turn in which the run was started. */
export async function attendRun(args: Arguments, runtime: Runtime, started: RunHandle): Promise<number> {
  const isStream = args.has("--stream")
  using interrupts = new Interrupts((code) => {
    const grace = args.number("--grace")
    void (code === 130 ? started.cancel() : started.interrupt(grace === undefined ? TERM_GRACE_MS : grace * 1000))
  })
  const watching = watchRun(started, chooseWatching(args.text("--progress"), isStream))
  const copying = copyFlow(runtime, started)
  const { result, error } = await outcome(started)
  const [hasBegun] = await Promise.all([copying, watching])
  // What ended it before it began (a name that is taken, say) is not about a run of ours.
  if (!hasBegun) throw error
  const summary = await runtime.getRun(started.name)

  const folderError = await writeRunFolder(runtime, started.name).then(
    () => undefined,
    (cause: unknown) => new WriteFailed({ path: `the files of run '${started.name}'`, cause })
  )
  if (isStream) note(summaryBlock(runtime.store, summary))
  else note(finalLine(summary))
  if (summary.lines.total > LINES_WITH_FILES) {
    note(`The files of single lines are left out: the run has more than ${LINES_WITH_FILES.toLocaleString("en-US")}.`)
  }
  if (result !== undefined) {
    for (const line of failureDigest(
      result,
      summary.manifest.plan.workingDir,
      runFolderOf(runtime.store, summary.manifest)
    ))
      note(line)
  }
  await printJson(await runObject(runtime.store, summary))
  if (error !== undefined || folderError !== undefined) throw error ?? folderError
  if (interrupts.exitCode !== undefined) return interrupts.exitCode
  if (summary.status === "Failed") throw new CommandError(summary.error?.message ?? `Run '${started.name}' failed.`)
  if (summary.status !== "Completed") throw new CommandError(`Run '${started.name}' is ${summary.status}.`)
  return isTooMany(args, summary) ? LINES_FAILED : 0
}

/** Copies the flow as it is when the run starts. Resolves when that is done, with whether it started at all. */
async function copyFlow({ store }: Runtime, started: RunHandle): Promise<boolean> {
  for await (const event of started.events()) {
    if (event.type !== "RunStarted") continue
    try {
      const summary = await store.getRun(started.name)
      const folder = runFolderOf(store, summary.manifest)
      note(`Submitting run ${started.name}${folder === undefined ? "" : `, run folder: ${folder}`}`)
      if (folder !== undefined) await writeSnapshot(store, summary, folder)
    } catch (error) {
      note(`warning: the flow's folder could not be copied: ${(error as Error).message}`)
    }
    return true
  }
  return false
}

interface Outcome {
  readonly result?: BatchResult
  readonly error?: unknown
}

const outcome = (run: RunHandle): Promise<Outcome> =>
  run.result().then(
    (result) => ({ result }),
    (error: unknown) => ({ error })
  )

function finalLine({ manifest, status, lines, systemMetrics }: RunSummary): string {
  const { duration, total_tokens } = systemMetrics
  const rate =
    duration > 0 ? `, ${Number((lines.total / duration).toPrecision(3)).toLocaleString("en-US")} lines/s` : ""
  return (
    `Run ${manifest.name}: ${status}, ${lines.completed} completed, ${lines.failed} failed of ${lines.total} lines ` +
    `in ${duration.toFixed(1)} s${rate}, ${total_tokens} tokens`
  )
}

/** `--fail-on-line-error`: one failed line, or so many, or such a part of them. */
function isTooMany(args: Arguments, { lines }: RunSummary): boolean {
  if (!args.has("--fail-on-line-error") || lines.failed === 0) return false
  const limit = args.text("--fail-on-line-error") ?? "1"
  if (!limit.endsWith("%")) return lines.failed >= Number(limit)
  return (lines.failed * 100) / lines.total >= Number(limit.slice(0, -1))
}
