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
  const tool = issues.length > 0 ? undefined : await toolMistake(runtime, source)
  // Which connections there are says nothing about the files.
  const isRemark = tool?.code === NO_CONNECTION && !args.has("--check-connections")
  const errors = [...issues.map((issue) => describe(issue, folder)), ...(tool === undefined || isRemark ? [] : [tool])]
  const remarks = [...warnings.map((issue) => describe(issue, folder)), ...(isRemark ? [tool] : [])]
  await printJson(
    {
      result: errors.length === 0 ? "Succeeded" : "Failed",
      ...(errors.length === 0 ? {} : { errors }),
      ...(remarks.length === 0 ? {} : { warnings: remarks })
    },
    2
  )
  return errors.length === 0 ? 0 : 1
}

const NO_CONNECTION = "GetConnectionError"

/** Loads the tools of a flow whose file is sound: the first that does not load. */
async function toolMistake(runtime: Runtime, flow: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    await runtime.prepare({ flow })
    return undefined
  } catch (error) {
    if (error instanceof NotSupportedYet) return undefined
    if (!(error instanceof ExecutorFailed)) throw error
    const { message, place, hint } = error.record
    return {
      message,
      ...(place === undefined ? {} : { location: place }),
      code: errorClass(error.record),
      ...(hint === undefined ? {} : { hint })
    }
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
