// Runs the nodes of prompts in this thread: `prompt` nodes, whose output is the rendered text, and `llm` nodes, which send
// it to a language model (llm/), promptflow's own model tools among them.
//
// Left to others: images (`![image]({{ x }})`) in prompt nodes, which are values like any other there.
//
// H1. Rendering never waits and never fails but with a `ToolFailure`.
// H2. Literals of prompt nodes stay as they are in the flow's file: promptflow converts none for this type of node.

import type {
  NodeCall,
  NodePlan,
  OpenToolHost,
  PreparedTool,
  ToolHost,
  ToolHostContext
} from "@throughline/core/contracts"
import { escapeRoles, tokensFor } from "./chat/escape-roles.ts"
import { EscapedTexts, flowInputsOf } from "./chat/escaped-texts.ts"
import { prepareModelTool } from "./llm/prepare.ts"
import { loadTemplate, refuseReserved, renderTemplate } from "./load-template.ts"
import { pythonInputs } from "./python-values.ts"

const openToolHost: OpenToolHost = async (context) => {
  const texts = new EscapedTexts(context.plan)
  const host: ToolHost = {
    prepare: (node, index) =>
      node.type === "llm" ? prepareModelTool(context, node, texts) : preparePrompt(context, node, index, texts),
    releaseLine: (position) => texts.forget(position),
    close: async () => {}
  }
  return host
}
export default openToolHost

/** The prompt tool of promptflow has this parameter itself. */
const RESERVED = ["template"]

async function preparePrompt(
  { plan }: ToolHostContext,
  node: NodePlan,
  index: number,
  texts: EscapedTexts
): Promise<PreparedTool> {
  const template = await loadTemplate(plan.workingDir, node)
  refuseReserved(template, RESERVED, node, "reserved parameters of prompt tool")
  const isRead = texts.isRead(index)
  const fromFlow = flowInputsOf(node)
  const reach = { lists: false, dicts: true }
  const call = (given: Record<string, unknown>, { position }: NodeCall): string => {
    const inputs = pythonInputs(given)
    const text = renderTemplate(template, inputs, node)
    if (isRead) {
      const tokens = tokensFor(
        fromFlow.map((name) => inputs[name]),
        reach,
        texts.tokensOf(node, position)
      )
      if (tokens.size > 0) {
        const escaped = texts.escape(node, position, inputs, (value) => escapeRoles(value, tokens, reach))
        texts.keep(position, index, { text: renderTemplate(template, escaped, node), tokens })
      }
    }
    return text
  }
  return {
    parameters: template.variables.map((name) => ({ name, hasDefault: false })),
    takesForeign: true,
    mayWait: false,
    call
  }
}
