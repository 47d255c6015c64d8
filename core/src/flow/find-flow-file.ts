// Finds the flow file that a path means: the file itself, or the one flow file of a folder. Does not read it.

import { readdirSync, statSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { type IssueList, wholeFile } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"

export interface FlowFile {
  /** Absolute. */
  readonly path: string
  readonly kind: "yaml" | "prompty"
}

/** @param flow path or `file:` URL of a flow file or flow folder, relative to the current directory */
export function findFlowFile(flow: string | URL, issues: IssueList): FlowFile | undefined {
  const given = toPath(flow, issues)
  if (given === undefined) return undefined
  const absolute = path.resolve(given)
  const stats = statSync(absolute, { throwIfNoEntry: false })
  if (stats === undefined) {
    issues.add("UserErrorException", "no such file or folder", wholeFile(given), neighbourHint(absolute))
    return undefined
  }
  return stats.isDirectory() ? findInFolder(absolute, given, issues) : checkFile(absolute, given, issues)
}

function toPath(flow: string | URL, issues: IssueList): string | undefined {
  const text = String(flow)
  if (text === "" || text.includes("\0")) {
    issues.add(
      "UserErrorException",
      "the path of the flow is empty or holds a NUL",
      wholeFile(text.replaceAll("\0", "\\0"))
    )
    return undefined
  }
  if (typeof flow === "string" && !flow.startsWith("file:")) return flow
  try {
    return fileURLToPath(flow)
  } catch {
    issues.add("UserErrorException", "a flow is given as a path or a file: URL", wholeFile(text))
    return undefined
  }
}

const FLOW_FILE_NAMES = ["flow.dag.yaml", "flow.dag.yml", "flow.flex.yaml", "flow.flex.yml"]

function findInFolder(folder: string, given: string, issues: IssueList): FlowFile | undefined {
  const present = new Set(readdirSync(folder))
  const found = FLOW_FILE_NAMES.filter((name) => present.has(name))
  const [first] = found
  if (first !== undefined && found.length === 1) return { path: path.join(folder, first), kind: "yaml" }
  if (found.length > 1) {
    const message = `the folder holds several flow files (${found.join(", ")})`
    issues.add("ValidationException", message, wholeFile(given), "name the one you mean, or remove the others")
    return undefined
  }
  const promptyFiles = [...present].filter((name) => name.toLowerCase().endsWith(".prompty"))
  const hint =
    promptyFiles.length > 0
      ? `a prompty is given as a file: ${promptyFiles.slice(0, 3).join(", ")}`
      : otherYamlHint([...present])
  issues.add("UserErrorException", "the folder holds neither flow.dag.yaml nor flow.flex.yaml", wholeFile(given), hint)
  return undefined
}

function otherYamlHint(names: readonly string[]): string | undefined {
  const yamlFiles = names.filter((name) => /\.ya?ml$/i.test(name)).sort()
  if (yamlFiles.length === 0) return undefined
  return `a flow file of another name is given as a file; here are ${yamlFiles.slice(0, 3).join(", ")}`
}

function checkFile(absolute: string, given: string, issues: IssueList): FlowFile | undefined {
  if (/\.prompty$/i.test(absolute)) return { path: absolute, kind: "prompty" }
  if (/\.ya?ml$/i.test(absolute)) return { path: absolute, kind: "yaml" }
  issues.add("UserErrorException", "a flow file ends in .yaml, .yml or .prompty", wholeFile(given))
  return undefined
}

/** "did you mean" for a path whose folder exists. */
export function neighbourHint(absolute: string): string | undefined {
  try {
    return didYouMean(path.basename(absolute), readdirSync(path.dirname(absolute)))
  } catch {
    return undefined
  }
}
