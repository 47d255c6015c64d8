// A run's lines, read back from its store one after the other: what went in, what came out, and what each node was
// given.

import {
  ForeignValue,
  keptLines,
  type LineInputs,
  type LineRecord,
  type RunManifest,
  type RunStore,
  setOwn
} from "@throughline/core"
import { compileCoercion, compileMapping, compileRowParsing, imageRulesOf } from "@throughline/core/data"
import { compileDescription } from "@throughline/core/walk"

export interface StoredLine {
  readonly record: LineRecord
  /** The mapped inputs as they were given, before conversion; empty when the row or the mapping was at fault. */
  readonly given: LineInputs
  /** The flow's inputs after defaults and conversion; `undefined` when they were not valid. */
  readonly inputs: LineInputs | undefined
  /** Flow output name → value; `{}` unless the line completed. Values of other languages are `ForeignValue`s. */
  readonly output: Readonly<Record<string, unknown>>
  /** The inputs of each recorded node, in the order of `record.nodes`. */
  readonly nodeInputs: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** The lines in the order of the data. Lines without a result (canceled, interrupted) are not among them. */
export async function* readLines(store: RunStore, name: string): AsyncGenerator<StoredLine, void> {
  const { manifest } = await store.getRun(name)
  const describe = compileReading(manifest)
  for await (const { record, row } of keptLines(store, name)) yield describe(record, row)
}

function compileReading(manifest: RunManifest): (record: LineRecord, row: string) => StoredLine {
  const { plan, columnMapping, sources } = manifest
  const parse = compileRowParsing({ ...manifest, mapping: columnMapping })
  const map = compileMapping(columnMapping, plan.inputs, sources)
  const coerce = compileCoercion(plan.inputs, imageRulesOf(plan))
  const describe = compileDescription(plan)
  return (record, row) => {
    const given = attempt(() => map(parse(row), record.lineNumber)) ?? {}
    const inputs = attempt(() => coerce(given, record.lineNumber))
    const { output, nodeInputs } = describe(inputs ?? given, record)
    return { record, given, inputs, output, nodeInputs }
  }
}

/** What was wrong with the line's data is in its record; here it only means that there is nothing to show. */
function attempt<A>(work: () => A): A | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** A value as JavaScript sees it: what another language's process wrote is parsed. */
export const plainValue = (value: unknown): unknown => (value instanceof ForeignValue ? value.value : value)

/** The line's inputs as promptflow lists them: the mapped ones, its number, the defaulted ones. */
export function inputsWithNumber({ record, given, inputs }: StoredLine): Record<string, unknown> {
  const listed: Record<string, unknown> = {}
  for (const name of Object.keys(given))
    setOwn(listed, name, inputs !== undefined && Object.hasOwn(inputs, name) ? inputs[name] : given[name])
  listed.line_number = record.lineNumber
  for (const name of Object.keys(inputs ?? {})) if (!Object.hasOwn(given, name)) setOwn(listed, name, inputs?.[name])
  return listed
}
