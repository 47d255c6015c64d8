import path from "node:path"
import { expect, test } from "vitest"
import { checkFlow } from "./index.ts"
import { aFlowFolder } from "./temp-flow.testkit.ts"

const MODEL = "model: {configuration: {type: openai}, parameters: {}}"

const check = (text: string, nodeTypes: readonly string[] = ["prompty"]) =>
  checkFlow(path.join(aFlowFolder({ "ask.prompty": text }), "ask.prompty"), { nodeTypes })

test("a prompty is the one node of its plan", () => {
  const inputs = "inputs:\n  q: {type: string}\n  n: {type: int, default: 2}\n  o: {type: object, default: null}"

  const { plan, issues } = check(`---\nname: Ask\n${MODEL}\n${inputs}\n---\nuser:\n{{q}}\n`)

  expect(issues).toEqual([])
  expect(plan).toMatchObject({ kind: "prompty", name: "Ask", outputs: [] })
  expect(plan?.nodes).toMatchObject([{ type: "prompty", path: "ask.prompty" }])
  expect(plan?.inputs.map(({ name, hasDefault, default: value }) => [name, hasDefault, value])).toEqual([
    ["q", false, null],
    ["n", true, 2],
    ["o", false, null]
  ])
})

test("a line of dashes in the template moves the divider, as in promptflow", () => {
  const { issues } = check(`---\n${MODEL}\n---\nuser:\nabove\n---\nbelow\n`)

  expect(issues[0]?.place.file).toBe("ask.prompty")
})

test.each([
  ["no yaml in front of it", "user:\nhi\n", "1:1 UserErrorException"],
  [
    "a model without parameters",
    "---\nname: x\nmodel:\n  configuration: {type: openai}\n---\nuser:\n",
    "4:3 TypeError"
  ],
  ["no model at all", "---\nname: x\n---\nuser:\n", "2:1 TypeError"],
  [
    "a field of the newer runtime",
    "---\nmodel:\n  configuration: {}\n  parameters: {}\n  options: {}\n---\nuser:\n",
    "5:3 TypeError"
  ],
  ["an input that is a bare value", `---\n${MODEL}\ninputs:\n  q: hello\n---\nuser:\n`, "4:3 FlowDefinitionError"]
])("%s is told with its place", (_, text, told) => {
  const { issues } = check(text)

  expect(issues.map(({ code, place }) => `${place.line}:${place.column} ${code}`)).toEqual([told])
})

test("without an executor for it, a prompty is refused", () => {
  expect(check("---\n---\n", []).issues).toMatchObject([{ code: "ExecutorMissing" }])
})
