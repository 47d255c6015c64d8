// The recorded outcomes of the random DAGs, and what the DAGs show between them.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Outcome } from "../outcome.ts"
import type { Dag, DagNode } from "./dag.ts"

/** What is compared of a DAG: what ran before a failure in a failed line is nobody's promise, and languages name errors. */
export interface DagOutcome {
  readonly status: string | undefined
  readonly lines: ReadonlyArray<{
    readonly status: string
    readonly nodes?: Readonly<Record<string, string>>
    readonly error?: readonly string[]
  }>
  readonly outputs: Outcome["outputs"]
  /** Aggregation node → status and count. */
  readonly aggregation: Readonly<Record<string, number>>
  readonly metrics: Outcome["metrics"]
  readonly error?: readonly string[]
}

export interface DagRecord {
  readonly dag: Dag
  readonly promptflow: DagOutcome
}

export const dagsFile = join(import.meta.dirname, "..", "..", "records", "dags.jsonl")

export const readDagRecords = (): readonly DagRecord[] =>
  readFileSync(dagsFile, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as DagRecord)

export function dagOutcome(
  { nodes }: Dag,
  { status, lines = [], outputs, nodeStatus = {}, metrics, error }: Outcome
): DagOutcome {
  const aggregating = nodes.filter(({ aggregation }) => aggregation === true).map(({ name }) => `${name}.`)
  return {
    status,
    lines: lines.map((line) => ({
      status: line.status,
      ...(line.status === "Completed" ? { nodes: line.nodes } : {}),
      ...(line.error === undefined ? {} : { error: line.error.codes })
    })),
    outputs,
    aggregation: Object.fromEntries(
      Object.entries(nodeStatus).filter(([key]) => aggregating.some((prefix) => key.startsWith(prefix)))
    ),
    metrics,
    ...(error === undefined ? {} : { error: error.codes })
  }
}

export type Feature =
  | "activate"
  | "bypass cascade"
  | "default"
  | "aggregation over bypass"
  | "failure"
  | "variant"
  | "nested reference"

/** How many records show each feature; what is seen in the outcome counts, not what might have been. */
export function histogram(records: readonly DagRecord[]): Readonly<Record<Feature, number>> {
  const count = (shows: (record: DagRecord) => boolean) => records.filter(shows).length
  return {
    activate: count(({ dag }) => dag.nodes.some(({ activate }) => activate !== undefined)),
    "bypass cascade": count((record) => someBypassed(record, ({ activate }) => activate === undefined)),
    default: count(showsDefault),
    "aggregation over bypass": count(({ dag, promptflow }) =>
      dag.nodes
        .filter(({ aggregation }) => aggregation === true)
        .some((node) => namesIn(node).some((name) => isBypassed(promptflow, name)))
    ),
    failure: count(({ promptflow }) => promptflow.lines.some(({ status }) => status === "Failed")),
    variant: count(({ dag }) => dag.nodes.some(({ variant }) => variant !== undefined)),
    "nested reference": count(({ dag }) =>
      dag.nodes.some((node) => texts(node).some((text) => text.includes(".output.")))
    )
  }
}

const texts = ({ inputs }: DagNode): readonly string[] =>
  Object.values(inputs).filter((bound): bound is string => typeof bound === "string")

const nameIn = (text: unknown): string | undefined =>
  typeof text === "string" ? /^\$\{(\w+)\.output/.exec(text)?.[1] : undefined

const namesIn = (node: DagNode): readonly string[] => texts(node).flatMap((text) => nameIn(text) ?? [])

const isBypassed = ({ lines }: DagOutcome, name: string): boolean =>
  lines.some(({ nodes }) => nodes?.[name] === "Bypassed")

const someBypassed = ({ dag, promptflow }: DagRecord, which: (node: DagNode) => boolean): boolean =>
  dag.nodes.some((node) => which(node) && isBypassed(promptflow, node.name))

/** A node ran although a node was bypassed whose output one of its parameters with a default would have taken. */
function showsDefault({ dag, promptflow }: DagRecord): boolean {
  return dag.nodes.some(({ name, inputs, variant, aggregation }) => {
    const bound = dag.chosen === name && variant !== undefined ? variant : inputs
    const optional = [bound.b, bound.c].flatMap((text) => nameIn(text) ?? [])
    return (
      aggregation !== true &&
      promptflow.lines.some(
        ({ nodes }) => nodes?.[name] === "Completed" && optional.some((other) => nodes[other] === "Bypassed")
      )
    )
  })
}
