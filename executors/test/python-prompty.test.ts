// `from promptflow.core import Prompty` inside Python tools, where promptflow is not installed: the lane makes the calls.

import type { ForeignValue, NodeCall } from "@throughline/core/contracts"
import type { ModelServer, ModelServerOptions } from "@throughline/core/testing"
import { expect, onTestFinished, test } from "vitest"
import { LaneModels } from "../src/models/lane-models.ts"
import { aDesk, aServer, connectionsTo, failureOf } from "./model-builders.ts"
import { aCall, openFlow } from "./python-builders.ts"

const HEAD = "from promptflow.core import AsyncPrompty, OpenAIModelConfiguration, Prompty, tool\n\n@tool\n"

const prompty = ({ baseUrl }: ModelServer, parameters = "{}", more = "") =>
  `---\nmodel: {configuration: {type: openai, model: m, base_url: "${baseUrl}", api_key: k}, parameters: ${parameters}${more}}\n` +
  "inputs: {q: {type: string}}\n---\nuser:\n{{q}}\n"

/** Runs one tool, whose body is `lines`, beside the prompties `ask`, `stream` and `all`. */
async function runTool(lines: string, options: ModelServerOptions & { readonly about?: Partial<NodeCall> } = {}) {
  const { about, ...serverOptions } = options
  const server = await aServer(serverOptions)
  const models = new LaneModels(aDesk())
  onTestFinished(() => models.close())
  const flow = await openFlow({
    models,
    connections: connectionsTo(server),
    nodes: { a: { code: HEAD + lines } },
    files: {
      "ask.prompty": prompty(server),
      "stream.prompty": prompty(server, "{stream: true}"),
      "all.prompty": prompty(server, "{}", ", response: all"),
      "lacking.prompty": prompty(server).replace(", parameters: {}", ""),
      "env.prompty": prompty(server).replace("api_key: k", 'api_key: "${env:MY_KEY}"')
    }
  })
  const call = aCall(about)
  const result = flow.tools.a!.call({}, call) as Promise<ForeignValue>
  return { server, call, result }
}

test("a prompty is called like a function, and its tokens are the call's", async () => {
  const { call, result } = await runTool('def run():\n    return Prompty.load("ask.prompty")(q="a b")\n')

  expect((await result).value).toBe("m says: a b")
  expect(call.tokens).toEqual({ prompt: 2, completion: 4, total: 6 })
})

test("threads of one tool ask at once, each for itself", async () => {
  const { server, result } = await runTool(
    `def run():
    from concurrent.futures import ThreadPoolExecutor
    ask = Prompty.load("ask.prompty")
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda i: ask(q=str(i)), range(8)))
`,
    { latencyMs: 20 }
  )

  expect((await result).value).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `m says: ${i}`))
  expect(server.mostAtOnce).toBeGreaterThan(1)
})

test("an asynchronous tool awaits many calls beside each other", async () => {
  const { server, result } = await runTool(
    `async def run():
    import asyncio
    ask = AsyncPrompty.load("ask.prompty")
    return await asyncio.gather(*[ask(q=str(i)) for i in range(5)])
`,
    { latencyMs: 20 }
  )

  expect((await result).value).toEqual([0, 1, 2, 3, 4].map((i) => `m says: ${i}`))
  expect(server.mostAtOnce).toBe(5)
})

test("a stream comes piece by piece, awaited or not", async () => {
  const plain = await runTool('def run():\n    return [each for each in Prompty.load("stream.prompty")(q="x y")]\n')
  const awaited = await runTool(
    'async def run():\n    return [each async for each in await AsyncPrompty.load("stream.prompty")(q="x y")]\n'
  )

  expect((await plain.result).value).toEqual(["m ", "says: ", "x ", "y"])
  expect((await awaited.result).value).toEqual(["m ", "says: ", "x ", "y"])
})

test("the whole answer has attributes, and rendering sends nothing", async () => {
  const { server, result } = await runTool(
    `def run():
    answer = Prompty.load("all.prompty")(q="x")
    return [answer.choices[0].message.content, Prompty.load("ask.prompty").render(q="é")]
`
  )

  expect((await result).value).toEqual(["m says: x", "[{'role': 'user', 'content': 'é'}]"])
  expect(server.requests).toHaveLength(1)
})

test("configuration and parameters given by the tool, and variables it set, count at the time of the call", async () => {
  const { server, result } = await runTool(
    `def run():
    import os
    os.environ["MY_KEY"] = "from the tool"
    first = Prompty.load("env.prompty", model={"parameters": {"seed": 4}})(q="x")
    config = OpenAIModelConfiguration(model="other", base_url=BASE, api_key="z")
    return [first, Prompty.load("ask.prompty", model={"configuration": config})(q="x")]
`.replace("BASE", '__import__("re").search("http[^\\"]+", open("ask.prompty").read()).group()')
  )

  expect((await result).value).toEqual(["m says: x", "other says: x"])
  expect(server.requests.map(({ headers, body }) => [headers.authorization, body.seed])).toEqual([
    ["Bearer from the tool", 4],
    ["Bearer z", undefined]
  ])
})

test.each([
  ['Prompty.load("ask.prompty")()', "MissingRequiredInputError", "Missing required inputs: ['q']"],
  ['Prompty.load("lacking.prompty")(q="x")', "TypeError", "missing 1 required positional argument: 'parameters'"],
  ['Prompty.load("nowhere.prompty")', "UserErrorException", "does not exist"],
  ['Prompty.load("ask.prompty")("x")', "UserErrorException", "only be called with keyword arguments"],
  ['Prompty.load("ask.prompty")(q="bad")', "WrappedOpenAIError", "OpenAI API hits BadRequestError"]
])("%s raises promptflow's exception", async (expression, name, message) => {
  const { result } = await runTool(
    `def run():
    try:
        ${expression}
    except Exception as error:
        return [type(error).__name__, str(error)]
`,
    { fault: ({ body }) => (JSON.stringify(body).includes("bad") ? { status: 400, body: {} } : undefined) }
  )

  const [raised, text] = (await result).value as [string, string]
  expect(raised).toBe(name)
  expect(text).toContain(message)
})

test("a line that is given up ends the request that its tool waits for", async () => {
  const controller = new AbortController()
  const { server, result } = await runTool(
    'async def run():\n    return await AsyncPrompty.load("ask.prompty")(q="x")\n',
    {
      fault: () => "hang",
      about: { signal: controller.signal }
    }
  )
  const ended = failureOf(result)
  await server.seen(1)

  controller.abort(new Error("given up"))

  expect((await ended).message).toBe("given up")
  await server.left(1)
})
