// Reads the flow's `additional_includes`: files and folders from elsewhere that stand beside the flow file when it runs.
// Copying them together is for whoever runs the flow (`batch/merge-folder.ts`).

import { statSync } from "node:fs"
import path from "node:path"
import type { Include } from "../contracts/flow-plan.ts"
import { neighbourHint } from "./find-flow-file.ts"
import type { IssueList } from "./issue-list.ts"
import { asList, asText, presentField } from "./read-fields.ts"
import type { YamlMap, YamlValue } from "./yaml-value.ts"

export function readIncludes(flow: YamlMap, workingDir: string, issues: IssueList): readonly Include[] {
  const field = presentField(flow, "additional_includes")
  const list = field && asList(field, "additional_includes", issues)
  return (list?.items ?? []).flatMap((item, index) => readInclude(item, index, workingDir, issues) ?? [])
}

function readInclude(item: YamlValue, index: number, workingDir: string, issues: IssueList): Include | undefined {
  const text = asText(item, `additional_includes[${index}]`, issues)
  if (text === undefined) return undefined
  const from = path.resolve(workingDir, text)
  const name = path.basename(from)
  const stats = statOf(from)
  if (stats?.isDirectory() === true) return { from, name, kind: "folder" }
  if (stats !== undefined) return { from, name, kind: "file" }
  const unzipped = from.replace(/\.zip$/, "")
  if (unzipped !== from && statOf(unzipped)?.isDirectory() === true) return { from: unzipped, name, kind: "zip" }
  issues.add("UserErrorException", `Unable to find additional include ${text}`, item.place, neighbourHint(from))
  return undefined
}

function statOf(file: string) {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Where a file of the merged folder comes from: what is included stands over what the flow's folder has. */
export function locate(file: string, workingDir: string, includes: readonly Include[]): string {
  const parts = path.normalize(file).split(path.sep)
  for (const { name, from, kind } of [...includes].reverse()) {
    if (parts[0] !== name || kind === "zip") continue
    const candidate = path.join(from, ...parts.slice(1))
    if (statOf(candidate) !== undefined) return candidate
  }
  return path.resolve(workingDir, file)
}
