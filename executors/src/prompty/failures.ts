// What can go wrong with a prompty before its request is sent, in promptflow's classes.

import { type ErrorRecord, errorClass, errorRecord, ToolFailure } from "@throughline/core/contracts"

/** A failure of promptflow's core. @param className a class below `CoreError`, unless it is `UserErrorException` itself */
export function coreFailure(
  className: string,
  message: string,
  more: { readonly hint?: string; readonly place?: string } = {}
): ToolFailure {
  const codes = className === "UserErrorException" ? ["UserError"] : ["UserError", ...rootOf(className), className]
  return new ToolFailure(errorRecord({ message, codes, referenceCode: "Core", ...more }))
}

/** Not below `CoreError`. */
const OWN_ROOTS: Readonly<Record<string, readonly string[]>> = {
  LLMError: [],
  TypeError: [],
  UnknownConnectionType: []
}
const rootOf = (className: string): readonly string[] => OWN_ROOTS[className] ?? ["CoreError"]

/** What Python raises while an answer is read, as promptflow wraps it. */
export const answerFailure = (type: string, text: string): ToolFailure =>
  coreFailure("LLMError", `OpenAI API hits exception: ${type}: ${text}`)

/** The name of the exception that promptflow raises with this record. */
function classOf(record: ErrorRecord): string {
  if (record.innerError === null) return "UserErrorException"
  if (record.innerError.code !== "OpenAIError") return errorClass(record)
  return record.message.startsWith("Exceed max retry times.") ? "ExceedMaxRetryTimes" : "WrappedOpenAIError"
}

/** The failure of a prompty that is run as a flow, under the name that promptflow's executor has for it. */
export function asScriptFailure({ record }: ToolFailure): ToolFailure {
  const name = "_traced_sync.<locals>.wrapped"
  const type = classOf(record)
  const text = `(${type}) ${record.message}`
  const { place, hint } = record
  const script: ErrorRecord = errorRecord({
    message: `Execution failure in '${name}': ${text}`,
    messageFormat: "Execution failure in '{func_name}': {error_type_and_message}",
    messageParameters: { func_name: name, error_type_and_message: text },
    codes: ["UserError", "ScriptExecutionError"],
    referenceCode: "Unknown",
    additionalInfo: [
      {
        type: "FlexFlowExecutionErrorDetails",
        info: { type, message: record.message, traceback: `${type}: ${record.message}\n` }
      }
    ],
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint })
  })
  return new ToolFailure(script)
}
