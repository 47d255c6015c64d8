// Runs `javascript` nodes in this thread: the default export of the node's file, or its only exported function, called
// with the node's inputs by parameter name; `logMetric` is one more that a tool may ask for. Does not convert literals:
// YAML's values are JavaScript's.

import {
  errorRecord,
  type NodeCall,
  type NodePlan,
  type OpenToolHost,
  type PreparedTool,
  type ToolFailure,
  type ToolHostContext,
  ToolLoadFailure,
  type ToolParameter
} from "@throughline/core/contracts"
import { capturing, capturingAsync, redirectOutput } from "./capture-output.ts"
import { Entry, type EntryCall } from "./entries.ts"
import { failure } from "./failures.ts"
import { loadFailure, loadModule } from "./load-module.ts"
import { areUnchanged, watchLoading } from "./loaded-files.ts"
import { compileInvoke, type Parameters, parametersOf, type Tool } from "./parameters.ts"

const openToolHost: OpenToolHost = async (context) => {
  redirectOutput()
  refuseExits()
  watchLoading()
  let entry: Promise<Entry> | undefined
  const prepareEntry = async (node: NodePlan): Promise<PreparedTool> => {
    entry ??= Entry.load(context.plan)
    return entryTool(await entry, node, context.initKwargs)
  }
  return {
    prepare: (node) => (context.plan.kind === "flex" ? prepareEntry(node) : prepare(context, node)),
    // What an entry's object holds belongs to its run.
    ...(context.plan.kind === "flex" ? {} : { isCurrent: areUnchanged }),
    close: async () => {}
  }
}
export default openToolHost

async function prepare({ plan }: ToolHostContext, node: NodePlan): Promise<PreparedTool> {
  const tool = chooseTool(node, await loadModule(node, plan.workingDir, node.path))
  const parameters = parametersOf(tool)
  if (parameters === undefined) {
    throw loadFailure(
      node,
      `cannot tell the parameters of ${tool.name || "the function"} in ${node.path}`,
      "write it as function(a, b) or function({ a, b }): inputs are passed by name"
    )
  }
  checkInputs(node, tool, parameters)
  const logsMetrics = parameters.names.includes(LOG_METRIC) && !node.inputs.some(({ name }) => name === LOG_METRIC)
  const call: EntryCall = {
    parameters,
    invoke: compileInvoke(tool, parameters),
    isAsync: tool.constructor.name === "AsyncFunction",
    fail: (error) => failure(node, error, plan.workingDir)
  }
  return new JavaScriptTool(call, logsMetrics)
}

function entryTool(entry: Entry, { aggregation }: NodePlan, init: ToolHostContext["initKwargs"]): PreparedTool {
  if (!aggregation) return new JavaScriptTool(entry.lineCall(init), false)
  // What it returns is logged as metrics of the call that is running: the tool's one call.
  let log: NodeCall["logMetric"] = () => {}
  const call = entry.aggregationCall(init, (metrics) => {
    for (const [key, value] of Object.entries(metrics)) log(key, value)
  })
  const tool = new JavaScriptTool(call, false)
  return {
    parameters: tool.parameters,
    takesForeign: false,
    mayWait: false,
    call: (inputs, nodeCall) => {
      log = (key, value) => nodeCall.logMetric(key, value)
      return tool.call(inputs, nodeCall)
    }
  }
}

function chooseTool(node: NodePlan, exported: Readonly<Record<string, unknown>>): Tool {
  const byDefault = exported.default
  if (typeof byDefault === "function") return byDefault as Tool
  const functions = Object.entries(exported).filter(([, value]) => typeof value === "function")
  const [first] = functions
  if (functions.length === 1 && first !== undefined) return first[1] as Tool
  const found = functions.length === 0 ? "no function" : functions.map(([name]) => name).join(", ")
  throw loadFailure(
    node,
    `${node.path} must export one function, by default or as the only one; it exports ${found}`,
    "add `export default` to the function the node is to call"
  )
}

function checkInputs(node: NodePlan, tool: Tool, { names, takesMore }: Parameters): void {
  if (takesMore) return
  const unknown = node.inputs.find((input) => !names.includes(input.name))
  if (unknown === undefined) return
  const { file, line, column } = unknown.place
  throw new ToolLoadFailure(
    errorRecord({
      message: `node '${node.name}' gives an input '${unknown.name}', but ${tool.name || "the function"} in ${node.path} takes ${names.join(", ") || "no parameters"}`,
      codes: ["UserError", "ToolValidationError", "BadFunctionInterface"],
      referenceCode: "Tool",
      place: `${file}:${line}:${column}`
    })
  )
}

/** A parameter of this name, which no input of the node has, is given the function that logs a metric. */
const LOG_METRIC = "logMetric"

/** A function with what surrounds its calls: their prints, and their failures. */
class JavaScriptTool implements PreparedTool {
  readonly parameters: readonly ToolParameter[]
  readonly takesForeign = false
  mayWait: boolean
  readonly #invoke: (inputs: Record<string, unknown>) => unknown
  readonly #fail: (error: unknown) => ToolFailure
  readonly #logsMetrics: boolean

  constructor({ parameters, invoke, isAsync, fail }: EntryCall, logsMetrics: boolean) {
    this.parameters = parameters.names.map((name) => ({ name, hasDefault: parameters.optional.has(name) }))
    this.mayWait = isAsync
    this.#invoke = invoke
    this.#fail = fail
    this.#logsMetrics = logsMetrics
  }

  call(inputs: Record<string, unknown>, call: NodeCall): unknown {
    if (this.#logsMetrics) inputs[LOG_METRIC] = (key: string, value: unknown) => call.logMetric(key, value)
    try {
      const result = this.mayWait ? capturingAsync(call, this.#invoke, inputs) : capturing(call, this.#invoke, inputs)
      if (!isPromise(result)) return result
      this.mayWait = true
      return result.then(undefined, (error: unknown) => {
        throw this.#fail(error)
      })
    } catch (error) {
      throw this.#fail(error)
    }
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function"

let refusesExits = false

/** A tool that ends the process ends its line instead. Node itself may end it, which it does after an uncaught error. */
function refuseExits(): void {
  if (refusesExits) return
  refusesExits = true
  const { exit } = process
  process.exit = (code) => {
    throw new Error(`process.exit(${code ?? ""}) was called; a tool cannot end the process it runs in`)
  }
  process.on("uncaughtExceptionMonitor", () => {
    process.exit = exit
  })
}
