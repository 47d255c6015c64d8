// Reads the flow's `environment_variables` into texts. Overriding them, and looking up the connections
// that `${connection.key}` names, is for whoever starts the run.

import type { IssueList } from "./issue-list.ts"
import { pythonJson, pythonStr } from "./python-text.ts"
import { DEFINITION_ERROR, mapEntries } from "./read-fields.ts"
import { toPlain, type YamlMap, type YamlValue } from "./yaml-value.ts"

export function readEnvironment(flow: YamlMap, issues: IssueList): Readonly<Record<string, string>> {
  const texts = new Map<string, string>()
  for (const { key: name, keyPlace, value } of mapEntries(flow, "environment_variables", issues)) {
    if (name === "" || /[=\0]/.test(name)) {
      issues.add(DEFINITION_ERROR, `'${name.replaceAll("\0", "\\0")}' cannot name an environment variable`, keyPlace)
      continue
    }
    const text = variableText(value, issues)
    if (text.includes("\0")) {
      issues.add(DEFINITION_ERROR, `the environment variable ${name} holds a NUL`, value.place)
      continue
    }
    texts.set(name, text)
  }
  return Object.fromEntries(texts)
}

function variableText(value: YamlValue, issues: IssueList): string {
  if (value.kind !== "scalar") {
    // Reports dates inside, which have no JSON.
    toPlain(value, issues, { dates: "refuse" })
    return pythonJson(value)
  }
  if (value.type === "timestamp") toPlain(value, issues, { dates: "refuse" })
  if (value.type !== "text") return pythonStr(value)
  return String(value.value)
}
