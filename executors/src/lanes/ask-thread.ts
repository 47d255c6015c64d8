// One question to a thread of its own: the signature of a JavaScript entry. The thread is gone when it is answered.

import {
  type DescribeContext,
  type EntryDescription,
  type FlowPlan,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { Piscina } from "piscina"
import type { Described, DescribeTask } from "../javascript/describe-entry.ts"
import type { LaneOptions } from "./lane-options.ts"
import { resolveEnvironment } from "./resolve-environment.ts"
import { ownWorkerUrl } from "./worker-url.ts"

/**
 * @throws {ToolLoadFailure} for a file that does not load, or an entry that cannot be called
 * @throws the signal's reason, when it is aborted
 */
export async function askThread(
  plan: FlowPlan,
  { connections, signal }: DescribeContext,
  { workerUrl = ownWorkerUrl }: LaneOptions
): Promise<EntryDescription> {
  const environment = await resolveEnvironment(plan.environmentVariables, connections)
  const pool = new Piscina({
    filename: String(workerUrl),
    minThreads: 1,
    maxThreads: 1,
    atomics: "disabled",
    recordTiming: false,
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
    env: { ...process.env, ...environment }
  })
  try {
    const task: DescribeTask = { describe: plan }
    const answer = (await pool.run(task, { signal })) as Described
    if ("record" in answer) throw new ToolLoadFailure(answer.record)
    return answer.description
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    await pool.destroy()
  }
}
