// JSON texts in the ways promptflow writes them.

import { pythonJson } from "@throughline/core/data"

/** With spaces, as Python's `json.dumps` writes: artifacts, `metrics.json`, `error.json`. */
export const spacedJson = pythonJson

/** Without spaces, as its data frames are written: `inputs.jsonl`, `outputs.jsonl`. What JSON has no word for is null. */
export const compactJson = (value: unknown): string => pythonJson(value).replace(TOKEN, compactToken)

/** Over several lines, as Python's `json.dumps(value, indent=…, ensure_ascii=False)` writes: results and details. */
export function prettyJson(value: unknown, indent = 4): string {
  let depth = 0
  const newLine = () => `\n${" ".repeat(depth * indent)}`
  return pythonJson(value).replace(PRETTY_TOKEN, (token) => {
    if (token.startsWith('"') || token === "[]" || token === "{}") return token
    if (token === ", ") return `,${newLine()}`
    if (token === "{" || token === "[") {
      depth++
      return token + newLine()
    }
    depth--
    return newLine() + token
  })
}

const PRETTY_TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|\[\]|\{\}|[[\]{}]|, /g
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b|\s+/g

function compactToken(token: string): string {
  if (token.startsWith('"')) return token
  return token.trim() === "" ? "" : "null"
}
