// What is wrong with a prompt that is no chat, in promptflow's words; its class of error is the caller's.

import { type RoleTokens, restoreRoles } from "./escape-roles.ts"
import type { ChatMistake } from "./parse-chat.ts"

export function mistakeText(mistake: ChatMistake, tokens: RoleTokens): string {
  switch (mistake.kind) {
    case "role":
      return (
        "The Chat API requires a specific format for prompt definition: lines such as 'system:', 'user:', 'assistant:', " +
        `'function:' or 'tool:' begin messages. The prompt begins with '${restoreRoles(mistake.role, tokens)}' instead.`
      )
    case "function":
      return "Failed to parse function role prompt: after 'function:' come 'name:' with the function's name on the next line, and 'content:' with what it returned."
    case "tool":
      return "Failed to parse tool role prompt: after 'tool:' come 'tool_call_id:' with the id of the call on the next line, and 'content:' with what it returned."
  }
}
