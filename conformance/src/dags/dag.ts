// Random small DAG flows: what they are, and the generator. Values are integers, truths, objects of them and lists, which
// Python and JavaScript treat alike, so that a flow can be written with tools of either language.
//
// R1. At most one node can fail a line, in one way: which of two failures ends a line is nobody's promise.

import fc from "fast-check"

export type ToolName = "add" | "even" | "wrap" | "show" | "fail" | "tally"

/** A literal, or a reference text. */
export type Bound = number | string

export interface DagNode {
  readonly name: string
  readonly tool: ToolName
  readonly inputs: Readonly<Record<string, Bound>>
  readonly activate?: { readonly when: string; readonly is: number | boolean | null }
  readonly aggregation?: boolean
  /** Inputs of the second variant, where the node has two. */
  readonly variant?: Readonly<Record<string, Bound>>
}

export interface Dag {
  /** In the order of the file. */
  readonly nodes: readonly DagNode[]
  /** Output name → reference. */
  readonly outputs: Readonly<Record<string, string>>
  readonly rows: ReadonlyArray<{ readonly x: number; readonly y: number }>
  /** The node whose second variant the run chooses. */
  readonly chosen?: string
}

type Kind = "number" | "truth" | "object" | "list"
const KINDS: Readonly<Record<Exclude<ToolName, "tally">, Kind>> = {
  add: "number",
  even: "truth",
  wrap: "object",
  show: "list",
  fail: "number"
}

export const SEED = 20_261_125
export const COUNT = 320

/** The same ones every time. */
export const dags = (): readonly Dag[] => fc.sample(dagArbitrary(), { numRuns: COUNT, seed: SEED })

/** A number between 0 (included) and `below`. */
type Roll = (below: number) => number

function dagArbitrary(): fc.Arbitrary<Dag> {
  return fc
    .tuple(
      fc.infiniteStream(fc.nat({ max: 9_999 })),
      fc.array(fc.record({ x: fc.nat({ max: 4 }), y: fc.nat({ max: 3 }) }), { minLength: 3, maxLength: 4 })
    )
    .map(([numbers, rows]) => buildDag((below) => numbers.next().value % below, rows))
}

function buildDag(roll: Roll, rows: Dag["rows"]): Dag {
  const hazard = (["none", "none", "fail", "missing"] as const)[roll(4)]!
  const size = 3 + roll(4)
  const hazardAt = 1 + roll(size - 1)
  const nodes: DagNode[] = []
  for (let at = 0; at < size; at++) {
    nodes.push(lineNode(`n${at}`, nodes, roll, at === hazardAt ? hazard : "none"))
  }
  const lineNodes = nodes.slice()
  for (let at = 0; at < roll(3); at++) nodes.push(aggregationNode(`g${at}`, lineNodes, nodes, roll))
  const outputs: Record<string, string> = { last: `\${n${size - 1}.output}` }
  if (roll(2) === 0) outputs.first = "${n0.output}"
  const shown = lineNodes[roll(size)]!
  if (roll(2) === 0) outputs.other = referenceTo(shown, roll)
  const varied = lineNodes.find(({ variant }) => variant !== undefined)
  return {
    nodes: roll(3) === 0 ? nodes.toReversed() : nodes,
    outputs,
    rows,
    ...(varied !== undefined && roll(2) === 0 ? { chosen: varied.name } : {})
  }
}

function lineNode(name: string, before: readonly DagNode[], roll: Roll, hazard: "none" | "fail" | "missing"): DagNode {
  const tool = hazard === "fail" ? "fail" : (["add", "add", "even", "wrap", "show", "show"] as const)[roll(6)]!
  const inputs: Record<string, Bound> = { a: boundFor(tool, before, roll) }
  if (tool === "add" || tool === "show") inputs.b = boundFor(tool, before, roll)
  if (tool === "show" && roll(2) === 0) inputs.c = boundFor(tool, before, roll)
  const objects = before.filter((node) => node.tool === "wrap")
  if (hazard === "missing" && objects.length > 0) inputs.a = `\${${objects[roll(objects.length)]!.name}.output.nope}`
  return {
    name,
    tool,
    inputs,
    ...(roll(10) < 4 ? { activate: conditionOn(before, roll) } : {}),
    ...(roll(6) === 0 ? { variant: { ...inputs, a: hazard === "none" ? roll(9) : inputs.a! } } : {})
  }
}

function boundFor(tool: ToolName, before: readonly DagNode[], roll: Roll): Bound {
  const fitting = before.filter((node) => tool === "wrap" || tool === "show" || isNumeric(node))
  if (fitting.length === 0 || roll(5) === 0) return ["${inputs.x}", "${inputs.y}", "${inputs.d}", roll(9)][roll(4)]!
  const node = fitting[roll(fitting.length)]!
  if (node.tool === "wrap" && tool !== "wrap" && tool !== "show") return nestedIn(node, roll)
  return referenceTo(node, roll)
}

/** Whether a number can be had of the node: a `wrap` holds a number where it got one. */
const isNumeric = (node: DagNode): boolean =>
  node.tool === "add" || node.tool === "fail" || (node.tool === "wrap" && holdsNumber(node))
const holdsNumber = ({ inputs, variant = {} }: DagNode): boolean =>
  [inputs.a, variant.a].every((bound) => typeof bound !== "string" || bound.startsWith("${inputs."))

const nestedIn = ({ name }: DagNode, roll: Roll): string =>
  [`\${${name}.output.v}`, `\${${name}.output.list[1].k}`][roll(2)]!

function referenceTo(node: DagNode, roll: Roll): string {
  return node.tool === "wrap" && roll(3) > 0 ? nestedIn(node, roll) : `\${${node.name}.output}`
}

function conditionOn(before: readonly DagNode[], roll: Roll): NonNullable<DagNode["activate"]> {
  const fitting = before.filter((node) => node.tool !== "fail" && KINDS[node.tool as keyof typeof KINDS] !== "list")
  if (fitting.length === 0 || roll(3) === 0) return { when: ["${inputs.x}", "${inputs.y}"][roll(2)]!, is: roll(3) }
  const node = fitting[roll(fitting.length)]!
  if (node.tool === "even") return { when: `\${${node.name}.output}`, is: [true, false, 1, 0][roll(4)]! }
  if (node.tool === "wrap") return { when: nestedIn(node, roll), is: [roll(4), null][roll(2)]! }
  return { when: `\${${node.name}.output}`, is: [roll(12), null, true][roll(3)]! }
}

function aggregationNode(name: string, lines: readonly DagNode[], before: readonly DagNode[], roll: Roll): DagNode {
  const earlier = before.filter(({ aggregation }) => aggregation === true)
  const ofLines = () => (roll(4) === 0 ? "${inputs.x}" : referenceTo(lines[roll(lines.length)]!, roll))
  const other = earlier[0]
  return {
    name,
    tool: "tally",
    aggregation: true,
    inputs: { values: ofLines(), more: other !== undefined && roll(2) === 0 ? `\${${other.name}.output}` : ofLines() },
    ...(other !== undefined && roll(3) === 0 ? { activate: { when: `\${${other.name}.output}`, is: roll(4) } } : {})
  }
}
