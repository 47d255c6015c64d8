// An error as plain data, in promptflow's shape: what crosses a thread, a process or the disk. Loads in a thread.

export interface InnerError {
  readonly code: string
  readonly innerError: InnerError | null
}

export interface ErrorRecord {
  readonly message: string
  readonly messageFormat: string
  readonly messageParameters: Readonly<Record<string, string>>
  /** Where it arose: `Executor`, `Tool/<module>`, `Batch` … Absent for errors of no known origin. */
  readonly referenceCode?: string
  /** The root of the chain: `UserError` (the flow or the data has to change) or `SystemError`. */
  readonly code: string
  readonly innerError: InnerError | null
  readonly additionalInfo?: ReadonlyArray<{ readonly type: string; readonly info: unknown }>
  readonly debugInfo?: DebugInfo
  /** Ours: what to do about it, when we know. */
  readonly hint?: string
  /** Ours: where, as `file:line` or `file:line:column` relative to the flow or data folder. */
  readonly place?: string
}

export interface DebugInfo {
  readonly type: string
  readonly message: string
  readonly stackTrace: string
  readonly innerException: DebugInfo | null
}

export interface ErrorDetails {
  readonly message: string
  /** Class names from the root inwards: `["UserError", "ValidationError", "InputNotFound"]`. */
  readonly codes: readonly string[]
  readonly referenceCode?: string
  readonly messageFormat?: string
  readonly messageParameters?: Readonly<Record<string, string>>
  readonly additionalInfo?: ReadonlyArray<{ readonly type: string; readonly info: unknown }>
  readonly debugInfo?: DebugInfo
  readonly hint?: string
  readonly place?: string
}

/** Builds an `ErrorRecord` whose `code`/`innerError` chain is `codes`. */
export function errorRecord(details: ErrorDetails): ErrorRecord {
  const { codes, message, messageFormat = "", messageParameters = {}, ...rest } = details
  let innerError: InnerError | null = null
  for (const code of codes.slice(1).reverse()) innerError = { code, innerError }
  return { message, messageFormat, messageParameters, ...rest, code: codes[0] ?? "SystemError", innerError }
}

/** The innermost class name: `InputNotFound` of `UserError > ValidationError > InputNotFound`. */
export function errorClass(record: ErrorRecord): string {
  let code = record.code
  for (let inner = record.innerError; inner !== null; inner = inner.innerError) code = inner.code
  return code
}

/** True when the flow or the data has to change, not the engine or the machine. */
export const isUserError = (record: ErrorRecord): boolean => record.code === "UserError"

/** promptflow's record of a line that used its whole time limit. */
export const lineTimeoutRecord = (lineNumber: number, limitMs: number): ErrorRecord =>
  errorRecord({
    message: `Line ${lineNumber} execution timeout for exceeding ${limitMs / 1000} seconds`,
    messageFormat: "Line {line_number} execution timeout for exceeding {timeout} seconds",
    messageParameters: { line_number: String(lineNumber), timeout: String(limitMs / 1000) },
    codes: ["UserError", "LineExecutionTimeoutError"],
    referenceCode: "Executor"
  })

/** A line's text for `output.jsonl` is longer than the run allows. */
export const outputTooLargeRecord = (bytes: number, limit: number): ErrorRecord =>
  errorRecord({
    message: `The line's output has ${bytes} bytes; the limit is ${limit}.`,
    codes: ["UserError", "LineOutputTooLarge"],
    referenceCode: "Executor",
    hint: "raise the limit with maxOutputBytes (--max-output), or return less"
  })

/** promptflow's record of a node whose line ran out of time. */
export const nodeTimeoutRecord = (limitMs: number): ErrorRecord =>
  errorRecord({
    message: `Tool execution is canceled because: Line execution timeout after ${limitMs / 1000} seconds.`,
    codes: ["UserError", "ToolCanceledError"],
    referenceCode: "Tool"
  })

/** Any thrown thing as a record: `SystemError > <Type>`, with its stack as `debugInfo`. */
export function unexpectedErrorRecord(error: unknown, referenceCode?: string): ErrorRecord {
  const type = error instanceof Error ? error.name : typeof error
  const message = error instanceof Error ? error.message : String(error)
  return errorRecord({
    message,
    codes: ["SystemError", type],
    ...(referenceCode === undefined ? {} : { referenceCode }),
    debugInfo: debugInfoOf(error)
  })
}

/** The cause chain of a thrown thing, outermost first, at most eight deep. */
export function debugInfoOf(error: unknown, depth = 0): DebugInfo {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: String(error), stackTrace: "", innerException: null }
  }
  return {
    type: error.name,
    message: error.message,
    stackTrace: error.stack ?? "",
    innerException: error.cause === undefined || depth >= 8 ? null : debugInfoOf(error.cause, depth + 1)
  }
}
