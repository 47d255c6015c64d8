// A run's folder in promptflow's layout, written from the store: what its tools and its users' scripts read.
// `flow_outputs/output.jsonl` is not written here, it grew while the run went on.
//
// F1. The folder follows from the store alone: writing it again gives the same files.
// F2. Files for each line and node are for runs of up to 10,000 lines, unless they are asked for; the rest is written for
//     any run.
// F3. A line with unusable inputs has its files like any other.

import { existsSync, writeFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import {
  copyInclude,
  type FlowPlan,
  ForeignValue,
  type RunStore,
  type RunSummary,
  type Runtime
} from "@throughline/core"
import { aggregationInputs } from "./aggregation-inputs.ts"
import { exactMetrics } from "./exact-metrics.ts"
import { withImageFiles } from "./image-files.ts"
import { compactJson, spacedJson } from "./json-text.ts"
import { lineLog, logLine, printed } from "./log-line.ts"
import { runError } from "./promptflow-error.ts"
import { inputsWithNumber, readLines, type StoredLine } from "./read-lines.ts"
import { nineDigits, OUTPUTS, runFolderOf } from "./run-paths.ts"
import { aggregationNodeRun, flowRun, isoMicros, type NodeRunFacts, nodeRun, nodeRunId } from "./run-records.ts"
import { copySnapshot } from "./snapshot.ts"

/** Above this the files of single lines are left out. */
export const LINES_WITH_FILES = 10_000
/** Small files are written fastest one after the other; the host gets its turn after so many lines. */
const LINES_PER_TURN = 64

export interface RunFolderOptions {
  /** Where to; the run's own folder by default. */
  readonly folder?: string
  /** Files for each line and node. Default: for runs of up to 10,000 lines. */
  readonly hasLineFiles?: boolean
}

/**
 * Writes (or rewrites) a run's folder.
 *
 * @returns its path; `undefined` when the store has no place for folders
 * @throws {RunNotFound}
 */
export async function writeRunFolder(
  runtime: Runtime,
  name: string,
  options: RunFolderOptions = {}
): Promise<string | undefined> {
  const { store } = runtime
  const summary = await store.getRun(name)
  const { folder = runFolderOf(store, summary.manifest), hasLineFiles = summary.lines.total <= LINES_WITH_FILES } =
    options
  if (folder === undefined) return undefined
  for (const part of ["flow_artifacts", "flow_logs", OUTPUTS, "node_artifacts"]) {
    await mkdir(join(folder, part), { recursive: true })
  }
  const error = await runError(store, summary)
  await writeFile(join(folder, "meta.json"), '{"batch_size": 1}')
  if (error !== undefined) await writeFile(join(folder, "error.json"), spacedJson(error))
  await writeSnapshot(store, summary, folder)
  const lineLogs = hasLineFiles ? await writeLines(store, summary, folder) : []
  await writeAggregation(store, summary, folder)
  await writeFile(
    join(folder, "logs.txt"),
    `${runLog(summary, lineLogs, await aggregationLog(store, summary)).join("\n")}\n`
  )
  return folder
}

/** Copies the flow's folder, unless that was done when the run started: the flow may have changed since. */
export async function writeSnapshot(store: RunStore, { manifest }: RunSummary, folder: string): Promise<void> {
  const { workingDir, includes = [] } = manifest.plan
  const snapshot = join(folder, "snapshot")
  if (existsSync(snapshot) || !existsSync(workingDir)) return
  await copySnapshot(workingDir, snapshot, store.runsDir === undefined ? folder : dirname(store.runsDir))
  for (const include of includes) await copyInclude(include, snapshot)
}

/** @returns what the lines leave in the run's log */
async function writeLines(store: RunStore, summary: RunSummary, folder: string): Promise<readonly string[]> {
  const { manifest } = summary
  for (const node of shownNodes(manifest.plan)) {
    if (!node.aggregation && summary.lines.total > 0)
      await mkdir(join(folder, "node_artifacts", node.name), { recursive: true })
  }
  let count = 0
  let inputs: string[] = []
  let outputs: string[] = []
  const writeRows = async (flag: "w" | "a") => {
    await writeFile(join(folder, "inputs.jsonl"), inputs.join(""), { flag })
    await writeFile(join(folder, "outputs.jsonl"), outputs.join(""), { flag })
    inputs = []
    outputs = []
  }
  const logs: string[] = []
  const flowArtifacts = join(folder, "flow_artifacts")
  const shown = <A>(value: A): A => withImageFiles(value, manifest.plan, flowArtifacts)
  for await (const line of readLines(store, manifest.name)) {
    const { record, output } = line
    inputs.push(`${compactJson(shown(inputsWithNumber(line)))}\n`)
    if (record.status === "Completed") {
      outputs.push(`${compactJson({ ...shown(output), line_number: record.lineNumber })}\n`)
    }
    if (record.error !== undefined) logs.push(...failureLog(line))
    writeLine(summary, line, folder)
    if (++count % LINES_PER_TURN !== 0) continue
    await writeRows(count === LINES_PER_TURN ? "w" : "a")
    await nextTurn()
  }
  if (inputs.length > 0) await writeRows(count < LINES_PER_TURN ? "w" : "a")
  return logs
}

function writeLine({ manifest }: RunSummary, line: StoredLine, folder: string): void {
  const { name, plan } = manifest
  const { record, output } = line
  const { lineNumber, status, startMs, endMs, error } = record
  const nodes = nodeFacts(name, line, (index) => plan.nodes[index]?.name ?? String(index))
  const tokens = { prompt: 0, completion: 0, total: 0 }
  for (const node of record.nodes) {
    tokens.prompt += node.tokens?.prompt ?? 0
    tokens.completion += node.tokens?.completion ?? 0
    tokens.total += node.tokens?.total ?? 0
  }
  const run_info = flowRun({
    rootRunId: name,
    flowId: plan.flowId,
    lineNumber,
    status,
    inputs: inputsWithNumber(line),
    output: status === "Completed" ? output : null,
    result: null,
    error,
    startMs,
    endMs,
    tokens
  })
  const times = { start_time: isoMicros(startMs), end_time: isoMicros(endMs) }
  const number = nineDigits(lineNumber)
  const flowArtifacts = join(folder, "flow_artifacts")
  writeFileSync(
    join(flowArtifacts, `${number}_${number}.jsonl`),
    spacedJson({
      line_number: lineNumber,
      run_info: withImageFiles(run_info, plan, flowArtifacts),
      ...times,
      name: "",
      description: "",
      status,
      tags: null
    })
  )
  for (const node of plan.kind === "dag" ? nodes : []) {
    const nodeArtifacts = join(folder, "node_artifacts", node.node)
    writeFileSync(
      join(nodeArtifacts, `${number}.jsonl`),
      nodeArtifact(node, lineNumber, withImageFiles(nodeRun(node), plan, nodeArtifacts))
    )
  }
  const isEntry = plan.kind !== "dag"
  const logged = nodes.map((node) => ({ ...node, name: node.node, isEntry, runId: nodeRunId(node) }))
  const log = lineLog(lineNumber, logged, error === undefined ? undefined : { atMs: endMs, error })
  writeFileSync(join(folder, "flow_logs", `${number}.log`), log.length === 0 ? "" : `${log.join("\n")}\n`)
}

/** The entry of a flex flow or a prompty is no node to a reader of the folder. */
const shownNodes = ({ kind, nodes }: FlowPlan): FlowPlan["nodes"] => (kind === "dag" ? nodes : [])

function nodeFacts(
  rootRunId: string,
  { record, nodeInputs }: StoredLine,
  nameOf: (index: number) => string
): readonly NodeRunFacts[] {
  return record.nodes.map(({ node, status, startMs, endMs, value, json, error, logs, tokens }, i) => ({
    node: nameOf(node),
    rootRunId,
    lineNumber: record.lineNumber,
    status,
    inputs: nodeInputs[i] ?? {},
    output: json === undefined ? (value ?? null) : new ForeignValue(json),
    result: null,
    error,
    startMs,
    endMs,
    logs,
    tokens
  }))
}

function nodeArtifact(
  { node, status, startMs, endMs }: Pick<NodeRunFacts, "node" | "status" | "startMs" | "endMs">,
  lineNumber: number | null,
  run_info: unknown
): string {
  const times = { start_time: isoMicros(startMs), end_time: isoMicros(endMs) }
  return spacedJson({ NodeName: node, line_number: lineNumber, run_info, ...times, status })
}

/** The aggregation nodes' files, and `metrics.json` of a run that got as far. */
async function writeAggregation(store: RunStore, summary: RunSummary, folder: string): Promise<void> {
  const { manifest, status } = summary
  if (status === "Completed") await writeFile(join(folder, "metrics.json"), spacedJson(exactMetrics(summary)))
  const replies = (await store.getEnding(manifest.name))?.aggregation ?? []
  if (replies.length === 0) return
  const inputs = await aggregationInputs(store, manifest, replies)
  for (const reply of replies) {
    await mkdir(join(folder, "node_artifacts", reply.node), { recursive: true })
    const run_info = aggregationNodeRun(manifest.name, reply, inputs.get(reply.node) ?? {})
    await writeFile(
      join(folder, "node_artifacts", reply.node, `${nineDigits(0)}.jsonl`),
      nodeArtifact(reply, null, run_info)
    )
  }
}

function failureLog({ record }: StoredLine): readonly string[] {
  const { lineNumber, endMs, error } = record
  return [logLine(endMs, "execution", "ERROR", `Line ${lineNumber} failed. ${error?.message ?? ""}`)]
}

async function aggregationLog(store: RunStore, { manifest }: RunSummary): Promise<readonly string[]> {
  const replies = (await store.getEnding(manifest.name))?.aggregation ?? []
  return replies.flatMap(({ node, startMs, endMs, logs, error }) => [
    logLine(startMs, "execution.bulk", "INFO", `Executing aggregation node ${node}.`),
    ...printed(node, undefined, logs, endMs),
    error === undefined
      ? logLine(endMs, "execution.bulk", "INFO", `Node ${node} completes.`)
      : logLine(endMs, "execution", "ERROR", `Node ${node} failed. Exception: ${error.message}.`)
  ])
}

function runLog(summary: RunSummary, lines: readonly string[], aggregation: readonly string[]): readonly string[] {
  const { manifest, startTime, endTime, status, error } = summary
  const { total, completed, failed } = summary.lines
  const startMs = Date.parse(startTime ?? manifest.createdOn)
  const endMs = endTime === undefined ? startMs : Date.parse(endTime)
  const ended =
    status === "Failed" && error !== undefined
      ? [logLine(endMs, "execution.bulk", "ERROR", `Run ${manifest.name} failed: ${error.message}`)]
      : [logLine(endMs, "execution.bulk", "INFO", `Run ${manifest.name} ended: ${status}.`)]
  const failures = failed === 0 ? [] : [logLine(endMs, "execution", "ERROR", `${failed}/${total} flow run failed.`)]
  return [
    logLine(startMs, "execution.bulk", "INFO", `Run ${manifest.name} started with ${manifest.workers} workers.`),
    ...lines,
    logLine(endMs, "execution.bulk", "INFO", `Finished ${completed + failed} / ${total} lines.`),
    ...failures,
    ...aggregation,
    ...ended
  ]
}
