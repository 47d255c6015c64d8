// `flow validate`: what is wrong with a flow's files and the tools they name, as promptflow's JSON with our places.

import { statSync } from "node:fs"
import { resolve } from "node:path"
import { ExecutorFailed, errorClass, type FlowIssue, NotSupportedYet, type Runtime } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"

export async function run(args: Arguments): Promise<number> {
  const source = resolve(args.needed("--source"))
  await using runtime = await openRuntime()
  const { issues, warnings } = runtime.checkFlow(source)
  const folder = statSync(source, { throwIfNoEntry: false })?.isDirectory() === true ? source : resolve(source, "..")
  const errors = issues.length > 0 ? issues.map((issue) => describe(issue, folder)) : await toolErrors(runtime, source)
  await printJson(
    {
      result: errors.length === 0 ? "Succeeded" : "Failed",
      ...(errors.length === 0 ? {} : { errors }),
      ...(warnings.length === 0 ? {} : { warnings: warnings.map((issue) => describe(issue, folder)) })
    },
    2
  )
  return errors.length === 0 ? 0 : 1
}

/** Loads the tools of a flow whose file is sound. The first that does not load is told. */
async function toolErrors(runtime: Runtime, flow: string): Promise<Array<Record<string, unknown>>> {
  try {
    await runtime.prepare({ flow })
    return []
  } catch (error) {
    if (error instanceof NotSupportedYet) return []
    if (!(error instanceof ExecutorFailed)) throw error
    const { message, place, hint } = error.record
    return [
      {
        message,
        ...(place === undefined ? {} : { location: place }),
        code: errorClass(error.record),
        ...(hint === undefined ? {} : { hint })
      }
    ]
  }
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
