// `flow validate`: what is wrong with a flow's files, as promptflow's JSON with our places.

import { statSync } from "node:fs"
import { resolve } from "node:path"
import type { FlowIssue } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"

export async function run(args: Arguments): Promise<number> {
  const source = resolve(args.needed("--source"))
  await using runtime = await openRuntime()
  const { issues, warnings } = runtime.checkFlow(source)
  const folder = statSync(source, { throwIfNoEntry: false })?.isDirectory() === true ? source : resolve(source, "..")
  await printJson(
    {
      result: issues.length === 0 ? "Succeeded" : "Failed",
      ...(issues.length === 0 ? {} : { errors: issues.map((issue) => describe(issue, folder)) }),
      ...(warnings.length === 0 ? {} : { warnings: warnings.map((issue) => describe(issue, folder)) })
    },
    2
  )
  return issues.length === 0 ? 0 : 1
}

function describe({ code, message, place, hint }: FlowIssue, folder: string): Record<string, unknown> {
  const file = resolve(folder, place.file)
  return {
    message,
    location: place.line > 0 ? `${file}#line ${place.line}` : file,
    local_path: file,
    line: place.line,
    column: place.column,
    code,
    ...(hint === undefined ? {} : { hint })
  }
}
