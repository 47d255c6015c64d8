// What is asked of an engine (a job) and what came of it (an outcome), in a form that two engines can be compared by:
// statuses, error classes and exact output texts, without times, identities, paths and wording.

import type { ConnectionsOption } from "throughline"

export interface Job {
  /** A flow folder, or a flow file. Absolute. */
  readonly flow: string
  /** Source name → absolute path. */
  readonly data: Readonly<Record<string, string>>
  readonly mapping?: Readonly<Record<string, unknown>>
  readonly maxLines?: number
  readonly raiseOnLineFailure?: boolean
  readonly lineTimeoutSec?: number
  readonly batchTimeoutSec?: number
  /** `${node.variant}`. Needs `sdk`, as everything of promptflow that lies above its batch engine. */
  readonly variant?: string
  /** `<server>` in it is the address of the test server. */
  readonly environment?: Readonly<Record<string, string>>
  /** Arguments for the constructor of a flex flow's class. */
  readonly init?: Readonly<Record<string, unknown>>
  /** Name → connection in promptflow's execution form. */
  readonly connections?: ConnectionsOption
  /** Merge additional includes, choose the variant and set the environment before the run. */
  readonly sdk?: boolean
  /** A run before this one, on the same flow unless it names another: its outputs are the source `run.outputs`. */
  readonly previous?: Partial<Job>
  /** Take over the finished lines of the previous run. */
  readonly resume?: boolean
  /** The flow calls language models: a test server stands in for them, and `connections` lead to it. */
  readonly models?: boolean
  /** Run this one node. */
  readonly node?: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly nodeOutputs?: Readonly<Record<string, unknown>>
  /** Ours only: read the data as pandas does. */
  readonly compat?: readonly "pandas-data"[]
  /** promptflow only: its process pool, for what processes do. */
  readonly pool?: boolean
}

/** An error's classes from the root inwards, and the class that a tool raised. */
export interface Failure {
  readonly codes: readonly string[]
  readonly cause?: string
  /** Our engine only, and never recorded: the text a user sees. */
  readonly message?: string
}

export interface LineOutcome {
  readonly line: number
  readonly status: string
  /** Node → status. */
  readonly nodes: Readonly<Record<string, string>>
  readonly error?: Failure
}

export interface Outcome {
  readonly status?: string
  readonly lines?: readonly LineOutcome[]
  /** The lines of `output.jsonl`, or the one node's output; null when there is no file. */
  readonly outputs?: readonly string[] | null
  readonly nodeStatus?: Readonly<Record<string, number>>
  /** Metric → JSON text. */
  readonly metrics?: Readonly<Record<string, string>>
  /** Aggregation node → its error. */
  readonly aggregation?: Readonly<Record<string, Failure>>
  /** What a model server was asked, in the order of the texts. */
  readonly requests?: readonly string[]
  /** What refused or ended the whole run. */
  readonly error?: Failure
}

export interface Difference {
  /** Where in the outcome: `lines[0].status`. */
  readonly at: string
  readonly promptflow: unknown
  readonly throughline: unknown
}

/** Every place at which two outcomes differ; none for equal ones. */
export function differences(promptflow: unknown, throughline: unknown, at = ""): Difference[] {
  if (isTree(promptflow) && isTree(throughline) && Array.isArray(promptflow) === Array.isArray(throughline)) {
    const keys = new Set([...Object.keys(promptflow), ...Object.keys(throughline)])
    return [...keys].flatMap((key) => {
      const place = Array.isArray(promptflow) ? `${at}[${key}]` : at === "" ? key : `${at}.${key}`
      return differences(own(promptflow, key), own(throughline, key), place)
    })
  }
  return Object.is(promptflow, throughline) ? [] : [{ at, promptflow, throughline }]
}

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null
const own = (tree: Tree, key: string): unknown => (Object.hasOwn(tree, key) ? tree[key] : undefined)

/** Outcomes carry texts that differ by nature: identities of files. */
export const withoutIds = (text: string): string =>
  text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}(?=\.\w)/g, "<id>")

/** The same outcome without the texts a user sees, which are ours to improve. */
export const withoutMessages = (outcome: Outcome): Outcome =>
  JSON.parse(JSON.stringify(outcome, (key, value: unknown) => (key === "message" ? undefined : value))) as Outcome
