// A host's own function as a flow, one line at a time in the host's thread: it may use whatever the host has in memory. A
// function that computes holds the host up; a file's entry (`./file.ts:name`) runs in threads.

import {
  ForeignValue,
  type HostFunction,
  type LineProxy,
  type OpenFunction,
  parsePythonJson,
  ToolFailure
} from "@throughline/core/contracts"
import { Entry } from "./entries.ts"

export function openFunction(flow: HostFunction, initKwargs: Readonly<Record<string, unknown>>): OpenFunction {
  const entry = Entry.of(flow)
  const description = entry.describe()
  const call = entry.lineCall(initKwargs)
  const names = new Set(call.parameters.names)
  const fail = (error: unknown) => (error instanceof ToolFailure ? error : call.fail(error)).record

  const runLine: LineProxy["runLine"] = async ({ inputs }) => {
    const given = Object.entries(inputs).filter(([name]) => names.has(name) || call.parameters.takesMore)
    const plainInputs = given.map(([name, value]) => [name, value instanceof ForeignValue ? value.value : value])
    try {
      const returned = (await call.invoke(Object.fromEntries(plainInputs))) as ForeignValue
      const value = parsePythonJson(returned.text)
      const output = returned.text.startsWith("{") ? (value as Record<string, unknown>) : { output: value }
      return { status: "Completed", output, aggregationInputs: { [`\${${entry.name}.output}`]: value } }
    } catch (error) {
      return { status: "Failed", output: {}, error: fail(error) }
    }
  }
  const proxy: LineProxy = { runLine, close: async () => {} }
  if (!description.hasAggregation) return { name: entry.name, description, proxy }
  const runAggregation: NonNullable<LineProxy["runAggregation"]> = async ({ lists }) => {
    let metrics: Readonly<Record<string, unknown>> = {}
    const aggregation = entry.aggregationCall(initKwargs, (logged) => {
      metrics = logged
    })
    const startMs = Date.now()
    try {
      await aggregation.invoke({ results: parsePythonJson(Object.values(lists)[0] ?? "[]") })
      return { metrics, nodes: [] }
    } catch (thrown) {
      const { record: error } = aggregation.fail(thrown)
      const node = `${entry.name}.__aggregate__`
      return { metrics: {}, nodes: [{ node, status: "Failed", startMs, endMs: Date.now(), output: null, error }] }
    }
  }
  return { name: entry.name, description, proxy: { ...proxy, runAggregation } }
}
