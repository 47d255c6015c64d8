// Names of runs: promptflow's scheme where the caller gives none, and what a name may be.

import { basename } from "node:path"
import { InvalidOption } from "../contracts/errors.ts"
import { plainNameProblem } from "../flow/index.ts"

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
