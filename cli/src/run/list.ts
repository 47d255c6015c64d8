// `run list`.

import type { RunSummary } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { printJson, printResult } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { gridTable } from "./grid-table.ts"
import { maxResults } from "./max-results.ts"
import { runObject } from "./run-object.ts"

const LISTED = 50

export async function run(args: Arguments): Promise<number> {
  const isArchivedOnly = args.has("--archived-only")
  const includesArchived = args.has("--include-archived")
  if (isArchivedOnly && includesArchived)
    throw new CommandError("Cannot provide both archived-only and include-archived.")
  const most = maxResults(args, LISTED)
  await using runtime = await openRuntime()
  const runs = (await runtime.listRuns())
    .filter(({ isArchived }) => includesArchived || isArchived === isArchivedOnly)
    .slice(0, most)
  if (args.text("--output") === "table") {
    await printResult(runs.length === 0 ? "No runs." : table(runs))
  } else {
    const objects: unknown[] = []
    for (const summary of runs) objects.push(await runObject(runtime.store, summary, "list"))
    await printJson(objects)
  }
  return 0
}

function table(runs: readonly RunSummary[]): string {
  const rows = runs.map(({ manifest, status, lines, startTime, systemMetrics }) => [
    manifest.name,
    status,
    `${lines.completed}/${lines.total}`,
    String(lines.failed),
    (startTime ?? manifest.createdOn).replace("T", " ").slice(0, 19),
    systemMetrics.duration.toFixed(1),
    manifest.displayName === manifest.name ? "" : manifest.displayName
  ])
  return gridTable(["name", "status", "completed", "failed", "started (UTC)", "seconds", "display name"], rows)
}
