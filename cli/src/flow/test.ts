// `flow test`: one line of a flow. Its output goes to stdout, what its tools printed to stderr.

import { randomUUID } from "node:crypto"
import type { ErrorRecord, FlowPlan, FlowTestResult } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { connectionsOf } from "../command/connections-file.ts"
import { defined } from "../command/defined.ts"
import { readEnvironment } from "../command/environment.ts"
import { note, printResult } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { placeOf } from "../run/failure-digest.ts"
import { prettyJson } from "../run-folder/json-text.ts"
import { chat } from "./chat.ts"
import { flowPath, initOf } from "./flow-path.ts"
import { nodeOutputWithFiles, outputWithFiles, testLog, writeNodeTestFiles, writeTestFiles } from "./test-files.ts"
import { testInputs } from "./test-inputs.ts"
import { checkVariant } from "./variant.ts"

const LINE_TIMEOUT_SEC = 600

export async function run(args: Arguments): Promise<number> {
  const chosen = checkVariant(args.text("--variant"))
  const variant = args.text("--variant")
  const flow = flowPath(args.needed("--flow"))
  await using runtime = await openRuntime(connectionsOf(args))
  const overrides = defined({ variant, environmentVariables: readEnvironment(args) })
  const plan = await runtime.describeFlow(flow, overrides)
  for (const { message, place } of plan.warnings)
    note(`warning: ${place.file}:${place.line}:${place.column}: ${message}`)

  const node = args.text("--node")
  const settings = {
    flow,
    ...defined({ node }),
    lineTimeoutMs: Math.ceil((args.number("--line-timeout") ?? LINE_TIMEOUT_SEC) * 1000),
    onWarning: (message: string) => note(`warning: ${message}`),
    init: initOf(args),
    ...overrides
  }
  if (args.has("--interactive")) {
    return await chat(
      plan,
      () => testInputs(args, plan),
      async (inputs) => {
        const result = await runtime.test({ ...settings, inputs })
        refuseFailed(result, plan)
        writeFiles(() => writeTestFiles(plan, result, randomUUID(), "chat", []))
        return result
      }
    )
  }
  const result = await runtime.test({ ...settings, inputs: testInputs(args, plan) })
  const runId = randomUUID()
  const log = testLog(plan, result, runId)
  for (const line of log) note(line)
  writeFiles(() => {
    if (node !== undefined) return writeNodeTestFiles(plan, result, runId, node, log)
    const stem = chosen === undefined ? "flow" : `flow-${chosen.node}-${chosen.variant}`
    writeTestFiles(plan, result, runId, stem, log)
  })
  refuseFailed(result, plan)
  // What an entry returned is shown as it is: a text without quotes, as promptflow prints it.
  const [entry] = plan.kind === "dag" ? [] : result.nodes
  if (node !== undefined) await printResult(prettyJson(nodeOutputWithFiles(result, plan)))
  else if (typeof entry?.output === "string") await printResult(entry.output)
  else await printResult(prettyJson(entry === undefined ? outputWithFiles(result, plan) : entry.exactOutput))
  return 0
}

/** Writes the test's files; that they cannot be written spoils no test. */
function writeFiles(write: () => void): void {
  try {
    write()
  } catch (error) {
    note(`warning: the files of the test could not be written: ${(error as Error).message}`)
  }
}

/** @throws {CommandError} with what failed, in a line or an aggregation node */
function refuseFailed(result: FlowTestResult, { workingDir }: FlowPlan): void {
  const failed = result.aggregation.nodes.find((node) => node.error !== undefined)
  const error = result.error ?? failed?.error
  if (result.status === "Completed" && error === undefined) return
  throw new CommandError(
    error === undefined ? `The test was ${result.status.toLowerCase()}.` : describe(error, workingDir)
  )
}

function describe(error: ErrorRecord, workingDir: string): string {
  const place = placeOf(error, workingDir)
  return `${place === undefined ? "" : `${place}: `}${error.message}${error.hint === undefined ? "" : `\n    ${error.hint}`}`
}
