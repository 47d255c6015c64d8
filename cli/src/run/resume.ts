// `run resume`: goes on with a run, in place; with one that is paused, wherever it runs.

import type { Arguments } from "../command/arguments.ts"
import { connectionsOf } from "../command/connections-file.ts"
import { openRuntime } from "../open-runtime.ts"
import { attendRun } from "./attend-run.ts"
import { resumeRequest } from "./create-request.ts"
import { laneOptions } from "./lane-options.ts"
import { showAfter } from "./order.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  const request = resumeRequest(args)
  await using runtime = await openRuntime({ ...connectionsOf(args), ...laneOptions(args) })
  const { status } = await runtime.getRun(name)
  if (status === "Paused") {
    await runtime.giveOrder(name, { type: "continue" })
    return await showAfter(runtime, name, (now) => now !== "Paused")
  }
  return await attendRun(args, runtime, runtime.resume(name, request))
}
