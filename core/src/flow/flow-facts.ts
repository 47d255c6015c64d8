// What every kind of flow file says in the same way: its language, and the name it has where it gives none.

import path from "node:path"
import type { IssueList } from "./issue-list.ts"
import { asText, presentField } from "./read-fields.ts"
import type { YamlMap } from "./yaml-value.ts"

export interface LanguageOptions {
  readonly nodeTypes: readonly string[]
  readonly lineLanguages: readonly string[] | "any"
}

export function readLanguage(flow: YamlMap, options: LanguageOptions, issues: IssueList): string {
  const field = presentField(flow, "language")
  if (field === undefined) return "python"
  const language = asText(field, "language", issues)
  if (options.lineLanguages === "any") return language ?? "python"
  const accepted = ["python", ...options.lineLanguages, ...options.nodeTypes]
  if (language === undefined || accepted.includes(language)) return language ?? "python"
  const registered = `this runtime runs flows in ${["python", ...options.lineLanguages].join(", ")}`
  if (language === "csharp")
    issues.add("NotImplementedError", "no executor of this runtime runs C# flows", field.place, registered)
  else issues.add("ExecutorMissing", `no executor runs flows with language: ${language}`, field.place, registered)
  return language
}

/** The folder's name in promptflow's form: lower case, words joined by `_`, `n` before a leading digit. */
export function defaultFlowName(workingDir: string): string {
  const words = path
    .parse(workingDir)
    .name.toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .replaceAll(" ", "_")
  return /^\p{Nd}/u.test(words) ? `n${words}` : words
}
