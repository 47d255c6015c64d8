// Reads what a node runs: its type and its source file. Does not open the file.

import { statSync } from "node:fs"
import path from "node:path"
import type { SourcePlace } from "../contracts/flow-plan.ts"
import { neighbourHint } from "./find-flow-file.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { asMap, asText, presentField } from "./read-fields.ts"
import { describeValue, type YamlMap, type YamlValue } from "./yaml-value.ts"

export interface ToolRules {
  /** Absolute. */
  readonly workingDir: string
  /** The node types that have an executor. */
  readonly nodeTypes: readonly string[]
}

export interface NodeTool {
  readonly type: string
  /** Relative to the flow folder; it may climb out of it. Empty where there is an issue. */
  readonly path: string
  readonly sourcePlace: SourcePlace
}

/** promptflow's node types that no executor of ours may have yet. */
const PROMPTFLOW_TYPES = ["python", "prompt", "llm", "custom_llm", "csharp", "action"]

/** @param rules `undefined`: type and file are taken as they are */
export function readTool(node: YamlMap, what: string, rules: ToolRules | undefined, issues: IssueList): NodeTool {
  const source = presentField(node, "source")
  const sourcePath = source?.kind === "map" ? presentField(source, "path") : undefined
  const sourcePlace = sourcePath?.place ?? source?.place ?? node.place
  if (rules === undefined) {
    const typeField = presentField(node, "type")
    return { type: scalarText(typeField), path: scalarText(sourcePath), sourcePlace }
  }
  const type = readType(node, what, rules, issues)
  // Without an executor, nobody knows what the source would have to be.
  if (type === undefined) return { type: "", path: "", sourcePlace }
  return { type, path: readPath(node, source, what, rules, issues) ?? "", sourcePlace }
}

const scalarText = (value: YamlValue | undefined) => (value?.kind === "scalar" ? String(value.value) : "")

function readType(node: YamlMap, what: string, rules: ToolRules, issues: IssueList): string | undefined {
  const { nodeTypes } = rules
  const registered = `this runtime has ${nodeTypes.join(", ") || "no node types"}`
  const value = presentField(node, "type")
  if (value === undefined) {
    issues.add("NotImplementedError", `${what} has no type`, node.place, registered)
    return undefined
  }
  const type = asText(value, `the type of ${what}`, issues)
  if (type === undefined || nodeTypes.includes(type)) return type
  if (PROMPTFLOW_TYPES.includes(type)) {
    issues.addNotSupportedYet(`the node type '${type}' (${what})`, value.place, registered)
  } else {
    const meant = didYouMean(type, nodeTypes)
    const hint = meant === undefined ? registered : `${meant} ${registered}`
    issues.add("ExecutorMissing", `${what} has the type '${type}', which no executor runs`, value.place, hint)
  }
  return undefined
}

function readPath(
  node: YamlMap,
  sourceField: YamlValue | undefined,
  what: string,
  rules: ToolRules,
  issues: IssueList
): string | undefined {
  if (sourceField === undefined) {
    const legacyTool = presentField(node, "tool")
    if (legacyTool === undefined) {
      issues.add("InvalidSource", `${what} has no source`, node.place, "add source: {type: code, path: file}")
    } else issues.addNotSupportedYet(`a node that names its tool with 'tool:' (${what})`, legacyTool.place)
    return undefined
  }
  const source = asMap(sourceField, `the source of ${what}`, issues)
  if (source === undefined || !isCodeSource(source, what, issues)) return undefined
  const field = presentField(source, "path")
  if (field === undefined) {
    issues.add("InvalidSource", `the source of ${what} has no path`, source.place, "add path: file")
    return undefined
  }
  const text = asText(field, `the source path of ${what}`, issues)
  if (text === undefined) return undefined
  return checkFile(text, field.place, what, rules.workingDir, issues)
}

function isCodeSource(source: YamlMap, what: string, issues: IssueList): boolean {
  const field = presentField(source, "type")
  if (field === undefined) return true
  if (field.kind === "scalar" && field.value === "code") return true
  if (field.kind === "scalar" && (field.value === "package" || field.value === "package_with_prompt")) {
    const tool = scalarText(presentField(source, "tool")) || "unnamed"
    issues.addNotSupportedYet(`a package tool (${what}: ${tool})`, field.place)
    return false
  }
  const message = `the source of ${what} is of ${describeValue(field)}, which does not exist`
  issues.add("NotImplementedError", message, field.place, "a tool in a file of the flow has type: code")
  return false
}

function checkFile(
  text: string,
  place: SourcePlace,
  what: string,
  workingDir: string,
  issues: IssueList
): string | undefined {
  const problem = fileProblem(path.resolve(workingDir, text), text)
  if (problem === undefined) return path.isAbsolute(text) ? path.relative(workingDir, text) : text
  issues.add("InvalidSource", `${what}: the file '${text}' ${problem.says}`, place, problem.hint)
  return undefined
}

function fileProblem(absolute: string, text: string): { readonly says: string; readonly hint?: string } | undefined {
  if (text.includes("\0")) return { says: "cannot be: its name holds a NUL" }
  try {
    const stats = statSync(absolute, { throwIfNoEntry: false })
    if (stats?.isFile()) return undefined
    if (stats !== undefined) return { says: "is a folder or another thing that is no file" }
  } catch (error) {
    // A part of the path that is a file (ENOTDIR) means the same as a missing file.
    const code = (error as NodeJS.ErrnoException).code
    if (code !== "ENOTDIR") return { says: `cannot be read (${code})` }
  }
  const says = "does not exist in the flow folder"
  if (text.includes("\\") && path.sep === "/")
    return { says, hint: "separate folders with '/', which works on every system" }
  const hint = neighbourHint(absolute)
  return hint === undefined ? { says } : { says, hint }
}
