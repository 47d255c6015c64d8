// Loads a flow: finds its file, reads it and compiles it. Happens on the host's thread only; threads get the plan.
//
// L1. All that is wrong is told at once, with places; the first issue is the error that promptflow would raise.
// L2. Nothing of the flow is executed, and no file but the flow file is read.

import { readFileSync, statSync } from "node:fs"
import path from "node:path"
import { InvalidFlow } from "../contracts/errors.ts"
import type { FlowIssue, FlowOverrides, FlowPlan } from "../contracts/flow-plan.ts"
import { compileBareEntry, compileFlex } from "./compile-flex.ts"
import { compilePlan } from "./compile-plan.ts"
import { compilePrompty } from "./compile-prompty.ts"
import { type FlowFile, findFlowFile } from "./find-flow-file.ts"
import { IssueList, wholeFile } from "./issue-list.ts"
import { isEntry } from "./parse-entry.ts"
import { parseYaml } from "./parse-yaml.ts"
import { asMap } from "./read-fields.ts"
import { SourceText } from "./source-text.ts"

export interface LoadFlowOptions extends FlowOverrides {
  /** The node types that the runtime has executors for. */
  readonly nodeTypes: readonly string[]
  /** Languages whose executors take whole lines; the node types of their flows are not checked. */
  readonly lineLanguages?: readonly string[] | "any"
  /** The flow folder, where it is not the folder of the flow file, or for an entry the current directory. */
  readonly workingDir?: string
}

export interface FlowCheck {
  /** `undefined` when there are issues. */
  readonly plan: FlowPlan | undefined
  readonly issues: readonly FlowIssue[]
  readonly warnings: readonly FlowIssue[]
}

/**
 * @param flow path or `file:` URL of a flow file or a flow folder, or an entry: `module:name`, `./file.ts:name`
 * @throws {InvalidFlow} with all that is wrong
 */
export function loadFlow(flow: string | URL, options: LoadFlowOptions): FlowPlan {
  const { plan, issues } = checkFlow(flow, options)
  if (plan === undefined) throw new InvalidFlow({ flowFile: String(flow), issues })
  return plan
}

/** `loadFlow` that returns what is wrong. */
export function checkFlow(flow: string | URL, options: LoadFlowOptions): FlowCheck {
  const list = new IssueList()
  const plan = readFlow(flow, options, list)
  const { issues, warnings } = list
  return { plan: issues.length === 0 ? plan : undefined, issues, warnings }
}

function readFlow(flow: string | URL, options: LoadFlowOptions, issues: IssueList): FlowPlan | undefined {
  const { nodeTypes, lineLanguages = [] } = options
  if (namesCode(flow)) {
    const workingDir = path.resolve(options.workingDir ?? ".")
    return compileBareEntry(flow, { ...options, workingDir, lineLanguages }, issues)
  }
  const found = findFlowFile(flow, issues)
  if (found === undefined) return undefined
  const workingDir = path.resolve(options.workingDir ?? path.dirname(found.path))
  const file = path.relative(workingDir, found.path).split(path.sep).join("/")
  const text = readText(found, file, issues)
  if (found.kind === "prompty") {
    return text === undefined
      ? undefined
      : compilePrompty(text, file, { ...options, flowFile: found.path, workingDir }, issues)
  }
  const value = text === undefined ? undefined : parseYaml(text, file, issues)
  const map = value && asMap(value, "a flow file", issues)
  if (map === undefined) return undefined
  const facts = { ...options, flowFile: found.path, workingDir, nodeTypes, lineLanguages }
  return map.entries.has("entry") ? compileFlex(map, facts, issues) : compilePlan(map, facts, issues)
}

/** True for an entry, unless there is a file or a folder of that name. */
export function namesCode(flow: string | URL): flow is string {
  return typeof flow === "string" && isEntry(flow) && statSync(flow, { throwIfNoEntry: false }) === undefined
}

/** Far more than any flow file has; a data file given by mistake stops here. */
const MAX_FLOW_FILE_BYTES = 8 * 1024 * 1024

function readText(found: FlowFile, file: string, issues: IssueList): string | undefined {
  try {
    const { size } = statSync(found.path)
    if (size > MAX_FLOW_FILE_BYTES) {
      const message = `the file has ${size} bytes; a flow file has at most ${MAX_FLOW_FILE_BYTES}`
      issues.add("YamlParseError", message, wholeFile(file))
      return undefined
    }
    return decodeUtf8(readFileSync(found.path), file, issues)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    issues.add("UserErrorException", `the file cannot be read (${code})`, wholeFile(file))
    return undefined
  }
}

function decodeUtf8(bytes: Uint8Array, file: string, issues: IssueList): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const text = new TextDecoder("utf-8").decode(bytes)
    const place = new SourceText(text, file).placeAt(text.indexOf("\ufffd"))
    issues.add("YamlParseError", "the file is not UTF-8", place, "save it as UTF-8")
    return undefined
  }
}
