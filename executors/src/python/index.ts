// Python nodes, as an executor: resident interpreter processes beside the lanes, one each.

import { defineExecutor, type ExecutorDefinition } from "@throughline/core/contracts"
import { openLanes } from "../lanes/open-lanes.ts"
import type { PythonOptions } from "./interpreter.ts"

export type { PythonOptions } from "./interpreter.ts"

/**
 * Runs `python` nodes. Without options the interpreter is `VIRTUAL_ENV`'s, else that of a `.venv` beside the flow, else
 * `python3` on the path.
 *
 * @throws {TypeError} naming the option, what it got and what it accepts
 */
export function python(options: PythonOptions = {}): ExecutorDefinition {
  if (options.python !== undefined && typeof options.python !== "string") {
    throw new TypeError(
      `python: the option \`python\` is the path of an interpreter, got ${JSON.stringify(options.python)}`
    )
  }
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (typeof value !== "string") {
      throw new TypeError(`python: the option \`env\` holds texts, got ${JSON.stringify(value)} for ${name}`)
    }
  }
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  return defineExecutor({
    language: "python",
    supports: { nodeTypes: ["python"] },
    host: { module: new URL(`./tool-host.${extension}`, import.meta.url).href, options },
    open: openLanes
  })
}
