// `run show-metrics`.

import type { Arguments } from "../command/arguments.ts"
import { printResult } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { prettyJson } from "../run-folder/json-text.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  const { status, metrics } = await runtime.getRun(name)
  if (status !== "Completed") throw new CommandError(`Run '${name}' is not completed, the status is '${status}'.`)
  await printResult(prettyJson(metrics))
  return 0
}
