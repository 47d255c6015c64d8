// What is wrong with one line's data, ready for its record. Loads in a thread.

import { type ErrorRecord, errorRecord } from "../contracts/error-record.ts"

/** The line cannot run because of its data. `record` is in promptflow's shape; the message is the record's. */
export class LineInputError extends Error {
  readonly record: ErrorRecord
  constructor(record: ErrorRecord) {
    super(record.message)
    this.name = "LineInputError"
    this.record = record
  }
}

/** promptflow's chains of classes for what this folder finds. */
const CODES = {
  InvalidUserData: ["UserError", "InvalidUserData"],
  LoadMultimediaDataError: ["UserError", "LoadMultimediaDataError"],
  ApplyInputMappingError: ["UserError", "ValidationError", "ApplyInputMappingError"],
  InputNotFound: ["UserError", "ValidationError", "InvalidFlowRequest", "InputNotFound"],
  InputTypeError: ["UserError", "ValidationError", "InvalidFlowRequest", "InputTypeError"],
  InputParseError: ["UserError", "ValidationError", "InvalidFlowRequest", "InputParseError"]
} as const

const TARGETS = { InvalidUserData: "Batch", ApplyInputMappingError: "Batch" } as Readonly<Record<string, string>>

/**
 * Builds the error from a format with `{name}` places, as promptflow's records have it.
 *
 * @param parameters name → text
 */
export function lineInputError(
  code: keyof typeof CODES,
  messageFormat: string,
  messageParameters: Readonly<Record<string, string>>,
  hint?: string
): LineInputError {
  const message = messageFormat.replace(/\{(\w+)\}/g, (place, name: string) => messageParameters[name] ?? place)
  return new LineInputError(
    errorRecord({
      message,
      messageFormat,
      messageParameters,
      codes: CODES[code],
      referenceCode: TARGETS[code] ?? "Executor",
      ...(hint === undefined ? {} : { hint })
    })
  )
}

/** A value as JSON for a message, cut to a readable length. */
export function shortText(value: unknown): string {
  let text: string | undefined
  try {
    text = typeof value === "bigint" ? value.toString() : JSON.stringify(value)
  } catch {
    // Not JSON: its text form has to do.
  }
  if (typeof value === "number" && !Number.isFinite(value)) text = String(value)
  text ??= String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
