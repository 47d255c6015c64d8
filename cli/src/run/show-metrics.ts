// `run show-metrics`.

import type { Arguments } from "../command/arguments.ts"
import { printResult } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { exactMetrics } from "../run-folder/exact-metrics.ts"
import { prettyJson } from "../run-folder/json-text.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  const summary = await runtime.getRun(name)
  const { status } = summary
  if (status !== "Completed") throw new CommandError(`Run '${name}' is not completed, the status is '${status}'.`)
  await printResult(prettyJson(exactMetrics(summary)))
  return 0
}
