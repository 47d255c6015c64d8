// `flow test --interactive`, and the inputs of chat flows that nobody has to give.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

const FLOW = (history: string) => `inputs:
  ${history}
  question: { type: string, is_chat_input: true }
  mood: { type: string, default: calm }
outputs:
  answer: { type: string, reference: "\${reply.output}", is_chat_output: true }
  mood: { type: string, reference: "\${inputs.mood}" }
nodes:
- name: reply
  type: javascript
  source: { type: code, path: reply.mjs }
  inputs: { question: "\${inputs.question}", history: "\${inputs.chat_history}" }
`
const REPLY = `export default (question, history) => {
  console.log("thinking")
  if (question === "break") throw new Error("enough")
  return history.length + " before: " + history.map((turn) => turn.inputs.question + "/" + turn.outputs.answer + "/" + turn.outputs.mood).join("; ")
}
`

function aPlace(history = "chat_history: { type: list, is_chat_history: true }"): CommandFolder {
  const place = new CommandFolder()
  place.write({ "flow/flow.dag.yaml": FLOW(history), "flow/reply.mjs": REPLY })
  return place
}

const chatting = (place: CommandFolder, said: string, ...more: string[]) =>
  place.talk(said, "flow", "test", "--flow", "flow", "--interactive", ...more)

describe("a chat", () => {
  test("tells the flow all earlier turns, and ends with stdin", async () => {
    const place = aPlace()

    const { exitCode, stdout, stderr } = await chatting(place, "one\n\ntwo\nthree\n", "--inputs", "mood=gay")

    expect(exitCode).toBe(0)
    expect(stdout.split("User: ").map((turn) => turn.trim())).toEqual([
      "",
      "Bot: 0 before:",
      "",
      "Bot: 1 before: one/0 before: /gay",
      "Bot: 2 before: one/0 before: /gay; two/1 before: one/0 before: /gay/gay",
      ""
    ])
    expect(stderr).toContain("[reply]")
    expect(stderr).toContain("thinking")
    const written = readFileSync(place.path("flow/.promptflow/chat.output.json"), "utf8")
    expect(JSON.parse(written)).toMatchObject({ mood: "gay" })
  })

  test("ends with a turn that fails", async () => {
    const { exitCode, stderr } = await chatting(aPlace(), "break\nmore\n")

    expect(exitCode).toBe(1)
    expect(stderr).toContain("Execution failure in 'reply': (Error) enough")
  })

  test("needs a chat flow", async () => {
    const place = aPlace()
    place.write({
      "flow/flow.dag.yaml": FLOW("chat_history: { type: list }").replace("is_chat_input: true", "default: x")
    })

    const { exitCode, stderr } = await chatting(place, "one\n")

    expect(exitCode).toBe(1)
    expect(stderr).toContain(
      "Only chat flow supports interactive mode, chat flow should have one input with is_chat_input"
    )
  })
})

test.each(["chat_history: { type: list, is_chat_history: true }", "chat_history: { type: list }"])(
  "a chat flow that is tested without a history begins with an empty one: %s",
  async (history) => {
    const tested = await aPlace(history).json<{ answer: string }>(
      ...["flow", "test", "--flow", "flow", "--inputs", "question=hi"]
    )

    expect(tested.answer).toBe("0 before: ")
  }
)
