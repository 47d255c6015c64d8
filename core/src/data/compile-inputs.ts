// Room 5 as one step: a row → the flow's inputs, mapped and coerced.
//
// I1. The result, and what is thrown, is that of the mapping followed by the coercion.

import type { ColumnMapping, InputDefinition } from "../contracts/flow-plan.ts"
import type { LineInputs, Row } from "../contracts/value.ts"
import { coercionOf, compileCoercion } from "./coerce-inputs.ts"
import { compileObject } from "./compile-object.ts"
import type { ImageRules } from "./images.ts"
import { columnsByInput, compileMapping } from "./map-inputs.ts"

export type ReadInputs = (row: Row, lineNumber: number) => LineInputs

/**
 * Compiles the reading of a flow's inputs from rows.
 *
 * @param mapping @param sourceNames as `compileMapping` takes them
 * @param images as `compileCoercion` takes them
 * @returns a function that throws `LineInputError` as the mapping and the coercion do
 */
export function compileInputs(
  mapping: ColumnMapping,
  inputs: readonly InputDefinition[],
  sourceNames: readonly string[],
  images?: ImageRules
): ReadInputs {
  const map = compileMapping(mapping, inputs, sourceNames)
  const coerce = compileCoercion(inputs, images)
  const inTwoSteps: ReadInputs = (row, lineNumber) => coerce(map(row, lineNumber), lineNumber)
  const columns = columnsByInput(mapping, inputs, sourceNames)
  if (columns === undefined) return inTwoSteps

  const reads = [...columns].map(([name, column]) => {
    const input = inputs.find((declared) => declared.name === name)!
    const coerceOne = coercionOf(input.type, images)
    return (row: Row, lineNumber: number) => {
      const value = row[column]
      if (value === undefined) throw MISSING
      return coerceOne(value, input, lineNumber)
    }
  })
  const inOneStep = compileObject([...columns.keys()], reads)
  return (row, lineNumber) => {
    try {
      return inOneStep(row, lineNumber)
    } catch {
      // The two steps say what is wrong, and all of it.
      return inTwoSteps(row, lineNumber)
    }
  }
}

const MISSING = new Error("the row lacks a column")
