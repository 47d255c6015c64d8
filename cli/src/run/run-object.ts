// A run as promptflow prints it: its keys, in its order, and after them our `lines`.

import { basename } from "node:path"
import type { RunStore, RunSummary } from "@throughline/core"
import { runError } from "../run-folder/promptflow-error.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"

/** `error` of a listed run has no details. */
export async function runObject(
  store: RunStore,
  summary: RunSummary,
  detail: "full" | "list" = "full"
): Promise<Record<string, unknown>> {
  const { manifest, status, lines, systemMetrics } = summary
  const { name, createdOn, displayName, description, tags, plan, variant, columnMapping, data, outputDir } = manifest
  const folder = runFolderOf(store, manifest)
  const error = await runError(store, summary, detail)
  const { total_tokens, prompt_tokens, completion_tokens, duration } = systemMetrics
  return {
    name,
    created_on: createdOn,
    status,
    display_name: displayName,
    description: description ?? null,
    tags: Object.keys(tags).length === 0 ? null : tags,
    properties: {
      flow_path: plan.workingDir,
      output_path: folder ?? null,
      ...(manifest.upstream === undefined ? {} : { run: manifest.upstream }),
      ...(variant === undefined ? {} : { node_variant: variant }),
      ...(manifest.resumeFrom === undefined ? {} : { resume_from: manifest.resumeFrom }),
      ...(Object.keys(columnMapping).length === 0 ? {} : { column_mapping: columnMapping }),
      system_metrics: status === "Failed" ? {} : { total_tokens, prompt_tokens, completion_tokens, duration }
    },
    flow_name: basename(plan.workingDir),
    data: data.data ?? null,
    output: outputDir ?? null,
    ...(error === undefined ? {} : { error }),
    lines: { total: lines.total, completed: lines.completed, failed: lines.failed }
  }
}
