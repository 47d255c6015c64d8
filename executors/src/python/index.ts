// The `python` executor: resident interpreter processes beside the lanes, one each. It brings prompt nodes along.

import { defineExecutor, type ExecutorDefinition } from "@throughline/core/contracts"
import { checkLaneOptions, type LaneOptions } from "../lanes/lane-options.ts"
import { openLanes } from "../lanes/open-lanes.ts"
import { describeEntry } from "./describe-entry.ts"
import type { PythonOptions } from "./interpreter.ts"

export type { PythonOptions } from "./interpreter.ts"

/**
 * Runs `python` and `custom_llm` nodes (and `prompt` nodes, which need no language of their own). Without options the interpreter is
 * `VIRTUAL_ENV`'s, else that of a `.venv` beside the flow, else `python3` on the path.
 *
 * A process contains whatever its tools do: a segfault or an exit costs the line that was being run, never a neighbour.
 *
 * @throws {TypeError} naming the option, what it got and what it accepts
 */
export function python(options: PythonOptions & LaneOptions = {}): ExecutorDefinition {
  const { python: interpreter, env, ...lanes } = options
  if (interpreter !== undefined && typeof interpreter !== "string") {
    throw new TypeError(
      `python: the option \`python\` is the path of an interpreter, got ${JSON.stringify(interpreter)}`
    )
  }
  for (const [name, value] of Object.entries(env ?? {})) {
    if (typeof value !== "string") {
      throw new TypeError(`python: the option \`env\` holds texts, got ${JSON.stringify(value)} for ${name}`)
    }
  }
  checkLaneOptions("python", lanes)
  const own: PythonOptions = {
    ...(interpreter === undefined ? {} : { python: interpreter }),
    ...(env === undefined ? {} : { env })
  }
  const host = { module: "throughline:python", options: own }
  return defineExecutor({
    language: "python",
    hosts: {
      python: host,
      custom_llm: host,
      prompt: { module: "throughline:prompt", options: {} },
      llm: { module: "throughline:prompt", options: {} },
      prompty: { module: "throughline:prompty", options: {} }
    },
    open: (context) => openLanes(context, lanes),
    describeEntry: (plan, context) => describeEntry(plan, own, context)
  })
}
