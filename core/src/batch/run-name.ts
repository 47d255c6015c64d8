// Names of runs: promptflow's scheme where the caller gives none, and what a name may be.

import { basename, join } from "node:path"
import { InvalidOption } from "../contracts/errors.ts"
import { namesCode, plainNameProblem } from "../flow/index.ts"

/** The name of a run of this flow (a path or an entry) that is begun now. @param variant `${node.variant}` */
export function nameForRun(flow: string, variant: string | undefined): string {
  const word = variant === undefined ? undefined : /^\$\{[^.]+\.(.+)\}$/.exec(variant)?.[1]
  return defaultRunName(folderOf(flow), preciseNow(), word)
}

/** The name of a run that goes on from an earlier one, now. */
export const nameAfter = (earlier: string): string => defaultRunName(earlier.replace(OWN_STAMP, ""), preciseNow())

/** `<flow folder>_variant_0_<YYYYMMDD_HHMMSS_ffffff>`, in local time, as promptflow names a DAG run. */
export function defaultRunName(workingDir: string, nowMs: number, variant = "variant_0"): string {
  const at = new Date(nowMs)
  const two = (value: number) => String(value).padStart(2, "0")
  const micros = String(Math.floor((nowMs % 1000) * 1000)).padStart(6, "0")
  const date = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  const folder = basename(workingDir).replace(/[^\p{L}\p{N}_]+/gu, "_") || "flow"
  return `${folder}_${variant}_${date}_${time}_${micros}`
}

/** @throws {InvalidOption} for a name that could not be a folder of its own everywhere */
export function checkRunName(name: string, option = "name"): string {
  const problem = typeof name === "string" ? plainNameProblem(name) : "is no text"
  if (problem === undefined) return name
  throw new InvalidOption({ option, got: name, accepts: `a plain name; this one ${problem}` })
}

/** The folder that a run is named after. */
function folderOf(flow: string): string {
  const isCode: boolean = namesCode(flow)
  if (isCode) return process.cwd()
  if (/\.prompty$/i.test(flow)) return flow.slice(0, -".prompty".length)
  return /\.ya?ml$/i.test(flow) ? join(flow, "..") : flow
}

const preciseNow = (): number => performance.timeOrigin + performance.now()

/** What a default run name adds to the flow's. */
const OWN_STAMP = /_variant_\w+_\d{8}_\d{6}_\d{6}$/
