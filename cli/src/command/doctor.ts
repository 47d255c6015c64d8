// `doctor`: whether this machine has what flows need, one line a thing, and what to do where it has not.

import { execFile } from "node:child_process"
import { accessSync, constants, existsSync, statfsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { findPython } from "@throughline/executors"
import { findHome } from "../home.ts"
import { openRuntime } from "../open-runtime.ts"
import { packageVersion } from "../version.ts"
import type { Arguments } from "./arguments.ts"
import { printJson, printResult } from "./print.ts"

interface Finding {
  readonly what: string
  /** `warning`: only some flows need it. */
  readonly state: "ok" | "warning" | "error"
  readonly told: string
  readonly hint?: string
}

const LOW_DISK_MIB = 256
const PYTHON_TIMEOUT_MS = 20_000

export async function run(args: Arguments): Promise<number> {
  const folder = resolve(args.text("--flow") ?? ".")
  const findings = [engine(), homeFolder(), disk(), await journal(), await pythonOf(folder)]
  if (args.text("--output") === "json") await printJson(findings)
  else await printResult(findings.map(lineOf).join("\n"))
  return findings.some(({ state }) => state === "error") ? 1 : 0
}

const lineOf = ({ what, state, told, hint }: Finding): string =>
  `${state.padEnd(8)}${what}: ${told}${hint === undefined ? "" : `\n            ${hint}`}`

const engine = (): Finding => ({
  what: "throughline",
  state: "ok",
  told: `${packageVersion()} on Node ${process.versions.node}, ${process.platform} ${process.arch}`
})

function homeFolder(): Finding {
  const home = findHome()
  try {
    accessSync(existingPart(home), constants.W_OK)
    return { what: "home", state: "ok", told: existsSync(home) ? home : `${home} (made by the first run)` }
  } catch {
    return {
      what: "home",
      state: "error",
      told: `${home} cannot be written`,
      hint: "set THROUGHLINE_HOME to a folder that can"
    }
  }
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync(existingPart(findHome()))
  const mib = Math.floor((bavail * bsize) / 2 ** 20)
  const told = `${mib.toLocaleString("en-US")} MiB free where runs are kept`
  return mib < LOW_DISK_MIB ? { what: "disk", state: "warning", told } : { what: "disk", state: "ok", told }
}

async function journal(): Promise<Finding> {
  const what = "journal"
  try {
    await using runtime = await openRuntime()
    const runs = await runtime.listRuns()
    const left = runs.filter(({ status }) => status === "Interrupted").length
    const resumable =
      left === 0 ? "" : `, ${left} of them interrupted: \`throughline run resume NAME\` goes on with one`
    return { what, state: "ok", told: `${runs.length} runs${resumable}` }
  } catch (error) {
    return { what, state: "error", told: (error as Error).message }
  }
}

async function pythonOf(folder: string): Promise<Finding> {
  const what = "Python"
  try {
    const { command, reason, warning } = findPython(folder, undefined, process.env)
    const code = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.version_info >= (3, 9))"
    const { stdout } = await promisify(execFile)(command, ["-c", code], { timeout: PYTHON_TIMEOUT_MS })
    const [version, isNew] = stdout.trim().split(" ")
    const told = `${version} at ${command}, from ${reason}`
    if (isNew === "True") return { what, state: warning === undefined ? "ok" : "warning", told }
    return { what, state: "warning", told, hint: "Python nodes need 3.9 or later" }
  } catch (error) {
    const { record, message } = error as Error & { readonly record?: { readonly hint?: string } }
    const hint = record?.hint === undefined ? {} : { hint: record.hint }
    return {
      what,
      state: "warning",
      told: `${message.split("\n")[0]} Flows without Python nodes do not need it.`,
      ...hint
    }
  }
}

/** The folder itself, or the nearest one above it that is there. */
function existingPart(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingPart(join(path, ".."))
}
