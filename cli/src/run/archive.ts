// `run archive`. Doing it twice is fine.

import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { runObject } from "./run-object.ts"

export async function run(args: Arguments): Promise<number> {
  await using runtime = await openRuntime()
  const summary = await runtime.updateRun(args.needed("--name"), { isArchived: true })
  await printJson(await runObject(runtime.store, summary))
  return 0
}
