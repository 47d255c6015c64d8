// What went wrong in a run, in a few lines: the first distinct errors, and where to look.

import { isAbsolute, relative } from "node:path"
import type { BatchResult, ErrorRecord, LineError } from "@throughline/core"

const SHOWN = 3

/**
 * @param workingDir places inside it are shown relative to it
 * @param folder the run's folder, where the rest is to be found
 */
export function failureDigest(result: BatchResult, workingDir: string, folder: string | undefined): readonly string[] {
  const { error_list, aggr_error_dict } = result.error_summary
  const lines: string[] = []
  if (error_list.length > 0) {
    lines.push(`${result.failed_lines} out of ${result.total_lines} runs failed in batch run.`)
    if (folder !== undefined) lines.push(` Please check out ${folder} for more details.`)
    lines.push(...distinct(error_list).map(({ first, count }) => describe(first, count, workingDir)))
  }
  for (const [node, error] of Object.entries(aggr_error_dict)) {
    lines.push(`  aggregation node ${node}: ${error.message}${at(placeOf(error, workingDir))}`)
  }
  return lines
}

interface Kind {
  readonly first: LineError
  count: number
}

function distinct(errors: readonly LineError[]): readonly Kind[] {
  const kinds = new Map<string, Kind>()
  for (const error of errors) {
    const key = `${error.error.code} ${error.error.message.replace(/\d+/g, "0")}`
    const kind = kinds.get(key)
    if (kind !== undefined) kind.count += 1
    else if (kinds.size < SHOWN) kinds.set(key, { first: error, count: 1 })
  }
  return [...kinds.values()]
}

function describe({ line_number, error }: LineError, count: number, workingDir: string): string {
  const { node_name } = error.messageParameters
  const node = node_name === undefined ? "" : `, node ${node_name}`
  const others = count > 1 ? ` (and ${count - 1} more like it)` : ""
  const hint = error.hint === undefined ? "" : `\n      ${error.hint}`
  return `  line ${line_number}${node}${at(placeOf(error, workingDir))}: ${error.message}${others}${hint}`
}

const at = (place: string | undefined): string => (place === undefined ? "" : `, ${place}`)

/** `file:line`, inside the flow's folder relative to it. */
export function placeOf(error: ErrorRecord, workingDir: string): string | undefined {
  const { place } = error
  if (place === undefined || !isAbsolute(place)) return place
  const inside = relative(workingDir, place)
  return inside.startsWith("..") ? place : inside
}
