// What a run would begin with: its data opened, the mapping tried on the first row, the first line's inputs. Runs nothing
// and records nothing. The corridor opens its data here too, so that both refuse the same.

import type { ColumnMapping, ErrorRecord, FlowPlan, LineInputs } from "../contracts/index.ts"
import {
  checkMapping,
  compileCoercion,
  compileMapping,
  LineInputError,
  type OpenRowsOptions,
  openRows,
  parseExactRow,
  type RowReader,
  rowText
} from "../data/index.ts"

export interface MappedData extends OpenRowsOptions {
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
}

export interface RunPreview {
  readonly plan: FlowPlan
  readonly lineNumber: number
  /** The first line's inputs, mapped and of their types; values that JavaScript would change are `ForeignValue`s. */
  readonly inputs: LineInputs
  /** Why the first line would fail before its first node: `inputs` is empty then. */
  readonly error: ErrorRecord | undefined
}

/**
 * Opens the data and tries the mapping on its first row, so that a mistake is told before a run exists.
 *
 * @throws {InvalidData | MappingMissing}
 */
export async function openMappedRows({ plan, mapping, ...options }: MappedData): Promise<RowReader> {
  const rows = await openRows(options)
  try {
    if (rows.firstRow !== undefined) checkMapping(mapping, plan.inputs, rows.sourceNames, rows.firstRow)
    return rows
  } catch (error) {
    await rows.close()
    throw error
  }
}

/** @throws {InvalidData | MappingMissing} */
export async function previewRun(data: MappedData): Promise<RunPreview> {
  const { plan, mapping } = data
  const rows = await openMappedRows(data)
  try {
    const chunk = await rows.take(1, 1)
    if (chunk === undefined) throw new Error("data that was opened has no first row")
    const lineNumber = chunk.lineNumbers?.[0] ?? chunk.firstPosition
    try {
      const row = parseExactRow(rowText(chunk, 0), rows.sourceNames.length > 1)
      const mapped = compileMapping(mapping, plan.inputs, rows.sourceNames)(row, lineNumber)
      return { plan, lineNumber, inputs: compileCoercion(plan.inputs)(mapped, lineNumber), error: undefined }
    } catch (error) {
      if (!(error instanceof LineInputError)) throw error
      return { plan, lineNumber, inputs: {}, error: error.record }
    }
  } finally {
    await rows.close()
  }
}
