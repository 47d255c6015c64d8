// Assistant definitions: a YAML file of the flow, as an object whose functions can be called.

import { type ErrorRecord, errorClass, ToolLoadFailure } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { openFlow, TOOL } from "./python-builders.ts"

/** Stands for the parser that promptflow brings: it reads JSON, which is YAML. */
const PARSER = "import json\ndef safe_load(text):\n    return json.loads(text)\n"

const ASK = `from promptflow.contracts.types import AssistantDefinition
${TOOL}@tool
def ask(assistant: AssistantDefinition, name: str):
    invoker = assistant._tool_invoker
    return [assistant.model, assistant.instructions, invoker.to_openai_tools(), invoker.invoke_tool("greet", {"name": name})]
`
const GREET = `${TOOL}@tool
def greet(name: str, times: int = 1, mark: str = "?") -> str:
    """Greets somebody.

    :param name: who it is
    """
    return f"hello {name}" * times + mark
`
const definition = (tool: unknown) =>
  JSON.stringify({ model: "m", instructions: "be kind", tools: [{ type: "retrieval" }, tool] })
const greet = {
  type: "function",
  tool_type: "python",
  source: { type: "code", path: "greet.py" },
  predefined_inputs: { mark: "!" }
}

const opened = (tool: unknown, inputs: Record<string, unknown> = { assistant: "kind.yaml", name: "${inputs.name}" }) =>
  openFlow({
    nodes: { a: { code: ASK, inputs } },
    files: {
      "kind.yaml": definition(tool),
      "greet.py": GREET,
      "ruamel/__init__.py": "raise ImportError\n",
      "yaml.py": PARSER
    }
  })

async function failureOf(tool: unknown, assistant = "kind.yaml"): Promise<ErrorRecord> {
  const failure = await opened(tool, { assistant, name: "x" }).then(
    () => undefined,
    (error: unknown) => error
  )
  if (!(failure instanceof ToolLoadFailure)) throw new Error(`not a ToolLoadFailure: ${failure}`)
  return failure.record
}

describe("an assistant definition", () => {
  test("has its functions described and called, with the inputs that it fixes", async () => {
    const flow = await opened(greet)

    expect((await flow.call("a", { name: "you" })).value).toEqual([
      "m",
      "be kind",
      [
        { type: "retrieval" },
        {
          type: "function",
          function: {
            name: "greet",
            description: "Greets somebody.",
            parameters: {
              type: "object",
              properties: {
                name: { type: "string", description: "who it is" },
                times: { type: "number", description: "" }
              },
              required: ["name"]
            }
          }
        }
      ],
      "hello you!"
    ])
  })

  test.each([
    [
      "a file that is not there",
      greet,
      "nowhere.yaml",
      "(InvalidSource) Input 'assistant' for node 'a' of value 'nowhere.yaml' is not a valid path."
    ],
    [
      "a tool whose file is not there",
      { ...greet, source: { type: "code", path: "no.py" } },
      "kind.yaml",
      "(InvalidSource)"
    ],
    [
      "a tool of a package that is not there",
      { ...greet, source: { type: "package", tool: "x.y" } },
      "kind.yaml",
      "(PackageToolNotFoundError)"
    ],
    [
      "a tool without a source",
      { type: "function", tool_type: "python" },
      "kind.yaml",
      "(InvalidAssistantTool) The 'source' property is missing"
    ],
    [
      "a tool of another kind",
      { type: "other" },
      "kind.yaml",
      "(InvalidAssistantTool) Unsupported assistant tool's type"
    ]
  ])("fails the load of its node for %s", async (_, tool, file, message) => {
    const record = await failureOf(tool, file)

    expect(errorClass(record)).toBe("NodeInputValidationError")
    expect(record.message).toContain("Failed to load assistant definition from input 'assistant'")
    expect(record.message).toContain(message)
  })
})
