// Records what Jinja2 itself makes of the random templates. They lie beside the renderer, whose tests replay them.

import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { templateCases } from "./template.ts"

const fileOf = (name: string) => fileURLToPath(new URL(`../../../executors/src/prompt/${name}`, import.meta.url))

/** @param python an interpreter that has Jinja2 */
export function recordTemplates(python: string): void {
  const file = fileOf("jinja-grammar-cases.json")
  writeFileSync(file, JSON.stringify({ cases: templateCases() }))
  execFileSync(python, [fileOf("record-jinja-cases.py"), file], { stdio: ["ignore", "inherit", "inherit"] })
}
