// Builders for what moves between the rooms: nodes and tools for the walk, chunks and tasks on their way out, parts on
// their way home.

import {
  type Binding,
  type ChunkPart,
  type ChunkTask,
  type ErrorRecord,
  emptyPart,
  errorRecord,
  type InputDefinition,
  LINE_COMPLETED,
  LINE_FAILED,
  type LineRecord,
  type NodeCall,
  type NodeInput,
  type NodePlan,
  type OutputDefinition,
  type PathStep,
  type PreparedTool,
  type RowChunk,
  type SourcePlace
} from "../contracts/index.ts"

const PLACE: SourcePlace = { file: "flow.dag.yaml", line: 1, column: 1 }

/** `${inputs.<name>}` */
export const inputRef = (name: string): Binding => ({ kind: "input", name })

/** `${<node at this index>.output…}` */
export const nodeRef = (node: number, ...path: PathStep[]): Binding => ({
  kind: "node",
  node,
  path,
  text: `\${node${node}.output${path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}}`
})

export const literal = (value: unknown): Binding => ({ kind: "literal", value })

export interface AboutNode extends Partial<Omit<NodePlan, "inputs" | "dependencies" | "activate">> {
  readonly inputs?: Readonly<Record<string, Binding>>
  readonly activate?: { readonly when: Binding; readonly is: unknown }
}

/** A node whose dependencies are those of its inputs and its condition. */
export function aNode({ inputs = {}, activate, ...about }: AboutNode = {}): NodePlan {
  const bound = Object.entries(inputs).map(([name, binding]): NodeInput => ({ name, binding, place: PLACE }))
  const bindings = bound.map(({ binding }) => binding)
  if (activate !== undefined) bindings.push(activate.when)
  const dependencies = new Set(bindings.flatMap((binding) => (binding.kind === "node" ? [binding.node] : [])))
  return {
    name: "a",
    type: "javascript",
    path: "a.mjs",
    inputs: bound,
    activate,
    aggregation: false,
    dependencies: [...dependencies].sort((a, b) => a - b),
    place: PLACE,
    sourcePlace: PLACE,
    ...about
  }
}

export const anInput = (name: string, about: Partial<InputDefinition> = {}): InputDefinition => ({
  name,
  type: "int",
  hasDefault: false,
  default: undefined,
  description: "",
  isChatInput: false,
  isChatHistory: undefined,
  place: PLACE,
  ...about
})

export const anOutput = (name: string, binding: Binding): OutputDefinition => ({
  name,
  type: "string",
  binding,
  evaluationOnly: false,
  isChatOutput: false,
  place: PLACE
})

/** A tool that is one function of its inputs. */
export const aTool = (
  call: (inputs: Record<string, unknown>, call: NodeCall) => unknown,
  about: Partial<Omit<PreparedTool, "call">> = {}
): PreparedTool => ({ takesForeign: false, mayWait: false, ...about, call })

/** Rows as a chunk, the first of them at `firstPosition`. */
export function aRowChunk(
  rows: readonly unknown[],
  { firstPosition = 0, lineNumbers }: { readonly firstPosition?: number; readonly lineNumbers?: readonly number[] } = {}
): RowChunk {
  const encoder = new TextEncoder()
  const texts = rows.map((row) => encoder.encode(JSON.stringify(row)))
  const bytes = new Uint8Array(texts.reduce((length, text) => length + text.byteLength + 1, 0))
  const spans = new Uint32Array(2 * rows.length)
  let at = 0
  for (const [row, text] of texts.entries()) {
    bytes.set(text, at)
    spans[2 * row] = at
    at += text.byteLength
    spans[2 * row + 1] = at
    bytes[at++] = 10
  }
  return {
    bytes,
    spans,
    count: rows.length,
    firstPosition,
    ...(lineNumbers === undefined ? {} : { lineNumbers: Uint32Array.from(lineNumbers) })
  }
}

export interface AboutTask {
  readonly id?: number
  readonly attempt?: number
  readonly isAlone?: boolean
  readonly rows?: readonly unknown[]
  readonly firstPosition?: number
  readonly lineNumbers?: readonly number[]
}

/** A task of these rows; by default one row, `{"n": 0}`. */
export function aTask({
  id = 0,
  attempt = 1,
  isAlone = false,
  rows = [{ n: 0 }],
  ...about
}: AboutTask = {}): ChunkTask {
  return { ...aRowChunk(rows, about), id, attempt, isAlone }
}

/** The text of a task's row. */
export const rowText = ({ bytes, spans }: ChunkTask, row: number): string =>
  new TextDecoder().decode(bytes.subarray(spans[2 * row]!, spans[2 * row + 1]!))

export interface AboutLine {
  readonly position: number
  readonly lineNumber?: number
  /** The line's `output.jsonl` text without its end; absent for a line that failed. */
  readonly output?: string
  readonly error?: ErrorRecord
}

export const anError = (message = "it failed", codes: readonly string[] = ["UserError", "ToolExecutionError"]) =>
  errorRecord({ message, codes })

/** Finished lines as a part. Their records are JSON (`jsonRecords`). */
export function aPart(lines: readonly AboutLine[], about: Partial<ChunkPart> = {}): ChunkPart {
  const encoder = new TextEncoder()
  const failed = ({ output }: AboutLine) => output === undefined
  const texts = lines.map((line) => (line.output === undefined ? "" : `${line.output}\n`))
  let end = 0
  const ends = texts.map((text) => {
    end += encoder.encode(text).byteLength
    return end
  })
  const numberOf = ({ position, lineNumber = position }: AboutLine) => lineNumber
  const records = lines.map(
    (line): LineRecord => ({
      position: line.position,
      lineNumber: numberOf(line),
      status: failed(line) ? "Failed" : "Completed",
      startMs: 0,
      endMs: 0,
      threadId: 0,
      attempt: 1,
      nodes: [],
      ...(failed(line) ? { error: line.error ?? anError() } : {})
    })
  )
  return {
    ...emptyPart(0),
    positions: Uint32Array.from(lines, ({ position }) => position),
    ...(lines.some((line) => numberOf(line) !== line.position)
      ? { lineNumbers: Uint32Array.from(lines, numberOf) }
      : {}),
    statuses: Uint8Array.from(lines, (line) => (failed(line) ? LINE_FAILED : LINE_COMPLETED)),
    outputs: encoder.encode(texts.join("")),
    outputEnds: Uint32Array.from(ends),
    records: jsonRecords.encodeRecords(records),
    failures: lines.filter(failed).map((line) => ({
      position: line.position,
      lineNumber: numberOf(line),
      error: line.error ?? anError()
    })),
    isLast: false,
    ...about
  }
}

/** Records as JSON: what `memoryStore` takes where no msgpack is at hand. */
export const jsonRecords = {
  encodeRecords: (records: readonly LineRecord[]): Uint8Array => new TextEncoder().encode(JSON.stringify(records)),
  decodeRecords: (bytes: Uint8Array): LineRecord[] => JSON.parse(new TextDecoder().decode(bytes)) as LineRecord[]
}
