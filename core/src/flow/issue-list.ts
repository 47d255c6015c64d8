// Collects what is wrong with a flow, so that all of it is told at once. Does not print and does not throw.
//
// I1. Issues keep the order in which they were found, which is the order of promptflow's own checks: the first one is
//     the error that promptflow would have raised.

import type { FlowIssue, SourcePlace } from "../contracts/flow-plan.ts"

export class IssueList {
  readonly issues: FlowIssue[] = []
  readonly warnings: FlowIssue[] = []

  add(code: string, message: string, place: SourcePlace, hint?: string): void {
    this.issues.push({ code, message, place, ...(hint === undefined ? {} : { hint }) })
  }

  warn(code: string, message: string, place: SourcePlace, hint?: string): void {
    this.warnings.push({ code, message, place, ...(hint === undefined ? {} : { hint }) })
  }

  /** Something promptflow has and we do not have yet. */
  addNotSupportedYet(construct: string, place: SourcePlace, hint?: string): void {
    this.add("NotSupportedYet", `${construct} is not supported yet`, place, hint)
  }
}

/** For what is wrong with a file as a whole, or with the way it was asked for. */
export const wholeFile = (file: string): SourcePlace => ({ file, line: 0, column: 0 })
