// What is done about a line that failed: by the class of its error it is run again, left as it is, or ends the run. Decides;
// the line actor does it.
//
// F1. The first rule that fits decides; where none does, the line stays failed.
// F2. Neither a line nor the run is retried beyond its budget.

import type { ErrorRecord, FailureRule } from "../contracts/index.ts"

export type Verdict =
  | { readonly type: "retry"; readonly waitMs: number }
  /** `isCounted`: among the failures that `failOnLineErrors` counts. */
  | { readonly type: "keep"; readonly isCounted: boolean }
  | { readonly type: "fail" }

const DEFAULT_TIMES = 2

export class FailurePolicy {
  readonly #rules: readonly FailureRule[]
  #retriesLeft: number

  constructor(rules: readonly FailureRule[], retryBudget = Number.POSITIVE_INFINITY) {
    this.#rules = rules
    this.#retriesLeft = retryBudget
  }

  /** @param attempt the one that failed, 1 for the first */
  decide(error: ErrorRecord, attempt: number): Verdict {
    const classes = classesOf(error)
    const rule = this.#rules.find(({ on }) => [on].flat().some((name) => name === "*" || classes.includes(name)))
    if (rule?.action === "fail") return { type: "fail" }
    if (rule?.action !== "retry") return { type: "keep", isCounted: rule === undefined }
    if (attempt > (rule.times ?? DEFAULT_TIMES) || this.#retriesLeft <= 0) return { type: "keep", isCounted: true }
    this.#retriesLeft--
    return { type: "retry", waitMs: rule.waitMs ?? 0 }
  }
}

/** From the root inwards: `UserError`, `ToolExecutionError` …; and the class of the exception behind it. */
function classesOf(error: ErrorRecord): readonly string[] {
  const classes = [error.code]
  for (let inner = error.innerError; inner !== null; inner = inner.innerError) classes.push(inner.code)
  for (let debug = error.debugInfo ?? null; debug !== null; debug = debug.innerException) classes.push(debug.type)
  const behind = /\((\w+)\)/.exec(error.messageParameters.error_type_and_message ?? error.message)?.[1]
  return behind === undefined ? classes : [...classes, behind]
}
