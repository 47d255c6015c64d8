// `run resume`: goes on with a run, in place.

import type { Arguments } from "../command/arguments.ts"
import { connectionsOf } from "../command/connections-file.ts"
import { openRuntime } from "../open-runtime.ts"
import { attendRun } from "./attend-run.ts"
import { resumeRequest } from "./create-request.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  const request = resumeRequest(args)
  await using runtime = await openRuntime(connectionsOf(args))
  return await attendRun(args, runtime, runtime.resume(name, request))
}
