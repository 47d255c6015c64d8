// JSON texts of the run folder, in the two ways promptflow writes them.

import { pythonJson } from "@throughline/core/data"

/** With spaces, as Python's `json.dumps` writes: artifacts, `metrics.json`, `error.json`. */
export const spacedJson = pythonJson

/** Without spaces, as its data frames are written: `inputs.jsonl`, `outputs.jsonl`. What JSON has no word for is null. */
export const compactJson = (value: unknown): string => pythonJson(value).replace(TOKEN, compactToken)

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b|\s+/g

function compactToken(token: string): string {
  if (token.startsWith('"')) return token
  return token.trim() === "" ? "" : "null"
}
