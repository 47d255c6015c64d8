// `run show`.

import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { runObject } from "./run-object.ts"

export async function run(args: Arguments): Promise<number> {
  await using runtime = await openRuntime()
  await printJson(await runObject(runtime.store, await runtime.getRun(args.needed("--name"))))
  return 0
}
