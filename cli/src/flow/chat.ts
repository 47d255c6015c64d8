// `flow test --interactive`: a conversation with a chat flow. A line of stdin is a turn; the flow is told all earlier ones.

import { createInterface } from "node:readline"
import { chatRolesOf, type FlowPlan, type FlowTestResult, type LineInputs } from "@throughline/core"
import { note } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"

/**
 * Ends with stdin.
 *
 * @param readInputs the flow's other inputs, and the conversation so far where it is among them
 * @param test one turn of the flow; its failure ends the conversation
 */
export async function chat(
  plan: FlowPlan,
  readInputs: () => LineInputs,
  test: (inputs: LineInputs) => Promise<FlowTestResult>
): Promise<number> {
  const roles = chatRolesOf(plan)
  if (typeof roles === "string") throw new CommandError(`Only chat flow supports interactive mode, ${roles}.`)
  const given = readInputs()
  const history: unknown[] = [...startOf(plan, given, roles.history)]
  const lines = createInterface({ input: process.stdin })
  process.stdout.write("User: ")
  for await (const line of lines) {
    if (line.trim() !== "") {
      const result = await test({ ...given, [roles.input]: line, [roles.history]: history })
      showPrints(result)
      const answer = roles.output === undefined ? result.output : result.output[roles.output]
      process.stdout.write(`Bot: ${typeof answer === "string" ? answer : JSON.stringify(answer)}\n`)
      history.push(...turnOf(plan, roles.input, line, answer, result))
    }
    process.stdout.write("User: ")
  }
  process.stdout.write("\n")
  return 0
}

function startOf(plan: FlowPlan, given: LineInputs, history: string): readonly unknown[] {
  const start = Object.hasOwn(given, history)
    ? given[history]
    : plan.inputs.find(({ name }) => name === history)?.default
  return Array.isArray(start) ? start : []
}

/** A turn as the flow's kind remembers it. */
function turnOf(
  { kind }: FlowPlan,
  input: string,
  said: string,
  answer: unknown,
  { output }: FlowTestResult
): readonly unknown[] {
  if (kind === "dag") return [{ inputs: { [input]: said }, outputs: output }]
  return [
    { role: "user", content: said },
    { role: "assistant", content: answer }
  ]
}

function showPrints({ nodes }: FlowTestResult): void {
  for (const { node, logs } of nodes) {
    for (const printed of `${logs.stdout}${logs.stderr}`.split("\n").filter((each) => each !== "")) {
      note(`[${node}] ${printed}`)
    }
  }
}
