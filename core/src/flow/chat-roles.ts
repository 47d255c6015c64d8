// Whether a flow is one to chat with, and which of its inputs and outputs have a part in that.

import type { FlowPlan } from "../contracts/flow-plan.ts"

export interface ChatRoles {
  /** The input that what the user says goes to. */
  readonly input: string
  readonly history: string
  /** The output that is the answer; `undefined` where the flow declares none: the whole output is. */
  readonly output: string | undefined
}

/** promptflow's rule; a text says why the flow is no chat flow. */
export function chatRolesOf({ inputs, outputs }: Pick<FlowPlan, "inputs" | "outputs">): ChatRoles | string {
  const [input, second] = inputs.filter(({ isChatInput }) => isChatInput)
  if (input === undefined) return "chat flow should have one input with is_chat_input: true"
  if (second !== undefined) return "chat flow should have only one input with is_chat_input: true"
  const chatOutputs = outputs.filter(({ isChatOutput }) => isChatOutput)
  if (chatOutputs.length > 1) return "chat flow should have only one output with is_chat_output: true"
  if (chatOutputs.length === 0 && outputs.length > 0)
    return "chat flow should have one output with is_chat_output: true"
  const history = historyInputOf(inputs)
  if (history === undefined) return "chat_history is required in the inputs of chat flow"
  return { input: input.name, history, output: chatOutputs[0]?.name }
}

/** The input that holds earlier turns: the first that says so, else `chat_history` unless it says that it is not. */
export function historyInputOf(inputs: FlowPlan["inputs"]): string | undefined {
  const marked = inputs.find(({ isChatHistory }) => isChatHistory === true)
  return (marked ?? inputs.find(({ name, isChatHistory }) => name === "chat_history" && isChatHistory !== false))?.name
}
