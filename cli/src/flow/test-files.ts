// What `flow test` leaves under `<flow>/.promptflow/`: details, output and log, in promptflow's files.

import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { FlowPlan, FlowTestResult } from "@throughline/core"
import { withImageFiles } from "../run-folder/image-files.ts"
import { prettyJson } from "../run-folder/json-text.ts"
import { lineLog, logLine, printed } from "../run-folder/log-line.ts"
import { aggregationNodeRun, flowRun, type NodeRunFacts, nodeRun, nodeRunId } from "../run-folder/run-records.ts"

/** The log of the test, which is also shown while there is no result to spoil. */
export function testLog({ kind }: FlowPlan, result: FlowTestResult, runId: string): readonly string[] {
  const isEntry = kind !== "dag"
  const nodes = nodeFacts(result, runId).map((node) => ({ ...node, name: node.node, isEntry, runId: nodeRunId(node) }))
  const failure = result.error === undefined ? undefined : { atMs: result.endMs, error: result.error }
  const aggregation = result.aggregation.nodes.flatMap(({ node, startMs, endMs, logs, error }) => [
    logLine(startMs, "execution.flow", "INFO", `Executing node ${node}. node run id: ${runId}_${node}_reduce`),
    ...printed(node, undefined, logs, endMs),
    error === undefined
      ? logLine(endMs, "execution.flow", "INFO", `Node ${node} completes.`)
      : logLine(endMs, "execution", "ERROR", `Node ${node} failed. Exception: ${error.message}.`)
  ])
  return [...lineLog(0, nodes, failure), ...aggregation]
}

/**
 * @param stem `flow`, or `flow-<node>-<variant>`
 * @throws when the folder cannot be written to
 */
export function writeTestFiles(
  plan: FlowPlan,
  result: FlowTestResult,
  runId: string,
  stem: string,
  log: readonly string[]
): void {
  const folder = join(plan.workingDir, ".promptflow")
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), prettyJson(value, 2))
  const output = result.status === "Completed" ? outputWithFiles(result, plan) : null
  const tokens = { prompt: 0, completion: 0, total: 0 }
  for (const node of [...result.nodes, ...result.aggregation.nodes]) {
    tokens.prompt += node.tokens?.prompt ?? 0
    tokens.completion += node.tokens?.completion ?? 0
    tokens.total += node.tokens?.total ?? 0
  }
  const { status, inputs = {}, error, startMs, endMs } = result
  mkdirSync(folder, { recursive: true })
  const shown = <A>(value: A): A =>
    withImageFiles(value, plan, join(folder, "intermediate"), ".promptflow/intermediate")
  write(`${stem}.detail.json`, {
    flow_runs: [
      flowRun({
        rootRunId: runId,
        flowId: plan.flowId,
        lineNumber: 0,
        status,
        inputs: shown(inputs),
        output,
        result: output,
        error,
        startMs,
        endMs,
        tokens
      })
    ],
    node_runs: [
      ...(plan.kind === "dag" ? nodeFacts(result, runId).map((node) => shown(nodeRun(node))) : []),
      ...result.aggregation.nodes.map((node) => aggregationNodeRun(runId, node, {}))
    ]
  })
  writeFileSync(join(folder, "flow.log"), log.length === 0 ? "" : `${log.join("\n")}\n`)
  if (output === null) rmSync(join(folder, `${stem}.output.json`), { force: true })
  else write(`${stem}.output.json`, output)
  if (Object.keys(result.aggregation.metrics).length > 0) write(`${stem}.metrics.json`, result.aggregation.metrics)
}

/** The files of a node that was tested alone. @throws when the folder cannot be written to */
export function writeNodeTestFiles(
  plan: FlowPlan,
  result: FlowTestResult,
  runId: string,
  node: string,
  log: readonly string[]
): void {
  const folder = join(plan.workingDir, ".promptflow")
  const shown = <A>(value: A): A =>
    withImageFiles(value, plan, join(folder, "intermediate"), ".promptflow/intermediate")
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), prettyJson(value, 2))
  mkdirSync(folder, { recursive: true })
  write(`${node}.node.detail.json`, {
    flow_runs: [],
    node_runs: nodeFacts(result, runId).map((facts) => shown(nodeRun(facts)))
  })
  writeFileSync(join(folder, `${node}.node.log`), log.length === 0 ? "" : `${log.join("\n")}\n`)
  if (result.status === "Completed") write(`${node}.node.output.json`, nodeOutputWithFiles(result, plan))
  else rmSync(join(folder, `${node}.node.output.json`), { force: true })
}

/** The same of a node that was tested alone. */
export const nodeOutputWithFiles = ({ nodes: [node] }: FlowTestResult, plan: FlowPlan) =>
  withImageFiles(node?.exactOutput ?? null, plan, join(plan.workingDir, OUTPUTS), OUTPUTS)

/** The output with its images under `.promptflow/output`, relative to the flow's folder. */
export const outputWithFiles = ({ exactOutput }: FlowTestResult, plan: FlowPlan) =>
  withImageFiles(exactOutput, plan, join(plan.workingDir, OUTPUTS), OUTPUTS)

const OUTPUTS = ".promptflow/output"

const nodeFacts = ({ nodes }: FlowTestResult, rootRunId: string): readonly NodeRunFacts[] =>
  nodes.map(({ node, status, inputs, exactOutput: output, error, startMs, endMs, logs, tokens }) => ({
    node,
    rootRunId,
    lineNumber: 0,
    status,
    inputs,
    output,
    result: output,
    error,
    startMs,
    endMs,
    logs,
    tokens
  }))
