// `run update`.

import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { UsageError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { readSet } from "./create-request.ts"
import { runObject } from "./run-object.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  if (!args.has("--set")) throw new UsageError("the following arguments are required: --set")
  const changes = readSet(args)
  await using runtime = await openRuntime()
  const before = await runtime.getRun(name)
  const tags = changes.tags === undefined ? {} : { tags: { ...before.manifest.tags, ...changes.tags } }
  await printJson(await runObject(runtime.store, await runtime.updateRun(name, { ...changes, ...tags })))
  return 0
}
