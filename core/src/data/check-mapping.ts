// Checks a column mapping against the first row, so that a run with a wrong mapping ends before it starts. For hosts.

import { MappingMissing } from "../contracts/errors.ts"
import type { ColumnMapping, InputDefinition } from "../contracts/flow-plan.ts"
import type { Row } from "../contracts/value.ts"
import { findMissing } from "./map-inputs.ts"

/**
 * Does nothing when the row can be mapped.
 *
 * @throws {MappingMissing} naming every reference whose source is unknown or whose column the row lacks
 */
export function checkMapping(
  mapping: ColumnMapping,
  inputs: readonly InputDefinition[],
  sourceNames: readonly string[],
  firstRow: Row,
  lineNumber = 0
): void {
  const { references, available } = findMissing(mapping, inputs, sourceNames, firstRow)
  if (references.length > 0) throw new MappingMissing({ references, lineNumber, available })
}
