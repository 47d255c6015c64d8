import { ForeignValue, ToolLoadFailure } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { aCall, openFlow, script, TOOL } from "./python-builders.ts"

const HEAD = `from typing import *\nfrom enum import Enum\nfrom promptflow.contracts.types import Secret, PromptTemplate\nclass Colour(str, Enum):\n    red = "r"\n`

/** What a tool receives for a literal, as `type repr`. */
async function received(parameter: string, literal: unknown): Promise<string> {
  const code = `${HEAD}${script(parameter, "return type(x).__name__ + ' ' + repr(x)")}`
  const flow = await openFlow({ nodes: { a: { code, inputs: { x: literal } } } })
  return String((await flow.call("a")).value)
}

const refused = (type: string) =>
  new RegExp(`\\(NodeInputValidationError\\) Input 'x' for node 'a' of value '.*' is not type ${type}\\.`)

describe("literals are converted to the parameter's type", () => {
  test.each([
    ["x: int", 1.5, "int 1"],
    ["x: int", " 4 ", "int 4"],
    ["x: int", true, "int 1"],
    ["x: float", 1, "float 1.0"],
    ["x: float", "1.5", "float 1.5"],
    ["x: bool", "TRUE", "bool True"],
    ["x: str", 1, "str '1'"],
    ["x: str", true, "str 'True'"],
    ["x: str", { a: 1 }, `str "{'a': 1}"`],
    ["x: str", '{"a":1}', `str '{"a":1}'`],
    ["x: list", "[1]", "list [1]"],
    ["x: dict", '{"a": 1}', "dict {'a': 1}"],
    ["x: dict", "abc", "str 'abc'"],
    ["x: object", "null", "NoneType None"],
    ["x", "1", "int 1"],
    ["x", "true", "bool True"],
    ["x=3", "7", "int 7"],
    ["x=1.5", 2, "float 2.0"],
    ["x='s'", 2, "str '2'"],
    ["x=None", "[1]", "list [1]"],
    ["x: Optional[int] = None", "1", "int 1"],
    ["x: Union[int, str]", "abc", "str 'abc'"],
    ["x: List[str]", "[1]", "list [1]"],
    ["x: 'int'", "abc", "str 'abc'"],
    ["x: Colour", "zz", "str 'zz'"],
    ["x: Colour", 1, "str '1'"],
    ["x: Secret", "abc", "str 'abc'"],
    ["x: PromptTemplate", "1", "str '1'"]
  ])("run(%s) given %j gets %s", async (parameter, literal, expected) => {
    expect(await received(parameter, literal)).toBe(expected)
  })

  test.each([
    ["x: int", "1.5", "int"],
    ["x: int", [1], "int"],
    ["x: float", "abc", "double"],
    ["x: bool", 1, "bool"],
    ["x: bool", " true", "bool"],
    ["x: list", '{"a":1}', "list"],
    ["x=[1]", 1, "list"],
    ["x: Optional[int]", "abc", "int"]
  ])("run(%s) given %j is refused", async (parameter, literal, type) => {
    const failed = received(parameter, literal)

    await expect(failed).rejects.toBeInstanceOf(ToolLoadFailure)
    await expect(failed).rejects.toThrow(refused(type))
  })

  test("null and the empty text are not passed, and the default holds", async () => {
    const code = script("x=1, y='d'", "return [x, y]")
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: null, y: "" } } } })

    expect((await flow.call("a")).value).toEqual([1, "d"])
    expect(flow.tools.a!.literals).toEqual({})
  })

  test("names without a parameter reach **kwargs unconverted, in the flow's order", async () => {
    const code = script("x, **rest", "return [x, rest]")
    const inputs = { b: "1", x: "${inputs.x}", a: '{"k":1}', c: "${inputs.c}" }
    const flow = await openFlow({ nodes: { a: { code, inputs } } })

    const value = await flow.call("a", { x: 1, c: 2 })

    expect(value.text).toBe('[1, {"b": "1", "a": "{\\"k\\":1}", "c": 2}]')
  })

  test("parameters and converted literals are told, numbers as Python writes them", async () => {
    const code = `${TOOL}@tool\ndef run(p, q: float, r=3, *, s: str = "x"):\n    return q\n`
    const flow = await openFlow({ nodes: { a: { code, inputs: { p: "${inputs.p}", q: "2", s: 5 } } } })

    expect(flow.tools.a!.parameters).toEqual([
      { name: "p", hasDefault: false },
      { name: "q", hasDefault: false },
      { name: "r", hasDefault: true },
      { name: "s", hasDefault: true }
    ])
    expect(flow.tools.a!.literals).toEqual({ q: new ForeignValue("2.0"), s: "5" })
  })
})

describe("connections", () => {
  const definition = {
    type: "AzureOpenAIConnection",
    module: "promptflow.connections",
    value: { api_base: "https://b", api_key: "k" },
    secret_keys: ["api_key"]
  }
  const custom = { type: "CustomConnection", value: { url: "u", key: "s" }, secret_keys: ["key"] }
  const head = "from typing import *\nfrom promptflow.connections import *\n"

  test("a literal of a connection parameter becomes the connection of that name", async () => {
    const code = `${head}${script(
      "x: AzureOpenAIConnection, y: Union[CustomConnection, OpenAIConnection]",
      "return [x.api_base, x['api_key'], x.api_version, x.configs['api_type'], y.url, y.key, y.secrets, y['url'], y.name]"
    )}`
    const flow = await openFlow({
      nodes: { a: { code, inputs: { x: "mine", y: "other" } } },
      connections: { mine: definition, other: custom }
    })

    expect((await flow.call("a")).value).toEqual([
      "https://b",
      "k",
      "2024-02-01",
      "azure",
      "u",
      "s",
      { key: "s" },
      "u",
      "other"
    ])
  })

  test("a secret that a tool prints is not shown", async () => {
    const code = `${head}${script("x: AzureOpenAIConnection", "print(x.api_key, x.api_base)")}`
    const secret = { ...definition, value: { ...definition.value, api_key: "very secret" } }
    const flow = await openFlow({
      nodes: { a: { code, inputs: { x: "mine" } } },
      connections: { mine: secret }
    })
    const call = aCall()

    await flow.tools.a!.call({}, call)

    expect(call.logs?.stdout).toContain("**data_scrubbed**")
    expect(call.logs?.stdout).toContain("https://b")
    expect(call.logs?.stdout).not.toContain("very secret")
  })

  test("a custom connection fills a class that the tool defines", async () => {
    const code = `${head}class Mine(CustomStrongTypeConnection):\n    url: str\n${script("x: Mine", "return [type(x).__name__, x.url]")}`
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "c" } } }, connections: { c: custom } })

    expect((await flow.call("a")).value).toEqual(["Mine", "u"])
  })

  test.each([
    ["none", /\(GetConnectionError\) Get connection 'none' for node 'a'/],
    ["mine", /\(NodeInputValidationError\) Input 'x' for node 'a' of value 'mine' is not type OpenAIConnection/]
  ])("the name %s is refused", async (name, message) => {
    const code = `${head}${script("x: OpenAIConnection", "return 1")}`
    const opened = openFlow({
      nodes: { a: { code, inputs: { x: name } } },
      connections: { mine: definition }
    })

    await expect(opened).rejects.toThrow(message)
  })
})
