// Lines of a log, in the columns of promptflow's logs. Times are UTC.

import type { ErrorRecord, NodeLogs } from "@throughline/core"

export type LogLevel = "INFO" | "WARNING" | "ERROR"

/** `2026-11-24 23:59:13 +0000   19845 execution.flow     INFO     Node shout completes.` */
export function logLine(atMs: number, logger: string, level: LogLevel, message: string): string {
  const [date, time] = new Date(atMs).toISOString().split("T") as [string, string]
  return `${date} ${time.slice(0, 8)} +0000 ${String(process.pid).padStart(7)} ${logger.padEnd(18)} ${level.padEnd(8)} ${message}`
}

/** What is known of one node for a log. */
export interface LoggedNode {
  readonly name: string
  /** The entry of a flex flow or a prompty: nothing is said of it but what it printed. */
  readonly isEntry: boolean
  readonly runId: string
  readonly status: string
  readonly startMs: number
  readonly endMs: number
  readonly logs: NodeLogs | undefined
  readonly error: ErrorRecord | undefined
}

/** The log of one line: its nodes in the order they ran, and what they printed. */
export function lineLog(lineNumber: number, nodes: readonly LoggedNode[], failure?: LoggedFailure): readonly string[] {
  const lines: string[] = []
  for (const { name, isEntry, runId, status, startMs, endMs, logs, error } of nodes) {
    if (isEntry) {
      lines.push(...printed("Flex", lineNumber, logs, endMs), ...(error === undefined ? [] : tracebackOf(error)))
      continue
    }
    if (status === "Bypassed") {
      lines.push(logLine(startMs, "execution.flow", "INFO", `Bypassing node ${name}.`))
      continue
    }
    lines.push(logLine(startMs, "execution.flow", "INFO", `Executing node ${name}. node run id: ${runId}`))
    lines.push(...printed(name, lineNumber, logs, endMs))
    if (error === undefined) lines.push(logLine(endMs, "execution.flow", "INFO", `Node ${name} completes.`))
    else {
      const text = `Node ${name} in line ${lineNumber} failed. Exception: ${error.message}.`
      lines.push(logLine(endMs, "execution", "ERROR", text), ...tracebackOf(error))
    }
  }
  if (failure !== undefined && nodes.every((node) => node.isEntry || node.error === undefined)) {
    lines.push(logLine(failure.atMs, "execution", "ERROR", `Line ${lineNumber} failed. ${failure.error.message}`))
  }
  return lines
}

export interface LoggedFailure {
  readonly atMs: number
  readonly error: ErrorRecord
}

/** What a node printed, each line with the node's name before it. */
export function printed(
  node: string,
  lineNumber: number | undefined,
  logs: NodeLogs | undefined,
  atMs: number
): readonly string[] {
  const at = lineNumber === undefined ? node : `${node} in line ${lineNumber} (index starts from 0)`
  const streams = [
    ["stdout", "INFO", logs?.stdout],
    ["stderr", "WARNING", logs?.stderr]
  ] as const
  return streams.flatMap(([stream, level, text = ""]) =>
    text
      .replace(PRINTED_AT, "")
      .replace(/\n$/, "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => logLine(atMs, "execution.flow", level, `[${at}] ${stream}> ${line}`))
  )
}

/** What stands before each print in a node's logs; a line of the log has a time of its own. */
const PRINTED_AT = /\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\] ?/g

/** The user code's own traceback, where the error has one. */
export function tracebackOf(error: ErrorRecord): readonly string[] {
  for (const { type, info } of error.additionalInfo ?? []) {
    const { traceback } = (info ?? {}) as { readonly traceback?: unknown }
    const isDetails = type === "ToolExecutionErrorDetails" || type === "FlexFlowExecutionErrorDetails"
    if (isDetails && typeof traceback === "string" && traceback !== "") {
      return traceback.replace(/\n$/, "").split("\n")
    }
  }
  return []
}
