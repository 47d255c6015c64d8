// What prompt nodes rendered, once more with role words as tokens, for the prompts that take it in: what a user typed
// opens no message there either.
//
// X1. An escaped text lives from the call that rendered it to the end of its line.
// X2. Nothing is kept of a node whose text no prompt reads.

import { type FlowPlan, INPUTS_TO_ESCAPE, type NodePlan } from "@throughline/core/contracts"
import type { EscapedText, RoleTokens } from "./escape-roles.ts"

type Inputs = Readonly<Record<string, unknown>>

/** The node's inputs that come straight from the flow's. */
export function flowInputsOf(node: NodePlan): readonly string[] {
  const binding = node.inputs.find(({ name }) => name === INPUTS_TO_ESCAPE)?.binding
  return binding?.kind === "literal" ? (binding.value as readonly string[]) : []
}

export class EscapedTexts {
  readonly #plan: FlowPlan
  /** Position → node → its text. */
  readonly #texts = new Map<number, Map<number, EscapedText>>()

  constructor(plan: FlowPlan) {
    this.#plan = plan
  }

  /** Whether some prompt takes in the whole text of this node. */
  isRead(index: number): boolean {
    return this.#plan.nodes.some(
      (node) =>
        (node.type === "prompt" || node.type === "llm") && this.#promptsOf(node).some(([, from]) => from === index)
    )
  }

  keep(position: number, index: number, text: EscapedText): void {
    const texts = this.#texts.get(position) ?? new Map<number, EscapedText>()
    this.#texts.set(position, texts.set(index, text))
  }

  forget(position: number): void {
    this.#texts.delete(position)
  }

  /** The tokens in the texts that this node takes in. */
  tokensOf(node: NodePlan, position: number): RoleTokens {
    const texts = this.#texts.get(position)
    if (texts === undefined) return new Map()
    return new Map(this.#promptsOf(node).flatMap(([, from]) => [...(texts.get(from)?.tokens ?? [])]))
  }

  /** The inputs with what comes from prompts escaped as it was kept, and what comes from the flow by `escapeOne`. */
  escape(node: NodePlan, position: number, inputs: Inputs, escapeOne: (value: unknown) => unknown): Inputs {
    const escaped: Record<string, unknown> = { ...inputs }
    for (const name of flowInputsOf(node)) if (Object.hasOwn(inputs, name)) escaped[name] = escapeOne(inputs[name])
    const texts = this.#texts.get(position)
    for (const [name, from] of this.#promptsOf(node)) {
      const kept = texts?.get(from)
      if (kept !== undefined) escaped[name] = kept.text
    }
    return escaped
  }

  /** Input name and node, of every input that is the whole output of a prompt node. */
  #promptsOf({ inputs }: NodePlan): Array<readonly [name: string, node: number]> {
    return inputs.flatMap(({ name, binding }) =>
      binding.kind === "node" && binding.path.length === 0 && this.#plan.nodes[binding.node]?.type === "prompt"
        ? [[name, binding.node] as const]
        : []
    )
  }
}
