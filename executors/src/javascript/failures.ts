// What a tool threw, as the record of a failed node.

import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { errorRecord, type NodePlan, ToolFailure } from "@throughline/core/contracts"

export function failure(node: NodePlan, error: unknown, folder: string): ToolFailure {
  if (error instanceof ToolFailure) return error
  const type = error instanceof Error ? error.name : typeof error
  const text = error instanceof Error ? error.message : String(error)
  const at = placeInFlow(error, folder)
  return new ToolFailure(
    errorRecord({
      message: `Execution failure in '${node.name}': (${type}) ${text}`,
      messageFormat: "Execution failure in '{node_name}': {error_type_and_message}",
      messageParameters: { node_name: node.name, error_type_and_message: `(${type}) ${text}` },
      codes: ["UserError", "ToolExecutionError"],
      referenceCode: `Tool/${node.path}`,
      additionalInfo: [
        {
          type: "ToolExecutionErrorDetails",
          info: {
            type,
            message: text,
            traceback: error instanceof Error ? (error.stack ?? "") : "",
            filename: at?.file ?? node.path,
            lineno: at?.line ?? null,
            name: at?.name ?? null
          }
        }
      ],
      ...(at === undefined ? {} : { place: `${at.file}:${at.line}` })
    })
  )
}

/** The innermost stack frame in a file (not in Node itself), relative to the flow's folder where it is inside. */
export function placeInFlow(error: unknown, folder: string) {
  if (!(error instanceof Error)) return undefined
  const frame = /^\s+at (?:(?:async )?(.+?) \()?file:\/\/(.+?):(\d+):\d+\)?$/m.exec(error.stack ?? "")
  if (frame === null) return undefined
  const file = fileURLToPath(`file://${frame[2]!}`)
  const inside = relative(folder, file)
  return { name: frame[1] ?? "<anonymous>", file: inside.startsWith("..") ? file : inside, line: Number(frame[3]) }
}
