// Room 5, first half: a row → line inputs, by the column mapping. Compiled once per run to direct property reads.
//
// M1. The result has exactly the effective mapping's keys, in its order (default relations first, then the given ones);
//     an input named `line_number` that the flow declares is added with the line's number.
// M2. Only a row's own keys are columns.
// M3. A list or object literal is copied for every line; a column's value is shared with the row.

import type { ColumnMapping, InputDefinition } from "../contracts/flow-plan.ts"
import type { LineInputs, Row } from "../contracts/value.ts"
import { lineInputError } from "./line-input-error.ts"

export type MapInputs = (row: Row, lineNumber: number) => LineInputs

/** A place where a reference may find its value. `source` is undefined where the row is the one source's row. */
interface Candidate {
  readonly source: string | undefined
  readonly column: string
}

interface Relation {
  readonly name: string
  /** The mapping's text, when it is a reference. */
  readonly reference: string | undefined
  /** In the order to try: the shortest source name first. */
  readonly candidates: readonly Candidate[]
  readonly literal: unknown
}

/**
 * Compiles a column mapping.
 *
 * @param mapping input name → literal, or `${source.column}`; merged over `${data.<input>}` for every input that has
 *   no default. `line_number` in it is ignored.
 * @param sourceNames one: rows are that source's rows; more: rows are `{source: row}`
 * @returns a function that throws `LineInputError` (`ApplyInputMappingError`) naming every reference that the row lacks
 */
export function compileMapping(
  mapping: ColumnMapping,
  inputs: readonly InputDefinition[],
  sourceNames: readonly string[]
): MapInputs {
  const relations = relationsOf(mapping, inputs, sourceNames)
  const wantsLineNumber = inputs.some((input) => input.name === LINE_NUMBER)
  const steps = relations.map(compileRelation)

  return (row, lineNumber) => {
    const lineInputs: LineInputs = {}
    let isComplete = true
    for (const step of steps) if (!step(row, lineInputs)) isComplete = false
    if (!isComplete) throw missing(missingReferences(relations, row), columnsOf(row, sourceNames))
    if (wantsLineNumber) lineInputs[LINE_NUMBER] = lineNumber
    return lineInputs
  }
}

const LINE_NUMBER = "line_number"

/** Which references of the mapping the row has no value for, and the columns it has. */
export function findMissing(
  mapping: ColumnMapping,
  inputs: readonly InputDefinition[],
  sourceNames: readonly string[],
  row: Row
): { readonly references: readonly string[]; readonly available: readonly string[] } {
  return {
    references: missingReferences(relationsOf(mapping, inputs, sourceNames), row),
    available: columnsOf(row, sourceNames)
  }
}

/**
 * Input name → column, in the mapping's order, where that is all the mapping says: each declared input, and nothing else,
 * takes a column of the one source. `undefined` for any other mapping.
 */
export function columnsByInput(
  mapping: ColumnMapping,
  inputs: readonly InputDefinition[],
  sourceNames: readonly string[]
): ReadonlyMap<string, string> | undefined {
  const relations = relationsOf(mapping, inputs, sourceNames)
  const declared = new Set(inputs.map(({ name }) => name))
  const columns = new Map<string, string>()
  for (const { name, candidates } of relations) {
    const [first] = candidates
    // A column named as what every object has cannot be told from it by its value alone.
    if (first === undefined || first.source !== undefined || first.column in {} || !declared.has(name)) return undefined
    columns.set(name, first.column)
  }
  return columns.size === declared.size ? columns : undefined
}

function relationsOf(
  mapping: ColumnMapping,
  inputs: readonly InputDefinition[],
  sourceNames: readonly string[]
): readonly Relation[] {
  const expressions = new Map<string, unknown>()
  for (const { name, hasDefault } of inputs) if (!hasDefault) expressions.set(name, `\${data.${name}}`)
  for (const name of Object.keys(mapping)) expressions.set(name, mapping[name])
  expressions.delete(LINE_NUMBER)
  return [...expressions].map(([name, expression]) => {
    const path = typeof expression === "string" ? REFERENCE.exec(expression)?.[1] : undefined
    if (path === undefined) return { name, reference: undefined, candidates: [], literal: expression }
    return {
      name,
      reference: (expression as string).trimEnd(),
      candidates: candidatesOf(path, sourceNames),
      literal: undefined
    }
  })
}

/** promptflow's pattern lets one line end pass at the end. */
const REFERENCE = /^\$\{([^{}]+)\}\n?$/

/** `a.b.c` is the column `b.c` of the source `a`, or else the column `c` of the source `a.b`. */
function candidatesOf(path: string, sourceNames: readonly string[]): readonly Candidate[] {
  const candidates: Candidate[] = []
  for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
    const source = path.slice(0, dot)
    if (!sourceNames.includes(source)) continue
    candidates.push({ source: sourceNames.length === 1 ? undefined : source, column: path.slice(dot + 1) })
  }
  return candidates
}

type Step = (row: Row, lineInputs: LineInputs) => boolean

function compileRelation(relation: Relation): Step {
  const { name, reference, candidates, literal } = relation
  const set = name === "__proto__" ? defineOwn : assign
  if (reference === undefined) {
    if (typeof literal !== "object" || literal === null) return (_, lineInputs) => set(lineInputs, name, literal)
    return (_, lineInputs) => set(lineInputs, name, structuredClone(literal))
  }
  const [first] = candidates
  if (first !== undefined && first.source === undefined && set === assign) {
    const { column } = first
    return (row, lineInputs) => {
      const value = row[column]
      if (value === undefined || !Object.hasOwn(row, column)) return false
      lineInputs[name] = value
      return true
    }
  }
  return (row, lineInputs) => {
    const found = find(candidates, row)
    return found !== undefined && set(lineInputs, name, found.columns[found.column])
  }
}

function assign(lineInputs: LineInputs, name: string, value: unknown): true {
  lineInputs[name] = value
  return true
}

function defineOwn(lineInputs: LineInputs, name: string, value: unknown): true {
  Object.defineProperty(lineInputs, name, { value, writable: true, enumerable: true, configurable: true })
  return true
}

function find(candidates: readonly Candidate[], row: Row): { columns: Row; column: string } | undefined {
  for (const { source, column } of candidates) {
    const columns = source === undefined ? row : Object.hasOwn(row, source) ? (row[source] as Row) : undefined
    if (columns !== undefined && Object.hasOwn(columns, column)) return { columns, column }
  }
  return undefined
}

function missingReferences(relations: readonly Relation[], row: Row): readonly string[] {
  const missing = new Set<string>()
  for (const { reference, candidates } of relations) {
    if (reference !== undefined && find(candidates, row) === undefined) missing.add(reference)
  }
  return [...missing]
}

/** As they are written in a mapping: `data.question`. */
function columnsOf(row: Row, sourceNames: readonly string[]): readonly string[] {
  return sourceNames.flatMap((source) => {
    const columns = sourceNames.length === 1 ? row : Object.hasOwn(row, source) ? (row[source] as Row) : {}
    return Object.keys(columns).map((column) => `${source}.${column}`)
  })
}

function missing(references: readonly string[], available: readonly string[]): Error {
  const shown = available.slice(0, 50).join(", ") + (available.length > 50 ? ` and ${available.length - 50} more` : "")
  return lineInputError(
    "ApplyInputMappingError",
    "The column mapping names what the row does not have: {references}. The row has: {available}.",
    { references: references.join(", "), available: shown || "no columns" }
  )
}
