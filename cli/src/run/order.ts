// What a command tells a run that goes on in another process: pause, cancel, tune. Each waits until it is done.

import { setTimeout as sleep } from "node:timers/promises"
import type { RunOrder, RunStatus, Runtime } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { runObject } from "./run-object.ts"

const LOOK_EVERY_MS = 100

/** Gives the order, waits for the status that it leads to, and prints the run. */
export async function order(
  args: Arguments,
  given: RunOrder,
  isDone: (status: RunStatus) => boolean = () => true
): Promise<number> {
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  await runtime.giveOrder(name, given)
  return await showAfter(runtime, name, isDone)
}

/** Prints the run's object once its status is as it should be. */
export async function showAfter(
  runtime: Runtime,
  name: string,
  isDone: (status: RunStatus) => boolean
): Promise<number> {
  let summary = await runtime.getRun(name)
  while (!isDone(summary.status)) {
    await sleep(LOOK_EVERY_MS)
    summary = await runtime.getRun(name)
  }
  await printJson(await runObject(runtime.store, summary))
  return 0
}

const GOING_ON: ReadonlySet<RunStatus> = new Set<RunStatus>(["NotStarted", "Queued", "Running", "Paused"])

export const hasEnded = (status: RunStatus): boolean => !GOING_ON.has(status)
