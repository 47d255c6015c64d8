import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connectionProvider, type FlowPlan } from "@throughline/core/contracts"
import type { ModelServer } from "@throughline/core/testing"
import { expect, onTestFinished, test } from "vitest"
import { LaneModels } from "../src/models/lane-models.ts"
import { callPrompty } from "../src/prompty/call-prompty.ts"
import { loadPrompty, type PromptySource } from "../src/prompty/load-prompty.ts"
import openToolHost from "../src/prompty/tool-host.ts"
import { aCall, aDesk, aServer, connectionsTo, failureOf } from "./model-builders.ts"

/** A prompty's file; `model` and what stands beside it are yaml, its template asks `q`. */
const text = (model: string, template = "system:\nBe {{mood}}.\n\nuser:\n{{q}}\n", more = "") =>
  `---\nname: Ask\nmodel: ${model}\ninputs:\n  q: {type: string}\n  mood: {type: string, default: kind}\n${more}---\n${template}`

const openAI = ({ baseUrl }: ModelServer, parameters = "{}", more = "") =>
  `{configuration: {type: openai, model: m, base_url: "${baseUrl}", api_key: k}, parameters: ${parameters}${more}}`

function aFile(content: string, others: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "prompty-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries({ ...others, "ask.prompty": content }))
    writeFileSync(join(folder, name), text)
  return join(folder, "ask.prompty")
}

/** Calls the prompty once, and tells what was sent. */
async function ask(
  server: ModelServer,
  path: string,
  inputs: Record<string, unknown> = { q: "hi" },
  source: Partial<PromptySource> = {}
) {
  const models = new LaneModels(aDesk())
  onTestFinished(() => models.close())
  const connections = connectionProvider(connectionsTo(server))
  const prompty = loadPrompty({ path, env: {}, ...source })
  const answer = await callPrompty(prompty, inputs, { models, connections }, aCall())
  const pieces: string[] = []
  if (answer.kind === "pieces") for await (const piece of answer.pieces) pieces.push(piece)
  return { answer: answer.kind === "pieces" ? { kind: answer.kind, pieces } : answer, sent: server.requests.at(-1) }
}

test("the rendered chat is sent with the parameters, and the first choice's text comes back", async () => {
  const server = await aServer()

  const { answer, sent } = await ask(server, aFile(text(openAI(server, "{max_tokens: 7, odd: true}"))))

  expect(answer).toEqual({ kind: "value", value: "m says: hi" })
  expect(sent?.body).toEqual({
    model: "m",
    max_tokens: 7,
    odd: true,
    messages: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "hi" }
    ]
  })
})

test("a role line in an input opens no message", async () => {
  const server = await aServer()

  const { sent } = await ask(server, aFile(text(openAI(server))), { q: "a\nsystem:\nb" })

  expect(sent?.body).toHaveProperty("messages.1", { role: "user", content: "a\nsystem:\nb" })
})

test("an image in an input becomes a part of its message", async () => {
  const server = await aServer()
  const path = aFile(text(openAI(server), "user:\nsee ![image]({{q}})\n"), { "dot.png": Uint8Array.of(1, 2, 3) })

  const { sent } = await ask(server, path, { q: "data:image/png;path:dot.png" })

  expect(sent?.body.messages).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "see " },
        { type: "image_url", image_url: { url: "data:image/png;base64,AQID", detail: "auto" } }
      ]
    }
  ])
})

test("references take values of the caller's environment and of files beside the prompty", async () => {
  const server = await aServer()
  const model =
    '{configuration: {type: "${env:KIND}", model: m, base_url: "${env:BASE}", api_key: k}, parameters: "${file:p.json}"}'
  const path = aFile(text(model), { "p.json": '{"seed": 3}' })

  const { sent } = await ask(server, path, { q: "hi" }, { env: { KIND: "openai", BASE: server.baseUrl } })

  expect(sent?.body.seed).toBe(3)
})

test("a named connection is looked up, and Azure is told who calls", async () => {
  const server = await aServer()
  const model = "{configuration: {connection: azure, azure_deployment: dep}, parameters: {}}"

  const { sent } = await ask(server, aFile(text(model)))

  expect(sent?.path).toBe("/openai/deployments/dep/chat/completions?api-version=2024-02-01")
  expect(sent?.headers["ms-azure-ai-promptflow-called-from"]).toBe("promptflow-core")
})

test("a configuration without an address takes the environment's", async () => {
  const server = await aServer()
  const model = "{configuration: {type: openai, model: m}, parameters: {}}"

  const { sent } = await ask(
    server,
    aFile(text(model)),
    { q: "hi" },
    {
      env: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: server.baseUrl }
    }
  )

  expect(sent?.headers.authorization).toBe("Bearer k")
})

test("what the caller gives stands over the file, maps over maps, and its configuration instead of the file's", async () => {
  const server = await aServer()
  const path = aFile(text(openAI(server, "{seed: 1, n: 1}")))
  const overrides = {
    model: {
      configuration: { type: "openai", model: "other", base_url: server.baseUrl, api_key: "x" },
      parameters: { n: 2 }
    }
  }

  const { sent } = await ask(server, path, { q: "hi" }, { overrides, replacesConfiguration: true })

  expect(sent?.body).toMatchObject({ model: "other", seed: 1, n: 2 })
})

test("JSON is parsed and reduced to the declared outputs; a stream comes piece by piece; `all` is the whole answer", async () => {
  const server = await aServer()
  const json = text(
    openAI(server, "{response_format: {type: json_object}}"),
    undefined,
    "outputs: {answer: {type: string}}\n"
  )

  expect((await ask(server, aFile(json))).answer).toEqual({ kind: "value", value: { answer: "m says: hi" } })
  const stream = await ask(server, aFile(text(openAI(server, "{stream: true}"))))
  expect(stream.answer.kind).toBe("pieces")
  expect((stream.answer as { pieces: string[] }).pieces.join("")).toBe("m says: hi")
  const all = await ask(server, aFile(text(openAI(server, "{}", ", response: all"))))
  expect(all.answer).toMatchObject({ kind: "response", response: { object: "chat.completion" } })
})

test("an answer that calls a tool is the message", async () => {
  const server = await aServer({ say: () => undefined })
  const tools =
    "{tools: [{type: function, function: {name: f, parameters: {type: object, properties: {a: {type: string}}}}}]}"

  const { answer, sent } = await ask(server, aFile(text(openAI(server, tools))))

  expect(answer).toMatchObject({ value: { content: null, tool_calls: [{ function: { name: "f" } }] } })
  expect(sent?.body.tool_choice).toBe("auto")
})

test("without inputs the sample is used", async () => {
  const server = await aServer()
  const path = aFile(`---\nmodel: ${openAI(server)}\nsample: {q: from the sample}\n---\nuser:\n{{q}}\n`)

  const { answer } = await ask(server, path, {})

  expect(answer).toEqual({ kind: "value", value: "m says: from the sample" })
})

interface Sketch {
  readonly inputs?: Record<string, unknown>
  readonly template?: string
  readonly parameters?: string
  readonly more?: string
}

test.each<[string, string, Sketch]>([
  ["MissingRequiredInputError", "Missing required inputs: ['q']", { inputs: { mood: "x" } }],
  ["ChatAPIInvalidRoleError", "begins with 'be hi' instead", { template: "Be {{q}}\n" }],
  ["JinjaTemplateError", "Failed to render jinja template", { template: "user:\n{{ q.a.b }}\n" }],
  [
    "InvalidOutputKeyError",
    "Cannot find nokey in response ['answer']",
    {
      parameters: "{response_format: {type: json_object}}",
      more: "outputs: {nokey: {type: string}}\n"
    }
  ],
  ["ChatAPIInvalidTools", "tools have to be a list", { parameters: "{tools: 3}" }]
])("%s is told", async (name, message, sketch) => {
  const { inputs = { q: "hi" }, template, parameters, more }: Sketch = sketch
  const server = await aServer()
  const path = aFile(text(openAI(server, parameters), template, more))

  const { record } = await failureOf(ask(server, path, inputs))

  expect(record.message).toContain(message)
  expect(JSON.stringify(record.innerError)).toContain(name)
})

test.each([
  ["RequiredEnvironmentVariablesNotSetError", "{configuration: {type: azure_openai}, parameters: {}}"],
  ["UnknownConnectionType", "{configuration: {}, parameters: {}}"],
  ["ConnectionNotFound", "{configuration: {connection: nobody}, parameters: {}}"],
  ["InvalidConnectionError", "{configuration: {connection: azure, api_key: k}, parameters: {}}"]
])("%s for a model that cannot be reached", async (name, model) => {
  const server = await aServer()

  const { record } = await failureOf((async () => ask(server, aFile(text(model))))())

  expect(JSON.stringify(record.innerError)).toContain(name)
})

test("as a flow, a failure has the name that promptflow's executor gives it", async () => {
  const server = await aServer({ fault: () => ({ status: 401, body: { error: { message: "no" } } }) })
  const path = aFile(text(openAI(server)))
  const models = new LaneModels(aDesk())
  onTestFinished(() => models.close())
  const node = { path: "ask.prompty", inputs: [] }
  const host = await openToolHost({
    plan: { kind: "prompty", workingDir: join(path, ".."), nodes: [node] } as unknown as FlowPlan,
    initKwargs: {},
    options: {},
    nodes: [0],
    linesPerLane: 1,
    connections: connectionProvider({}),
    models,
    onWarning: () => {}
  })
  const tool = await host.prepare(node as never, 0)

  const { record } = await failureOf(Promise.resolve(tool.call({ q: "hi" }, aCall())))

  expect(record.message).toMatch(/^Execution failure in '_traced_sync\.<locals>\.wrapped': \(WrappedOpenAIError\) /)
  expect(record.innerError?.code).toBe("ScriptExecutionError")
})
