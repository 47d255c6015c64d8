// Chooses the Python interpreter of a flow. Does not start it; what it is worth shows at the handshake.

import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { errorRecord, ToolLoadFailure } from "@throughline/core/contracts"

export interface PythonOptions {
  /** Path or name of the interpreter. */
  readonly python?: string
  /** Added to the environment of the process, over the flow's own `environment_variables`. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Interpreter {
  readonly command: string
  /** Why this one: `option python`, `VIRTUAL_ENV` … */
  readonly reason: string
  /** What the user named, or made, and is not there: this interpreter stands in for it. */
  readonly warning?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The interpreter of a flow folder: the option, else `VIRTUAL_ENV`, else a `.venv` beside the flow, else one on `PATH`.
 *
 * @throws {ToolLoadFailure} when none of them is there
 */
export function chooseInterpreter(
  flowFolder: string,
  option: string | undefined,
  env: Environment,
  platform: NodeJS.Platform = process.platform
): Interpreter {
  if (option !== undefined && option !== "") return { command: option, reason: "the option `python`" }
  const tried: string[] = []
  const folders = [
    { folder: env.VIRTUAL_ENV, reason: "VIRTUAL_ENV" },
    { folder: join(flowFolder, ".venv"), reason: "the .venv beside the flow" }
  ]
  for (const { folder, reason } of folders) {
    if (folder === undefined || folder === "") continue
    const command = platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python")
    if (existsSync(command)) return { command, reason, ...standIn(command, tried) }
    if (reason === "VIRTUAL_ENV" || existsSync(folder)) tried.push(command)
  }
  const missing = [...tried]
  const names = platform === "win32" ? ["python3.exe", "python.exe"] : ["python3"]
  for (const name of names) {
    const found = onPath(name, env)
    if (found !== undefined) {
      const why = missing.length === 0 ? "" : `, as there is no ${missing.join(" and no ")}`
      return { command: found, reason: `${name} on PATH${why}`, ...standIn(found, missing) }
    }
    tried.push(`${name} on PATH`)
  }
  throw noPython(`No Python was found. Tried: ${tried.join(", ")}.`)
}

function standIn(command: string, missing: readonly string[]): Pick<Interpreter, "warning"> {
  if (missing.length === 0) return {}
  return { warning: `There is no ${missing.join(" and no ")}: the flow runs on ${command} instead.` }
}

function onPath(name: string, env: Environment): string | undefined {
  for (const folder of (env.PATH ?? env.Path ?? "").split(delimiter)) {
    if (folder === "") continue
    const file = join(folder, name)
    if (existsSync(file)) return file
  }
  return undefined
}

/** A load failure about the interpreter, with what to do about it. */
export function noPython(message: string): ToolLoadFailure {
  return new ToolLoadFailure(
    errorRecord({
      message,
      codes: ["UserError", "PythonNotFound"],
      referenceCode: "Executor",
      hint:
        'install Python 3.9 or later, or name one: python({ python: "/path/to/python" }), VIRTUAL_ENV, ' +
        "or a .venv folder beside the flow file"
    })
  )
}
