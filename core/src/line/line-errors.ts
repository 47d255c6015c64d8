// promptflow's records for lines that could not report their own end.

import { type ErrorRecord, errorRecord, type LaneLost } from "../contracts/index.ts"

/** The worker died under the line while it had its lane to itself. */
export const crashed = (lineNumber: number, reason = "its host ended"): ErrorRecord =>
  errorRecord({
    message: `Process crashed while executing line ${lineNumber}, twice: ${reason}`,
    messageFormat: "Process crashed while executing line {line_number},",
    messageParameters: { line_number: String(lineNumber) },
    codes: ["UserError", "ProcessCrashError"],
    referenceCode: "Executor"
  })

/** Somebody canceled this line, and no other. */
export const lineCanceled = (lineNumber: number): ErrorRecord =>
  errorRecord({
    message: `Line ${lineNumber} was canceled.`,
    messageFormat: "Line {line_number} was canceled.",
    messageParameters: { line_number: String(lineNumber) },
    codes: ["UserError", "LineCanceled"],
    referenceCode: "Executor"
  })

/** True when the lane was ended because a line kept it past its time limit. */
export const isTimeout = (lost: LaneLost | undefined): boolean =>
  lost?.cause instanceof Error && lost.cause.name === "TimeoutError"
