// Flex flows of JavaScript and TypeScript: from an entry, `./file.ts:name`, to what is called once a line and what sums up
// all lines. A function is called; a class is constructed once a thread, and its method `call` is.
//
// N1. The aggregation is that of the object that runs the lines of this thread.
// N2. Inputs, constructor arguments and the list of outputs reach parameters by name, as a node's inputs do.

import {
  type EntryDescription,
  errorRecord,
  type FlowPlan,
  ForeignValue,
  type HostFunction,
  type NodePlan,
  ToolFailure,
  type ToolLoadFailure
} from "@throughline/core/contracts"
import { pythonJson } from "@throughline/core/data/thread"
import { parseScriptEntry } from "@throughline/core/flow/thread"
import { unserializable } from "@throughline/core/walk"
import { placeInFlow } from "./failures.ts"
import { describe, loadFailure, loadModule } from "./load-module.ts"
import { compileInvoke, constructorParameters, type Parameters, parametersOf, type Tool } from "./parameters.ts"

type Instance = Readonly<Record<string, unknown>>
type Init = Readonly<Record<string, unknown>>

/** What is called, and how. */
export interface EntryCall {
  readonly parameters: Parameters
  readonly invoke: (inputs: Record<string, unknown>) => unknown
  readonly isAsync: boolean
  readonly fail: (error: unknown) => ToolFailure
}

/** Python's names for the two methods are taken as well. */
const CALL = ["call", "__call__"]
const AGGREGATE = ["aggregate", "__aggregate__"]

export class Entry {
  readonly #node: NodePlan
  readonly #folder: string
  readonly #member: Tool
  readonly #isClass: boolean
  #instance: Instance | undefined

  private constructor(node: NodePlan, folder: string, member: Tool) {
    this.#node = node
    this.#folder = folder
    this.#member = member
    this.#isClass = /^class\b/.test(Function.prototype.toString.call(member))
  }

  /** @throws {ToolLoadFailure} for a file that does not load, or has no such function or class */
  static async load({ workingDir, nodes }: FlowPlan): Promise<Entry> {
    const node = nodes[0]!
    const { file, name } = parseScriptEntry(node.path)!
    const exported = await loadModule(node, workingDir, file)
    const member = exported[name]
    if (typeof member === "function") return new Entry(node, workingDir, member as Tool)
    const found = Object.keys(exported).filter((key) => typeof exported[key] === "function")
    throw loadFailure(
      node,
      `${file} exports no function or class '${name}'`,
      `it exports ${found.join(", ") || "none"}; the default export is named default`
    )
  }

  /**
   * An entry that the host has in its hands: a function, a class, or an object with a method `call`.
   *
   * @throws {ToolLoadFailure} for anything else
   */
  static of(flow: HostFunction): Entry {
    const isFunction = typeof flow === "function"
    const member = (isFunction ? flow : flow.constructor) as Tool
    const place = { file: member.name || "flow", line: 0, column: 0 }
    const about = { name: place.file, path: place.file, place, sourcePlace: place } as NodePlan
    const entry = new Entry(about, process.cwd(), member)
    if (isFunction) return entry
    if (!entry.#isClass) {
      throw loadFailure(about, "an object that is to be a flow has to be one of a class with a method 'call'")
    }
    entry.#instance = flow as Instance
    return entry
  }

  get name(): string {
    return this.#node.name
  }

  describe(): EntryDescription {
    const { names, optional } = this.#parametersOf(this.#calledMember())
    return {
      inputs: names.map((name) => ({ name, type: "any", hasDefault: optional.has(name), default: undefined })),
      init: this.#isClass ? [...(constructorParameters(this.#member)?.names ?? [])] : [],
      hasAggregation: this.#isClass && this.#method(AGGREGATE) !== undefined
    }
  }

  lineCall(init: Init): EntryCall {
    const called = this.#calledMember()
    const parameters = this.#parametersOf(called)
    const bound = this.#isClass ? (called.bind(this.#constructed(init)) as Tool) : called
    const invoke = compileInvoke(bound, parameters)
    return {
      parameters,
      invoke: (inputs) => asOutput(invoke(inputs)),
      isAsync: /^Async/.test(called.constructor.name),
      fail: (error) => this.#failure(error, this.#node.name)
    }
  }

  /** The call's value tells whether there are metrics. */
  aggregationCall(init: Init, logAll: (metrics: Init) => void): EntryCall {
    const aggregate = this.#method(AGGREGATE)!
    const bound = aggregate.bind(this.#constructed(init)) as Tool
    const log = (returned: unknown): boolean => {
      const isMetrics = returned !== null && typeof returned === "object" && !Array.isArray(returned)
      if (isMetrics) logAll(returned as Init)
      return isMetrics
    }
    return {
      parameters: { style: "positional", names: ["results"], optional: new Set(), takesMore: false },
      invoke: ({ results }) => {
        const returned = bound(results)
        return returned instanceof Promise ? returned.then(log) : log(returned)
      },
      isAsync: /^Async/.test(aggregate.constructor.name),
      fail: (error) => this.#failure(error, aggregate.name)
    }
  }

  #calledMember(): Tool {
    if (!this.#isClass) return this.#member
    const method = this.#method(CALL)
    if (method !== undefined) return method
    throw loadFailure(
      this.#node,
      `the class '${this.#member.name}' has no method 'call'`,
      "its method `call` takes the inputs"
    )
  }

  #method(names: readonly string[]): Tool | undefined {
    const prototype = (this.#member as unknown as { readonly prototype: Instance }).prototype
    for (const name of names) if (typeof prototype[name] === "function") return prototype[name] as Tool
    return undefined
  }

  #parametersOf(tool: Tool): Parameters {
    const parameters = parametersOf(tool)
    if (parameters !== undefined) return parameters
    throw loadFailure(
      this.#node,
      `cannot tell the parameters of the entry '${this.#node.path}'`,
      "write it as function(a, b) or function({ a, b }): inputs are passed by name"
    )
  }

  #constructed(init: Init): Instance {
    this.#instance ??= this.#construct(init)
    return this.#instance
  }

  #construct(init: Init): Instance {
    const Class = this.#member as unknown as new (...args: unknown[]) => Instance
    const parameters = constructorParameters(this.#member)
    const names = parameters?.names ?? []
    const unknown = Object.keys(init).filter((name) => !names.includes(name) && parameters?.takesMore !== true)
    if (unknown.length > 0) throw this.#initFailure(`the constructor has no parameter ${unknown.join(", ")}`, unknown)
    try {
      return parameters?.style === "object" ? new Class(init) : new Class(...names.map((name) => init[name]))
    } catch (error) {
      throw this.#initFailure(error, Object.keys(init))
    }
  }

  #initFailure(error: unknown, given: readonly string[]): ToolLoadFailure {
    const at = placeInFlow(error, this.#folder)
    const failed = loadFailure(this.#node, "")
    const message = `Failed to initialize flow entry with '${given.join(", ") || "{}"}', ex:${describe(error)}`
    const details = errorRecord({
      message,
      codes: ["UserError", "FlowEntryInitializationError"],
      referenceCode: "Executor"
    })
    return Object.assign(failed, {
      message,
      record: { ...details, place: at === undefined ? failed.record.place : `${at.file}:${at.line}` }
    })
  }

  #failure(error: unknown, name: string): ToolFailure {
    if (error instanceof ToolFailure) return error
    const type = error instanceof Error ? error.name : typeof error
    const text = error instanceof Error ? error.message : String(error)
    const at = placeInFlow(error, this.#folder)
    const told = `(${type}) ${text}`
    return new ToolFailure(
      errorRecord({
        message: `Execution failure in '${name}': ${told}`,
        messageFormat: "Execution failure in '{func_name}': {error_type_and_message}",
        messageParameters: { func_name: name, error_type_and_message: told },
        codes: ["UserError", "ScriptExecutionError"],
        referenceCode: "Unknown",
        additionalInfo: [
          {
            type: "FlexFlowExecutionErrorDetails",
            info: { type, message: text, traceback: error instanceof Error ? (error.stack ?? "") : "" }
          }
        ],
        ...(at === undefined ? {} : { place: `${at.file}:${at.line}` })
      })
    )
  }
}

/** What the entry returned, as the JSON that becomes the line's output. Generators are read to their ends and joined. */
function asOutput(value: unknown): ForeignValue | Promise<ForeignValue> {
  if (value instanceof Promise) return value.then(asOutput)
  const members = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : []
  if (isGenerator(value)) {
    const text = joinedText(value)
    return typeof text === "string" ? written(text) : text.then(written)
  }
  const streams = members.filter(([, member]) => isGenerator(member))
  if (streams.length === 0) return written(value ?? null)
  const joined = Promise.all(
    streams.map(async ([key, member]) => [key, await joinedText(member as AsyncIterable<unknown>)] as const)
  )
  return joined.then((texts) => written({ ...(value as object), ...Object.fromEntries(texts) }))
}

/** @throws {ToolFailure} `FlowOutputUnserializable`, naming the member that JSON cannot hold */
function written(value: unknown): ForeignValue {
  try {
    return new ForeignValue(pythonJson(value))
  } catch (thrown) {
    const members = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : []
    const [name = "output", reason = messageOf(thrown)] =
      members.map(([key, member]) => [key, whyUnwritable(member)] as const).find(([, why]) => why !== undefined) ?? []
    throw new ToolFailure(unserializable(name, reason))
  }
}

function whyUnwritable(value: unknown): string | undefined {
  try {
    pythonJson(value)
    return undefined
  } catch (thrown) {
    return messageOf(thrown)
  }
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const isGenerator = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  value !== null &&
  typeof value === "object" &&
  typeof (value as { readonly next?: unknown }).next === "function" &&
  (Symbol.iterator in value || Symbol.asyncIterator in value)

function joinedText(pieces: Iterable<unknown> | AsyncIterable<unknown>): string | Promise<string> {
  if (Symbol.iterator in pieces) return [...pieces].map(String).join("")
  return (async () => {
    let text = ""
    for await (const piece of pieces) text += String(piece)
    return text
  })()
}
