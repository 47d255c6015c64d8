// `run create --dry-run`: the flow, the data and the mapping as the run would take them, and the first line's inputs.

import type { RunOptions, Runtime } from "@throughline/core"
import { note, printResult } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { prettyJson } from "../run-folder/json-text.ts"

export async function dryRun(runtime: Runtime, request: RunOptions): Promise<number> {
  const { plan, lineNumber, inputs, error } = await runtime.preview(request, (message) => note(`warning: ${message}`))
  await printResult(
    prettyJson({
      flow: plan.flowFile,
      nodes: plan.nodes.map(({ name }) => name),
      data: request.data ?? null,
      ...(request.run === undefined ? {} : { run: request.run }),
      column_mapping: request.columnMapping ?? {},
      first_line: { line_number: lineNumber, inputs }
    })
  )
  if (error === undefined) return 0
  throw new CommandError(
    `The first line would fail: ${error.message}${error.hint === undefined ? "" : `\n    ${error.hint}`}`
  )
}
