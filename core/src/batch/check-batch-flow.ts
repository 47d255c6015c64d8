// What a flow must have to be run over many rows, beyond what makes it a flow.

import { basename } from "node:path"
import { InvalidFlow } from "../contracts/errors.ts"
import type { FlowPlan } from "../contracts/index.ts"
import { wholeFile } from "../flow/issue-list.ts"

/** Gives the plan back. @throws {InvalidFlow} for a DAG flow without inputs: every line would be the same */
export function checkBatchFlow(plan: FlowPlan): FlowPlan {
  if (plan.kind !== "dag" || plan.inputs.length > 0) return plan
  const message = "a batch needs a flow with inputs, and this one declares none"
  const hint = "declare the inputs that differ from line to line, or run the flow once with `flow test`"
  const issue = { code: "InputNotFound", message, hint, place: wholeFile(basename(plan.flowFile)) }
  throw new InvalidFlow({ flowFile: plan.flowFile, issues: [issue] })
}
