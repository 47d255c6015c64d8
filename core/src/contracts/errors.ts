// Errors of the engine as a host sees them. Threads never load this file: over a wire an error is an `ErrorRecord`.

import * as Data from "effect/Data"
import { type ErrorRecord, errorRecord } from "./error-record.ts"
import type { FlowIssue } from "./flow-plan.ts"

/** The flow files hold one or more mistakes; all of them are in `issues`, each with its place. */
export class InvalidFlow extends Data.TaggedError("InvalidFlow")<{
  readonly flowFile: string
  readonly issues: readonly FlowIssue[]
}> {
  readonly blame = "user"
  override get message() {
    return this.issues
      .map((issue) => {
        const { file, line, column } = issue.place
        const place = line > 0 ? `${file}:${line}:${column}` : file
        return `${place}: ${issue.message} [${issue.code}]${issue.hint === undefined ? "" : `\n    ${issue.hint}`}`
      })
      .join("\n")
  }
}

/** The data cannot be read as rows. */
export class InvalidData extends Data.TaggedError("InvalidData")<{
  readonly reason: string
  /** `file:line`, where known. */
  readonly place: string | undefined
  /** promptflow's class: `InvalidUserData`, `EmptyInputsData`, `InputMappingError`. */
  readonly code: string
  readonly hint?: string
}> {
  readonly blame = "user"
  override get message() {
    return `${this.place === undefined ? "" : `${this.place}: `}${this.reason}${this.hint === undefined ? "" : `\n    ${this.hint}`}`
  }
}

/** The column mapping names something that no source has. Raised before any line runs, or for the line that shows it. */
export class MappingMissing extends Data.TaggedError("MappingMissing")<{
  readonly references: readonly string[]
  readonly lineNumber: number
  readonly available: readonly string[]
}> {
  readonly blame = "user"
  override get message() {
    return (
      `The input for batch run is incorrect. Couldn't find these mapping relations: ${this.references.join(", ")} ` +
      `(line ${this.lineNumber}). The data has: ${this.available.join(", ") || "no columns"}.`
    )
  }
}

/** An option of ours got a value it does not take. */
export class InvalidOption extends Data.TaggedError("InvalidOption")<{
  readonly option: string
  readonly got: unknown
  readonly accepts: string
}> {
  readonly blame = "user"
  override get message() {
    return `${this.option}: got ${describe(this.got)}, but it takes ${this.accepts}`
  }
}

/** Something promptflow has and this version does not have yet; it is named so that nobody is surprised later. */
export class NotSupportedYet extends Data.TaggedError("NotSupportedYet")<{
  readonly feature: string
  readonly place: string | undefined
}> {
  readonly blame = "user"
  override get message() {
    return `${this.place === undefined ? "" : `${this.place}: `}${this.feature} is not supported yet`
  }
}

/** No executor of the runtime runs what the flow asks for. */
export class ExecutorMissing extends Data.TaggedError("ExecutorMissing")<{
  readonly wanted: string
  readonly registered: readonly string[]
  readonly place: string | undefined
}> {
  readonly blame = "user"
  override get message() {
    const at = this.place === undefined ? "" : `${this.place}: `
    return `${at}no executor for ${this.wanted}; this runtime has: ${this.registered.join(", ") || "none"}`
  }
}

/** An executor could not start, or a tool could not be loaded. */
export class ExecutorFailed extends Data.TaggedError("ExecutorFailed")<{
  readonly record: ErrorRecord
  readonly cause?: unknown
}> {
  get blame() {
    return this.record.code === "UserError" ? "user" : "system"
  }
  override get message() {
    const { place, message, hint } = this.record
    return `${place === undefined ? "" : `${place}: `}${message}${hint === undefined ? "" : `\n    ${hint}`}`
  }
}

/** Lines failed, and the caller asked for that to be an error. */
export class LinesFailed extends Data.TaggedError("LinesFailed")<{
  readonly lineNumbers: readonly number[]
  readonly total: number
  readonly first: ErrorRecord
}> {
  readonly blame = "user"
  override get message() {
    const shown = this.lineNumbers.slice(0, 20).join(", ")
    const more = this.lineNumbers.length > 20 ? ` and ${this.lineNumbers.length - 20} more` : ""
    return `Failed to run ${this.lineNumbers.length}/${this.total} lines (${shown}${more}). First error message is: ${this.first.message}`
  }
}

export class RunExists extends Data.TaggedError("RunExists")<{ readonly run: string }> {
  readonly blame = "user"
  override get message() {
    return `Run '${this.run}' already exists.`
  }
}

export class RunNotFound extends Data.TaggedError("RunNotFound")<{ readonly run: string }> {
  readonly blame = "user"
  override get message() {
    return `Run name '${this.run}' cannot be found.`
  }
}

/** A run that another one builds on has not come to its end. */
export class RunNotCompleted extends Data.TaggedError("RunNotCompleted")<{
  readonly run: string
  readonly status: string
}> {
  readonly blame = "user"
  override get message() {
    return `Referenced run ${this.run} is not completed, got status ${this.status}`
  }
}

/** Lines of an earlier run could not be taken into a new one. */
export class ResumeCopyFailed extends Data.TaggedError("ResumeCopyFailed")<{
  readonly run: string
  readonly cause: unknown
}> {
  readonly blame = "system"
  override get message() {
    const reason = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `the lines of run '${this.run}' could not be taken over: ${reason}`
  }
}

/** Another live writer has the run. */
export class RunLocked extends Data.TaggedError("RunLocked")<{ readonly run: string; readonly pid: number }> {
  readonly blame = "user"
  override get message() {
    return `Run '${this.run}' is being written by process ${this.pid}`
  }
}

/** The run has ended with all of its lines: there is nothing left to go on with. */
export class NothingToResume extends Data.TaggedError("NothingToResume")<{ readonly run: string }> {
  readonly blame = "user"
  override get message() {
    return `Run '${this.run}' is Completed: none of its lines is left to run.`
  }
}

/** What the run was begun on has changed since. */
export class GroundChanged extends Data.TaggedError("GroundChanged")<{
  readonly run: string
  readonly changes: readonly string[]
  /** False: lines of before and of now could not stand in one run. */
  readonly isAllowable: boolean
}> {
  readonly blame = "user"
  override get message() {
    const what = `run '${this.run}' was begun on something else; changed since: ${this.changes.join(", ")}`
    return this.isAllowable
      ? `${what}\n    What is finished stays as it was made; --allow-changed (allowChanged) goes on with what is there now.`
      : `${what}\n    The flow has other nodes or outputs now: lines of both cannot stand in one run. Start a new one.`
  }
}

/** Nobody runs it: there is nobody to take an order. */
export class RunNotLive extends Data.TaggedError("RunNotLive")<{ readonly run: string; readonly status: string }> {
  readonly blame = "user"
  override get message() {
    return `Run '${this.run}' is ${this.status}: nothing of it is running`
  }
}

/** The store, or a file of the run folder, could not be written. What was committed before stays. */
export class WriteFailed extends Data.TaggedError("WriteFailed")<{
  readonly path: string
  readonly cause: unknown
}> {
  readonly blame = "system"
  override get message() {
    const reason = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `cannot write ${this.path}: ${reason}`
  }
}

/** The lines of a run were asked for when it was too late: they are not held for who may come. */
export class LinesGone extends Data.TaggedError("LinesGone")<{ readonly run: string; readonly reason: string }> {
  readonly blame = "user"
  override get message() {
    return `run '${this.run}' ${this.reason}`
  }
}

/** The run was canceled before it had begun: nothing was recorded. */
export class RunCanceled extends Data.TaggedError("RunCanceled")<{ readonly run: string }> {
  readonly blame = "user"
  override get message() {
    return `run '${this.run}' was stopped before it began; nothing was recorded`
  }
}

/** The runtime was closed. */
export class RuntimeClosed extends Data.TaggedError("RuntimeClosed")<{ readonly action: string }> {
  readonly blame = "user"
  override get message() {
    return `the runtime is closed: ${this.action} was refused`
  }
}

/** An error of ours as promptflow's record: the tag becomes the class promptflow has for it. */
export function toErrorRecord(error: unknown): ErrorRecord | undefined {
  if (error instanceof InvalidFlow) {
    const first = error.issues[0]
    return errorRecord({
      message: error.message,
      codes: first?.code === undefined ? ["UserError"] : promptflowCodes(first.code),
      referenceCode: "Executor"
    })
  }
  if (error instanceof InvalidData) {
    return errorRecord({ message: error.message, codes: promptflowCodes(error.code), referenceCode: "Batch" })
  }
  if (error instanceof MappingMissing) {
    return errorRecord({
      message: error.message,
      codes: promptflowCodes("ApplyInputMappingError"),
      referenceCode: "Batch"
    })
  }
  if (error instanceof ResumeCopyFailed) {
    return errorRecord({ message: error.message, codes: promptflowCodes("ResumeCopyError"), referenceCode: "Batch" })
  }
  if (error instanceof LinesFailed) {
    return errorRecord({
      message: error.message,
      codes: ["UserError", "SDKError", "BulkRunException"],
      referenceCode: "Batch"
    })
  }
  const { record } = error as { readonly record?: ErrorRecord }
  if (error instanceof Error && typeof record?.code === "string") return record
  const tagged = error as { readonly _tag?: unknown; readonly blame?: unknown; readonly message?: unknown }
  if (error instanceof Error && typeof tagged._tag === "string" && typeof tagged.blame === "string") {
    return errorRecord({
      message: error.message,
      codes: [tagged.blame === "user" ? "UserError" : "SystemError", tagged._tag],
      referenceCode: "Batch"
    })
  }
  return undefined
}

const UNDER_VALIDATION = new Set([
  "InputMappingError",
  "ApplyInputMappingError",
  "InvalidFlexFlowEntry",
  "InvalidSource"
])
/** Python's own errors, which promptflow lets through. */
const SYSTEM = new Set(["NotImplementedError", "UnexpectedError", "ResumeCopyError", "YamlParseError"])
const SDK = new Set([
  "InvalidFlowError",
  "RunNotFoundError",
  "RunExistsError",
  "RunOperationParameterError",
  "ConnectionNotFoundError"
])
const FLOW_REQUEST = new Set([
  "DuplicateNodeName",
  "NodeReferenceNotFound",
  "InputReferenceNotFound",
  "NodeCircularDependency",
  "InvalidNodeReference",
  "EmptyOutputReference",
  "OutputReferenceNotFound",
  "InputNotFound",
  "InputTypeError",
  "InputParseError",
  "NodeInputValidationError",
  "InvalidConnectionType"
])

/** promptflow's chain of classes for one of its class names. */
export function promptflowCodes(name: string): readonly string[] {
  if (FLOW_REQUEST.has(name)) return ["UserError", "ValidationError", "InvalidFlowRequest", name]
  if (UNDER_VALIDATION.has(name)) return ["UserError", "ValidationError", name]
  if (SYSTEM.has(name)) return ["SystemError", name]
  if (SDK.has(name)) return ["UserError", "SDKError", name]
  // The two roots of its family tree are told by their codes alone.
  if (name === "UserErrorException") return ["UserError"]
  if (name === "ValidationException") return ["UserError", "ValidationError"]
  if (name === "UnsupportedReference") return ["UserError", "NodeReferenceError", name]
  return ["UserError", name]
}

function describe(value: unknown): string {
  if (typeof value === "function") return `a function (${value.name || "anonymous"})`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
