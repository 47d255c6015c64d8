// `run create`: starts a run, or one that goes on from an earlier one.

import type { Arguments } from "../command/arguments.ts"
import { connectionsOf } from "../command/connections-file.ts"
import { note } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { attendRun } from "./attend-run.ts"
import { createRequest, resumeFromRequest } from "./create-request.ts"
import { dryRun } from "./dry-run.ts"
import { laneOptions } from "./lane-options.ts"

export async function run(args: Arguments): Promise<number> {
  const earlier = args.text("--resume-from")
  if (earlier !== undefined && !args.has("--file") && !args.has("--flow")) {
    const request = resumeFromRequest(args)
    await using runtime = await openRuntime({ ...connectionsOf(args), ...laneOptions(args) })
    return await attendRun(args, runtime, runtime.resumeFrom(earlier, request))
  }
  const request = await createRequest(args)
  await using runtime = await openRuntime({ ...connectionsOf(args), ...laneOptions(args) })
  for (const { message, place } of runtime.checkFlow(request.flow, request).warnings) {
    note(`warning: ${place.file}:${place.line}:${place.column}: ${message}`)
  }
  if (args.has("--dry-run")) return await dryRun(runtime, request)
  return await attendRun(args, runtime, runtime.run(request))
}
