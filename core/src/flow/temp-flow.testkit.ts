// Flow folders on disk, for the tests of this folder only.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { onTestFinished } from "vitest"
import { checkFlow, type FlowCheck, type LoadFlowOptions } from "./load-flow.ts"

/** A folder with these files, removed after the test. `flow` becomes `flow.dag.yaml`. */
export function aFlowFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "flow-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name === "flow" ? "flow.dag.yaml" : name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  return folder
}

/** Checks a flow whose nodes may use `a.py`, `b.py` and `c.jinja2`. */
export function check(flow: string, options: Partial<LoadFlowOptions> = {}): FlowCheck {
  const folder = aFlowFolder({ flow, "a.py": "", "b.py": "", "c.jinja2": "" })
  return checkFlow(folder, { nodeTypes: ["python", "prompt"], ...options })
}

/** `line:column code` of every issue. */
export function placesOf(flow: string, options?: Partial<LoadFlowOptions>): readonly string[] {
  return check(flow, options).issues.map(({ code, place }) => `${place.line}:${place.column} ${code}`)
}

/** The plan of a flow without issues. */
export function planOf(flow: string, options?: Partial<LoadFlowOptions>) {
  const { plan, issues } = check(flow, options)
  if (plan === undefined) throw new Error(JSON.stringify(issues, null, 2))
  return plan
}

/** A node with only what matters: `extra` lines are fields, indented by the caller as in `inputs: {x: 1}`. */
export function aNode(name: string, ...extra: readonly string[]): string {
  const fields = [
    `- name: ${name}`,
    "  type: python",
    "  source: {type: code, path: a.py}",
    ...extra.map((line) => `  ${line}`)
  ]
  return `${fields.join("\n")}\n`
}
