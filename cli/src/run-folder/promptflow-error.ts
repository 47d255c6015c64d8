// Errors in the shape and order of keys that promptflow writes.

import { type ErrorRecord, LINE_FAILED, type LineError, type RunStore, type RunSummary } from "@throughline/core"

/** Errors of lines that are listed one by one; a run with more of them says how many there are in its message. */
const ERRORS_LISTED = 10_000

/** An error with promptflow's keys alone, in its order. */
export function promptflowError(record: ErrorRecord): Record<string, unknown> {
  const { message, messageFormat, messageParameters, referenceCode, code, innerError, additionalInfo, debugInfo } =
    record
  return {
    message,
    messageFormat,
    messageParameters,
    ...(referenceCode === undefined ? {} : { referenceCode }),
    code,
    innerError,
    ...(additionalInfo === undefined ? {} : { additionalInfo }),
    ...(debugInfo === undefined ? {} : { debugInfo })
  }
}

/**
 * What `error.json` holds: `undefined` for a run where nothing went wrong.
 *
 * @param detail `list` leaves out the lines' own errors, and does not search for the first message
 */
export async function runError(
  store: RunStore,
  summary: RunSummary,
  detail: "full" | "list" = "full"
): Promise<Record<string, unknown> | undefined> {
  const { manifest, lines, error } = summary
  const ending = await store.getEnding(manifest.name)
  const failedNodes = (ending?.aggregation ?? []).filter((node) => node.error !== undefined)
  if (error === undefined && lines.failed === 0 && failedNodes.length === 0) return undefined

  const lineErrors =
    lines.failed === 0 || detail === "list" ? [] : await firstLineErrors(store, manifest.name, ERRORS_LISTED)
  const first = summary.status === "Failed" ? error : (lineErrors[0]?.error ?? failedNodes[0]?.error)
  const counted = lines.failed > 0 ? `Failed to run ${lines.failed}/${lines.total} lines.` : ""
  const message = [counted, first === undefined ? "" : `First error message is: ${first.message}`]
    .filter((part) => part !== "")
    .join(" ")
  const head = {
    message,
    messageFormat: "",
    messageParameters: {},
    referenceCode: "Runtime",
    code: "UserError",
    innerError: { code: "SDKError", innerError: { code: "BulkRunException", innerError: null } }
  }
  if (detail === "list") return head
  const errors = [
    ...lineErrors.map(({ line_number, error }) => ({ line_number, error: promptflowError(error) })),
    ...failedNodes.map((node) => ({ error: promptflowError(node.error!), aggregation_node_name: node.node }))
  ]
  return {
    ...head,
    additionalInfo: [{ type: "BulkRunErrors", info: { errors } }],
    debugInfo: {
      type: "BulkRunException",
      message,
      stackTrace: "",
      innerException: null
    }
  }
}

/** Errors of failed lines by line number, of those that come first in the data. Stops reading when it has enough. */
export async function firstLineErrors(store: RunStore, name: string, most: number): Promise<readonly LineError[]> {
  const errors: LineError[] = []
  for await (const { header, records } of store.readChunks(name)) {
    if (header.statuses?.includes(LINE_FAILED) !== true) continue
    for (const record of store.decodeRecords(records)) {
      if (record.error !== undefined) errors.push({ line_number: record.lineNumber, error: record.error })
    }
    if (errors.length >= most) break
  }
  return errors.sort((a, b) => a.line_number - b.line_number).slice(0, most)
}
