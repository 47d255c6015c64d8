// Reads what a node runs: its type and its source, a file of the flow or a tool of an installed package. Does not open
// the file; whether the package is there is for the host that loads the tool.

import { statSync } from "node:fs"
import path from "node:path"
import type { Include, SourcePlace } from "../contracts/flow-plan.ts"
import { neighbourHint } from "./find-flow-file.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { asMap, asText, presentField } from "./read-fields.ts"
import { locate } from "./read-includes.ts"
import { describeValue, type YamlMap, type YamlValue } from "./yaml-value.ts"

export interface ToolRules {
  /** Absolute. */
  readonly workingDir: string
  readonly includes: readonly Include[]
  /** The node types that have an executor. */
  readonly nodeTypes: readonly string[]
}

export interface NodeTool {
  readonly type: string
  /** Relative to the flow folder; it may climb out of it. Empty where there is an issue, or no file. */
  readonly path: string
  readonly packageTool?: string
  readonly sourcePlace: SourcePlace
}

/** Package tools that call a language model: they are run as `llm` nodes, without Python and without the package. */
const MODEL_TOOLS = [
  "promptflow.tools.embedding.embedding",
  "promptflow.tools.llm.llm",
  "promptflow.tools.aoai_gpt4v.AzureOpenAI.chat",
  "promptflow.tools.openai_gpt4v.OpenAI.chat",
  "promptflow.tools.llm_vision.llm_vision"
]

/** promptflow's node types that no executor of ours may have yet. */
const PROMPTFLOW_TYPES = ["python", "prompt", "llm", "custom_llm"]

/** @param rules `undefined`: type and file are taken as they are */
export function readTool(node: YamlMap, what: string, rules: ToolRules | undefined, issues: IssueList): NodeTool {
  const source = presentField(node, "source")
  const sourcePath = source?.kind === "map" ? presentField(source, "path") : undefined
  const sourceTool = source?.kind === "map" ? presentField(source, "tool") : undefined
  const sourcePlace = sourceTool?.place ?? sourcePath?.place ?? source?.place ?? node.place
  if (rules === undefined) {
    const typeField = presentField(node, "type")
    return { type: scalarText(typeField), path: scalarText(sourcePath), sourcePlace }
  }
  const type = readType(node, what, rules, issues)
  // Without an executor, nobody knows what the source would have to be.
  if (type === undefined) return { type: "", path: "", sourcePlace }
  const read = { path: "", ...readSource(type, node, source, what, rules, issues) }
  const isModelTool = MODEL_TOOLS.includes(read.packageTool ?? "") && rules.nodeTypes.includes("llm")
  return { type: isModelTool ? "llm" : type, ...read, sourcePlace }
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
  if (type === "csharp" || type === "action") {
    issues.add(
      "NotImplementedError",
      `${what} is of type '${type}', which no executor of this runtime runs`,
      value.place,
      registered
    )
  } else if (PROMPTFLOW_TYPES.includes(type)) {
    issues.addNotSupportedYet(`the node type '${type}' (${what})`, value.place, registered)
  } else {
    const meant = didYouMean(type, nodeTypes)
    const hint = meant === undefined ? registered : `${meant} ${registered}`
    issues.add("ExecutorMissing", `${what} has the type '${type}', which no executor runs`, value.place, hint)
  }
  return undefined
}

/** Which kinds of source a type of promptflow's takes; the types of other executors take a file. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  llm: ["code"],
  python: ["code", "package"],
  custom_llm: ["package_with_prompt"]
}

/** `undefined`, with an issue, where there is no usable source. */
function readSource(
  type: string,
  node: YamlMap,
  sourceField: YamlValue | undefined,
  what: string,
  rules: ToolRules,
  issues: IssueList
): Pick<NodeTool, "path" | "packageTool"> | undefined {
  if (sourceField === undefined) {
    issues.add("UserErrorException", `${what} has no source`, node.place, "add source: {type: code, path: file}")
    return undefined
  }
  const source = asMap(sourceField, `the source of ${what}`, issues)
  const kind = source && readKind(source, type, what, issues)
  if (source === undefined || kind === undefined) return undefined
  const tool = kind === "code" ? undefined : readSourceField(source, "tool", what, issues)
  const file = kind === "package" ? undefined : readSourceField(source, "path", what, issues)
  if (kind !== "code" && tool === undefined) return undefined
  const path = file === undefined ? undefined : checkFile(file.text, file.place, what, rules, issues)
  if (kind !== "package" && path === undefined) return undefined
  return { path: path ?? "", ...(tool === undefined ? {} : { packageTool: tool.text }) }
}

function readKind(source: YamlMap, type: string, what: string, issues: IssueList): string | undefined {
  const field = presentField(source, "type")
  const kind = field === undefined ? "code" : field.kind === "scalar" ? String(field.value) : undefined
  const accepted = SOURCES[type] ?? ["code"]
  if (kind !== undefined && accepted.includes(kind)) return kind
  const { place } = field ?? source
  const isKnown = kind !== undefined && ["code", "package", "package_with_prompt"].includes(kind)
  const message = isKnown
    ? `the source of ${what} is of type ${kind}, which a tool of type ${type} cannot have`
    : `the source of ${what} is of ${describeValue(field ?? source)}, which does not exist`
  issues.add(
    "NotImplementedError",
    message,
    place,
    `a tool of type ${type} takes a source of type ${accepted.join(" or ")}`
  )
  return undefined
}

function readSourceField(source: YamlMap, name: "path" | "tool", what: string, issues: IssueList) {
  const field = presentField(source, name)
  if (field === undefined) {
    const hint = name === "path" ? "add path: file" : "add tool: the id that the package gives it"
    issues.add("InvalidSource", `the source of ${what} has no ${name}`, source.place, hint)
    return undefined
  }
  const text = asText(field, `the source ${name} of ${what}`, issues)
  return text === undefined ? undefined : { text, place: field.place }
}

function checkFile(
  text: string,
  place: SourcePlace,
  what: string,
  { workingDir, includes }: ToolRules,
  issues: IssueList
): string | undefined {
  const problem = fileProblem(locate(text, workingDir, includes), text)
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
