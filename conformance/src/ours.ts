// Runs a job through Throughline's public API and reduces what came of it to an outcome.

import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pythonJson } from "@throughline/core/data"
import {
  BatchEngine,
  type BatchResult,
  createRuntime,
  type ErrorRecord,
  InvalidFlow,
  javascript,
  type LineRecord,
  memory,
  python,
  type RunStore,
  readLines,
  toErrorRecord
} from "throughline"
import { withModels } from "./models.ts"
import { type Failure, type Job, type LineOutcome, type Outcome, withoutIds } from "./outcome.ts"

/** Asked once: a version manager's stand-in for `python3` takes longer to start than Python itself. */
const interpreter = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim()
const executors = [javascript(), python({ python: interpreter })]

/** The outcome of a job. Never rejects: what the engine refuses is an outcome too. */
export const runOurs = (job: Job): Promise<Outcome> => withModels(job, runOnce)

async function runOnce(job: Job): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"))
  try {
    if (job.node !== undefined) return await nodeAlone(job, job.node)
    return await (job.resume === true ? resumed(job, folder) : run(job, folder))
  } catch (error) {
    return { error: failureOf(error) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function run(job: Job, folder: string): Promise<Outcome> {
  let { data } = job
  const { connections = {} } = job
  await using runtime = await createRuntime({ executors, store: memory(), connections })
  const start = (asked: Job, name: string) =>
    runtime
      .run({
        flow: asked.flow,
        data,
        name,
        outputDir: join(folder, name),
        columnMapping: asked.mapping ?? {},
        workers: 1,
        lineTimeoutMs: (asked.lineTimeoutSec ?? 600) * 1000,
        raiseOnLineFailure: asked.raiseOnLineFailure ?? false,
        ...(asked.batchTimeoutSec === undefined ? {} : { batchTimeoutMs: asked.batchTimeoutSec * 1000 }),
        ...(asked.compat === undefined ? {} : { compat: asked.compat }),
        ...(asked.variant === undefined ? {} : { variant: asked.variant }),
        ...(asked.environment === undefined ? {} : { environmentVariables: asked.environment }),
        ...(asked.init === undefined ? {} : { init: asked.init }),
        ...(asked.maxLines === undefined ? {} : { maxLines: asked.maxLines })
      })
      .result()
  if (job.previous !== undefined) {
    const previous = { ...job, ...job.previous }
    data = previous.data
    await start(previous, "previous")
    data = { ...job.data, "run.inputs": previous.data.data!, "run.outputs": join(folder, "previous") }
  }
  return await outcomeOf(await start(job, "run"), runtime.store, join(folder, "run"))
}

async function resumed(job: Job, folder: string): Promise<Outcome> {
  const earlier = memory()
  const store = memory()
  const engine = (storage: RunStore) => new BatchEngine(job.flow, undefined, { storage, executors, workerCount: 1 })
  const options = { inputsMapping: job.mapping ?? {}, outputDir: join(folder, "run"), runId: "run" }
  try {
    const previous = { ...job, ...job.previous }
    await engine(earlier).run({
      inputsMapping: previous.mapping ?? {},
      inputDirs: previous.data,
      outputDir: join(folder, "previous"),
      runId: "previous"
    })
    const result = await engine(store).run({ ...options, inputDirs: job.data, resumeFromRunStorage: earlier })
    return await outcomeOf(result, store, join(folder, "run"))
  } finally {
    await Promise.all([earlier.close(), store.close()])
  }
}

async function nodeAlone(
  { flow, connections = {}, inputs = {}, nodeOutputs = {} }: Job,
  node: string
): Promise<Outcome> {
  await using runtime = await createRuntime({ executors, store: memory(), connections })
  const given = {
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`inputs.${name}`, value])),
    ...Object.fromEntries(Object.entries(nodeOutputs).map(([name, value]) => [`${name}.output`, value]))
  }
  const { status, error, nodes } = await runtime.test({ flow, node, inputs: given })
  if (error !== undefined) return { status, error: failure(error) }
  return { status, outputs: [pythonJson(nodes[0]?.exactOutput)] }
}

async function outcomeOf(result: BatchResult, store: RunStore, outputDir: string): Promise<Outcome> {
  const { manifest, metrics, metricTexts = {} } = await store.getRun("run")
  const lines: LineOutcome[] = []
  for await (const { record } of readLines(store, "run")) {
    const { kind, nodes } = manifest.plan
    // The entry of a flex flow or a prompty is no node to a user.
    lines.push(lineOutcome(kind === "dag" ? record : { ...record, nodes: [] }, (node) => nodes[node]!.name))
  }
  const { aggr_error_dict, batch_error_dict } = result.error_summary
  const failures = Object.entries(aggr_error_dict)
  return {
    status: result.status,
    lines: lines.sort((a, b) => a.line - b.line),
    outputs: outputsIn(outputDir),
    nodeStatus: sorted(result.node_status),
    metrics: sorted(
      Object.fromEntries(
        Object.entries(metrics).map(([key, value]) => [key, compact(metricTexts[key] ?? JSON.stringify(value))])
      )
    ),
    ...(failures.length === 0
      ? {}
      : { aggregation: sorted(Object.fromEntries(failures.map(([node, error]) => [node, failure(error)]))) }),
    ...(batch_error_dict === null ? {} : { error: failure(batch_error_dict) })
  }
}

function lineOutcome({ lineNumber, status, nodes, error }: LineRecord, nameOf: (node: number) => string): LineOutcome {
  return {
    line: lineNumber,
    status,
    nodes: sorted(Object.fromEntries(nodes.map(({ node, status }) => [nameOf(node), status]))),
    ...(error === undefined ? {} : { error: failure(error) })
  }
}

function outputsIn(folder: string): readonly string[] | null {
  const file = join(folder, "output.jsonl")
  if (!existsSync(file)) return null
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map(withoutIds)
}

/** JSON without the blanks between its parts, numbers as they were written. */
const compact = (json: string): string => json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1")

const sorted = <A>(values: Readonly<Record<string, A>>): Record<string, A> =>
  Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))

function failure(record: ErrorRecord): Failure {
  const codes = [record.code]
  for (let inner = record.innerError; inner !== null; inner = inner.innerError) codes.push(inner.code)
  const details = record.additionalInfo?.find(({ type }) => type.endsWith("ExecutionErrorDetails"))
  const cause = (details?.info as { readonly type?: string } | undefined)?.type
  return { codes, ...(cause === undefined ? {} : { cause }), message: record.message }
}

/** promptflow tells the first mistake of a flow file, ours tells all: the first stands for the flow. */
function failureOf(error: unknown): Failure {
  const record = toErrorRecord(error)
  if (record !== undefined) return failure(record)
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return { codes: ["SystemError", error instanceof InvalidFlow ? "InvalidFlow" : name], message }
}
