// `run create`: starts a run, shows how it goes, writes its folder, prints its object.

import { type BatchResult, type RunHandle, type RunSummary, type Runtime, WriteFailed } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { Interrupts } from "../command/interrupts.ts"
import { note, printJson } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"
import { LINES_WITH_FILES, writeRunFolder, writeSnapshot } from "../run-folder/write-run-folder.ts"
import { createRequest } from "./create-request.ts"
import { failureDigest } from "./failure-digest.ts"
import { chooseWatching, watchRun } from "./progress-view.ts"
import { runObject } from "./run-object.ts"
import { summaryBlock } from "./summary-block.ts"

/** Lines failed, and the caller asked for that to fail the command. */
const LINES_FAILED = 3

export async function run(args: Arguments): Promise<number> {
  const request = await createRequest(args)
  const isStream = args.has("--stream")
  await using runtime = await openRuntime()
  for (const { message, place } of runtime.checkFlow(request.flow, request.variant).warnings) {
    note(`warning: ${place.file}:${place.line}:${place.column}: ${message}`)
  }

  const started = runtime.run(request)
  using interrupts = new Interrupts(() => void started.cancel())
  const watching = watchRun(started, chooseWatching(args.text("--progress"), isStream))
  const copying = copyFlow(runtime, started).catch((error: Error) => note(`warning: ${error.message}`))
  const { result, error } = await outcome(started)
  await Promise.all([watching, copying])
  const summary = await findRun(runtime, started.name, error)

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
  return isTooMany(args, summary) ? LINES_FAILED : 0
}

/** The flow as it is when the run starts. */
async function copyFlow({ store }: Runtime, started: RunHandle): Promise<void> {
  for await (const event of started.events()) {
    if (event.type !== "RunStarted") continue
    const summary = await store.getRun(started.name)
    const folder = runFolderOf(store, summary.manifest)
    note(`Submitting run ${started.name}${folder === undefined ? "" : `, run folder: ${folder}`}`)
    if (folder === undefined) return
    return await writeSnapshot(store, summary, folder).catch((error: Error) => {
      note(`warning: the flow's folder could not be copied: ${error.message}`)
    })
  }
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

/** The run as it was recorded. One that ended before it was recorded has only its error. */
async function findRun(runtime: Runtime, name: string, error: unknown): Promise<RunSummary> {
  // A name that is taken belongs to another run.
  const { _tag } = (error ?? {}) as { readonly _tag?: unknown }
  if (_tag === "RunExists" || _tag === "RunLocked") throw error
  try {
    return await runtime.getRun(name)
  } catch (notFound) {
    throw error ?? notFound
  }
}

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
