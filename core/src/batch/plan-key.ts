// A text that changes when a flow does: its plan, and when its tools' files last changed.

import { statSync } from "node:fs"
import type { FlowPlan } from "../contracts/index.ts"
import { entryFile, locate } from "../flow/index.ts"

export function planKey(plan: FlowPlan): string {
  const changed = plan.nodes.map((node) => {
    const file = plan.kind === "flex" ? entryFile(node.path) : node.path
    const stat = statSync(locate(file, plan.workingDir, plan.includes ?? []), { throwIfNoEntry: false })
    return stat === undefined ? 0 : stat.mtimeMs
  })
  return JSON.stringify([plan, changed])
}
