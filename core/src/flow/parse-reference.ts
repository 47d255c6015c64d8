// The reference grammar that node inputs, `activate.when` and flow outputs share, and paths into values. Looks nothing
// up: whether a name exists is for `check-topology.ts` and `read-outputs.ts`.

import type { PathStep } from "../contracts/flow-plan.ts"

export type Reference =
  | { readonly kind: "literal"; readonly value: unknown; readonly json?: string }
  | { readonly kind: "input"; readonly name: string }
  | NodeReference

export interface NodeReference {
  readonly kind: "node"
  readonly node: string
  /** The text between the first and the second dot; `output` where there is none. */
  readonly section: string
  /** The rest; empty where there is none. */
  readonly property: string
}

/**
 * Only a text that is `${…}` from end to end refers to something; anything else is a literal. Nothing is trimmed.
 *
 * @param json the value's JSON text, where the value alone would say less
 */
export function parseReference(value: unknown, json?: string): Reference {
  if (typeof value !== "string" || value.length < 3 || !value.startsWith("${") || !value.endsWith("}")) {
    return { kind: "literal", value, ...(json === undefined ? {} : { json }) }
  }
  const body = value.slice(2, -1)
  // The whole rest is the name, dots included.
  for (const prefix of ["flow.", "inputs."]) {
    if (body.startsWith(prefix)) return { kind: "input", name: body.slice(prefix.length) }
  }
  const [node, rest] = splitAtDot(body)
  if (rest === undefined) return { kind: "node", node, section: "output", property: "" }
  const [section, property = ""] = splitAtDot(rest)
  return { kind: "node", node, section, property }
}

function splitAtDot(text: string): readonly [string, string | undefined] {
  const dot = text.indexOf(".")
  return dot < 0 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)]
}

/** The canonical text of a reference to a node: `${node.output.property}`. */
export function referenceText({ node, section, property }: NodeReference): string {
  return property === "" ? `\${${node}.${section}}` : `\${${node}.${section}.${property}}`
}

export const NO_INTERPOLATION = "a reference has to be the whole value; texts are not filled in"

/** How to write a reference whose section is not `output`. */
export function sectionHint({ node, section, property }: NodeReference): string {
  if (section.includes("${")) return NO_INTERPOLATION
  const rest = property === "" ? "" : `.${property}`
  const [, index] = /^output(\[.*)$/s.exec(section) ?? []
  if (index !== undefined) return `write \${${node}.output.${index}${rest}}`
  return /^outputs?$/i.test(section) ? `write \${${node}.output${rest}}` : `write \${${node}.output.${section}${rest}}`
}

/**
 * The steps that a property text names. It is scanned for words, `['keys']` and `[indexes]`; whatever stands between them
 * is skipped, so `d-e` is two steps, and `[-1]` the word `1`.
 */
export function parsePath(property: string): readonly PathStep[] {
  return Array.from(property.matchAll(STEP), ([step, word]): PathStep => {
    if (word !== undefined) return word
    const inner = step.slice(1, -1)
    return inner.startsWith("'") ? inner.slice(1, -1) : Number(inner)
  })
}

/** Letters and digits of any script, as Python's `\w`, which leaves combining marks out. */
const STEP = /([\p{L}\p{N}_]+)|\['.*?'\]|\[[0-9]+\]/gu
