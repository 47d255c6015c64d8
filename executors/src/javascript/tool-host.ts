// Runs `javascript` nodes in this thread: the default export of the node's file, or its only exported function, called
// with the node's inputs by parameter name; `logMetric` is one more that a tool may ask for. Does not convert literals:
// YAML's values are JavaScript's.

import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import {
  errorRecord,
  type NodeCall,
  type NodePlan,
  type OpenToolHost,
  type PreparedTool,
  ToolFailure,
  type ToolHostContext,
  ToolLoadFailure,
  type ToolParameter
} from "@throughline/core/contracts"
import { parse } from "acorn"
import { capturing, capturingAsync, redirectOutput } from "./capture-output.ts"
import { type Parameters, parametersOf } from "./parameters.ts"

type Tool = (...args: unknown[]) => unknown

const openToolHost: OpenToolHost = async (context) => {
  redirectOutput()
  refuseExits()
  return {
    prepare: (node) => prepare(context, node),
    close: async () => {}
  }
}
export default openToolHost

async function prepare({ plan }: ToolHostContext, node: NodePlan): Promise<PreparedTool> {
  const file = join(plan.workingDir, node.path)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    const place = error instanceof SyntaxError ? placeOfSyntaxError(error, node.path, file) : undefined
    throw loadFailure(node, `cannot load ${node.path}: ${describe(error)}`, hintOf(error), place)
  }
  const tool = chooseTool(node, exported)
  const parameters = parametersOf(tool)
  if (parameters === undefined) {
    throw loadFailure(
      node,
      `cannot tell the parameters of ${tool.name || "the function"} in ${node.path}`,
      "write it as function(a, b) or function({ a, b }): inputs are passed by name"
    )
  }
  checkInputs(node, tool, parameters)
  return new JavaScriptTool(node, plan.workingDir, tool, parameters)
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

class JavaScriptTool implements PreparedTool {
  readonly parameters: readonly ToolParameter[]
  readonly takesForeign = false
  mayWait: boolean
  readonly #node: NodePlan
  readonly #folder: string
  readonly #invoke: (inputs: Record<string, unknown>) => unknown
  readonly #logsMetrics: boolean

  constructor(node: NodePlan, folder: string, tool: Tool, parameters: Parameters) {
    this.#node = node
    this.#folder = folder
    this.parameters = parameters.names.map((name) => ({ name, hasDefault: parameters.optional.has(name) }))
    this.mayWait = tool.constructor.name === "AsyncFunction"
    this.#invoke = compileInvoke(tool, parameters)
    this.#logsMetrics = parameters.names.includes(LOG_METRIC) && !node.inputs.some(({ name }) => name === LOG_METRIC)
  }

  call(inputs: Record<string, unknown>, call: NodeCall): unknown {
    if (this.#logsMetrics) inputs[LOG_METRIC] = (key: string, value: unknown) => call.logMetric(key, value)
    try {
      const result = this.mayWait ? capturingAsync(call, this.#invoke, inputs) : capturing(call, this.#invoke, inputs)
      if (!isPromise(result)) return result
      this.mayWait = true
      return result.then(undefined, (error: unknown) => {
        throw failure(this.#node, error, this.#folder)
      })
    } catch (error) {
      throw failure(this.#node, error, this.#folder)
    }
  }
}

/** Calls by name become calls by position, without an array where the function takes few. */
function compileInvoke(tool: Tool, { style, names }: Parameters): (inputs: Record<string, unknown>) => unknown {
  if (style === "object") return (inputs) => tool(inputs)
  const [a = "", b = "", c = ""] = names
  switch (names.length) {
    case 0:
      return () => tool()
    case 1:
      return (inputs) => tool(inputs[a])
    case 2:
      return (inputs) => tool(inputs[a], inputs[b])
    case 3:
      return (inputs) => tool(inputs[a], inputs[b], inputs[c])
    default:
      return (inputs) => tool(...names.map((name) => inputs[name]))
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function"

function failure(node: NodePlan, error: unknown, folder: string): ToolFailure {
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
function placeInFlow(error: unknown, folder: string) {
  if (!(error instanceof Error)) return undefined
  const frame = /^\s+at (?:(?:async )?(.+?) \()?file:\/\/(.+?):(\d+):\d+\)?$/m.exec(error.stack ?? "")
  if (frame === null) return undefined
  const file = fileURLToPath(`file://${frame[2]!}`)
  const inside = relative(folder, file)
  return { name: frame[1] ?? "<anonymous>", file: inside.startsWith("..") ? file : inside, line: Number(frame[3]) }
}

function loadFailure(node: NodePlan, message: string, hint?: string, place = flowPlace(node)): ToolLoadFailure {
  return new ToolLoadFailure(
    errorRecord({
      message: `Tool load failed in '${node.name}': ${message}`,
      messageParameters: { node_name: node.name },
      codes: ["UserError", "ToolValidationError", "ToolLoadError"],
      referenceCode: "Tool",
      place,
      ...(hint === undefined ? {} : { hint })
    })
  )
}

const flowPlace = ({ sourcePlace: { file, line, column } }: NodePlan): string => `${file}:${line}:${column}`

const describe = (error: unknown): string =>
  error instanceof Error ? `(${error.name}) ${error.message}` : String(error)

/** Where the tool's own text goes wrong, which Node tells only to who prints the error. A neighbour's it does not find. */
function placeOfSyntaxError(syntaxError: SyntaxError, path: string, file: string): string | undefined {
  // Of TypeScript, Node says the line itself, before anything else.
  const told = /^(.+):(\d+)$/m.exec(syntaxError.stack?.split("\n", 1)[0] ?? "")
  if (told?.[1]?.endsWith(file) === true && /\.[mc]?ts$/.test(file)) return `${path}:${told[2]}`
  try {
    const source = readFileSync(file, "utf8")
    parse(/\.[mc]?ts$/.test(file) ? stripTypeScriptTypes(source) : source, {
      ecmaVersion: "latest",
      sourceType: "module"
    })
    return undefined
  } catch (error) {
    const { loc } = error as { readonly loc?: { readonly line: number; readonly column: number } }
    return loc === undefined ? undefined : `${path}:${loc.line}:${loc.column + 1}`
  }
}

function hintOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code
  const missing = /Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : "")?.[1]
  if (code === "ERR_MODULE_NOT_FOUND" && missing !== undefined)
    return `npm install ${missing}, in the flow's folder or above it`
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return "only erasable TypeScript runs as it is: no enum, namespace or parameter property"
  return undefined
}

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
