import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ModelServer } from "@throughline/core/testing"
import { ConnectionStore } from "@throughline/storage"
import { describe, expect, onTestFinished, test } from "vitest"
import { connectionOf, type Fields } from "../src/connection/connection-file.ts"
import { CommandFolder } from "./run-command.ts"

const openAi = "name: oa\ntype: open_ai\napi_key: sk-1\nbase_url: http://x/v1\nnothing: 1\n"

describe("connection create", () => {
  test("stores a file's connection and prints it with its secrets starred out; again, it keeps its date", async () => {
    const place = new CommandFolder()
    place.write({ "oa.yaml": openAi })

    const first = await place.run("connection", "create", "-f", place.path("oa.yaml"))
    const second = await place.run("connection", "create", "-f", place.path("oa.yaml"), "--set", "base_url=http://y")

    expect(first.stderr).toContain("has no nothing: ignored")
    const printed = JSON.parse(first.stdout) as Record<string, string>
    expect(Object.keys(printed)).toEqual([
      "name",
      "module",
      "created_date",
      "last_modified_date",
      "type",
      "api_key",
      "base_url"
    ])
    expect(printed).toMatchObject({ name: "oa", module: "promptflow.connections", type: "open_ai", api_key: "******" })
    expect(printed.created_date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    expect(JSON.parse(second.stdout)).toMatchObject({ created_date: printed.created_date, base_url: "http://y" })
  })

  test("fills in a type's defaults, and wants no key where the identity signs in", async () => {
    const place = new CommandFolder()
    place.write({ "az.yaml": "name: az\ntype: azure_open_ai\nauth_mode: meid_token\napi_base: https://x\n" })

    const { stdout } = await place.run("connection", "create", "-f", place.path("az.yaml"))

    expect(Object.entries(JSON.parse(stdout)).map(([key]) => key)).toEqual([
      "auth_mode",
      "name",
      "module",
      "created_date",
      "last_modified_date",
      "type",
      "api_base",
      "api_type",
      "api_version"
    ])
  })

  test("makes the variables of a .env file the secrets of a custom connection, which needs a name", async () => {
    const place = new CommandFolder()
    place.write({ "my.env": 'A=1\n# no\nB="two words"\n' })

    const unnamed = await place.run("connection", "create", "-f", place.path("my.env"))
    const named = await place.run("connection", "create", "-f", place.path("my.env"), "-n", "mine")

    expect(unnamed).toMatchObject({ exitCode: 1 })
    expect(unnamed.stderr).toContain("Please specify --name when creating connection from .env.")
    expect(JSON.parse(named.stdout)).toMatchObject({
      type: "custom",
      configs: {},
      secrets: { A: "******", B: "******" }
    })
  })

  test.each([
    ["name: a\ntype: open_ai\n", [], "api_key"],
    ["name: a\ntype: Nonsense\n", [], "Connection type 'Nonsense' is not supported"],
    ["type: open_ai\napi_key: k\n", [], "name is missing"],
    ["name: a/../../b\ntype: open_ai\napi_key: k\n", [], "the name"],
    ["name: a\ntype: open_ai\napi_key: ''\n", [], "--set api_key="],
    ["- a list\n", [], "it has to hold the fields of a connection"],
    ["name: a\ntype: custom\nsecrets: {x: {y: 1}}\n", [], "secrets.x has to be a text"],
    [undefined, [], "No such file or directory"]
  ])("refuses %j", async (text, more, says) => {
    const place = new CommandFolder()
    if (text !== undefined) place.write({ "c.yaml": text })

    const { exitCode, stderr } = await place.run("connection", "create", "-f", place.path("c.yaml"), ...more)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(says)
    expect((await place.run("connection", "list")).stdout.trim()).toBe("[]")
  })
})

test("connection update changes what is set and keeps starred secrets; show, list and delete do what they say", async () => {
  const place = new CommandFolder()
  place.write({ "c.yaml": "name: cu\ntype: custom\nconfigs: {url: u}\nsecrets: {a: one, b: two}\n" })
  await place.run("connection", "create", "-f", place.path("c.yaml"))

  const set = ["--set", "configs.url=other", "secrets.a=", "secrets.c=three"]
  const updated = await place.run("connection", "update", "-n", "cu", ...set)
  const shown = await place.run("connection", "show", "-n", "cu")
  const listed = await place.run("connection", "list", "-r", "5")
  const deleted = await place.run("connection", "delete", "-n", "cu", "-y")
  const again = await place.run("connection", "delete", "-n", "cu", "-y")
  const gone = await place.run("connection", "show", "-n", "cu")

  expect(JSON.parse(updated.stdout)).toMatchObject({
    configs: { url: "other" },
    secrets: { a: "******", b: "******", c: "******" }
  })
  expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(updated.stdout))
  expect(JSON.parse(listed.stdout)).toHaveLength(1)
  expect([deleted.exitCode, deleted.stdout, again.exitCode]).toEqual([0, "", 0])
  expect(gone).toMatchObject({ exitCode: 1 })
  expect(gone.stderr).toContain("ConnectionNotFoundError: Connection 'cu' is not found.")
})

const chatFlow = {
  "flow/flow.dag.yaml": `inputs:
  text: {type: string}
outputs:
  answer: {type: string, reference: "\${ask.output}"}
nodes:
- name: ask
  type: llm
  source: {type: code, path: ask.jinja2}
  connection: mine
  api: chat
  inputs: {model: m, text: "\${inputs.text}"}
`,
  "flow/ask.jinja2": "user:\n{{text}}\n"
}

describe("a flow finds its connection", () => {
  const flowTest = (place: CommandFolder, ...more: readonly string[]) =>
    place.run("flow", "test", "--flow", place.path("flow"), "--inputs", "text=hi", ...more)

  test("in the store, in a file that is named, and with a field of the environment over both", async () => {
    const server = await ModelServer.open()
    onTestFinished(() => server.close())
    const stored = (env: Record<string, string>) => {
      const place = new CommandFolder(env)
      const fields = { api_key: "${env:THE_KEY}", base_url: server.baseUrl }
      place.write({
        ...chatFlow,
        "mine.yaml": `name: mine\ntype: open_ai\napi_key: ${fields.api_key}\nbase_url: ${fields.base_url}\n`,
        "all.json": JSON.stringify({
          mine: { type: "OpenAIConnection", value: { ...fields, api_key: "in-file" }, secret_keys: ["api_key"] }
        })
      })
      return place
    }
    const inStore = stored({ THE_KEY: "from-env" })
    await inStore.run("connection", "create", "-f", inStore.path("mine.yaml"))
    const inFile = stored({ THROUGHLINE_CONNECTIONS: "all.json" })
    const over = stored({ THROUGHLINE_CONNECTIONS: "all.json", MINE_API_KEY: "over" })

    const ends = [
      await flowTest(inStore),
      await flowTest(inFile),
      await flowTest(over),
      await flowTest(inStore, "--connections-file", inStore.path("all.json"))
    ]

    expect(ends.map(({ stdout }) => JSON.parse(stdout))).toEqual(ends.map(() => ({ answer: "m says: hi" })))
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer from-env",
      "Bearer in-file",
      "Bearer over",
      "Bearer in-file"
    ])
  })

  test("or says what is missing: the connection, or the variable of its key", async () => {
    const place = new CommandFolder()
    place.write({ ...chatFlow, "mine.yaml": "name: mine\ntype: open_ai\napi_key: ${env:NOT_SET_HERE}\n" })

    const absent = await flowTest(place)
    await place.run("connection", "create", "-f", place.path("mine.yaml"))
    const unset = await flowTest(place)

    expect(absent.exitCode).toBe(1)
    expect(absent.stderr).toContain("Get connection 'mine' for node 'ask' error: Connection 'mine' is not found")
    expect(absent.stderr).toContain("throughline connection create")
    expect(unset.stderr).toContain(
      "api_key of connection 'mine' is the environment variable NOT_SET_HERE, which is not set"
    )
  })
})

test("a secret of any kind of connection is in no store, run folder, log or error", async () => {
  const canary = "canary-8f3a91"
  const server = await ModelServer.open({ apiKey: "another" })
  onTestFinished(() => server.close())
  const place = new CommandFolder()
  const store = new ConnectionStore(place.home)
  const kinds: Record<string, Fields> = {
    mine: { type: "open_ai", base_url: server.baseUrl },
    az: { type: "azure_open_ai", api_base: server.address },
    sv: { type: "serverless", api_base: server.address },
    se: { type: "serp" },
    cs: { type: "cognitive_search", api_base: "http://x" },
    ai: { type: "azure_ai_services", endpoint: "http://x" },
    sa: { type: "azure_content_safety", endpoint: "http://x" },
    fr: { type: "form_recognizer", endpoint: "http://x" },
    qd: { type: "qdrant", api_base: "http://x" },
    we: { type: "weaviate", api_base: "http://x" }
  }
  for (const [name, fields] of Object.entries(kinds)) {
    await store.put(connectionOf({ name, api_key: canary, ...fields }, "the test"))
  }
  const tool = `import os
from promptflow.core import tool
from promptflow.connections import CustomConnection
@tool
def spill(c: CustomConnection, x: str):
    print("printed", c.key)
    if x == "raise":
        raise ValueError("raised " + c.key)
    if x == "crash":
        os.write(2, ("last words " + c.key).encode())
        os._exit(3)
    return x
`
  const speak = `export default function speak(text: string) {
  console.log("spoke", process.env.FROM_CONNECTION)
  if (text === "throw") throw new Error("threw " + process.env.FROM_CONNECTION)
  return text
}
`
  const flow = `inputs:
  text: {type: string}
environment_variables:
  FROM_CONNECTION: \${cu.key}
outputs:
  out: {type: string, reference: "\${speak.output}"}
nodes:
- name: speak
  type: javascript
  source: {type: code, path: speak.ts}
  inputs: {text: "\${spill.output}"}
- name: spill
  type: python
  source: {type: code, path: spill.py}
  inputs: {c: cu, x: "\${inputs.text}"}
- name: ask
  type: llm
  source: {type: code, path: ask.jinja2}
  connection: mine
  api: chat
  inputs: {model: m, text: "\${spill.output}"}
`
  place.write({
    "flow/flow.dag.yaml": flow,
    "flow/ask.jinja2": "user:\n{{text}}\n",
    "flow/spill.py": tool,
    "flow/speak.ts": speak
  })
  place.write({ "data.jsonl": ["raise", "crash", "throw", "go"].map((text) => ({ text })) })
  place.write({ "cu.yaml": `name: cu\ntype: custom\nsecrets: {key: ${canary}}\n` })
  const created = await place.run("connection", "create", "-f", place.path("cu.yaml"))
  place.write({ "cu.yaml": "" })

  const run = await place.run(
    ...["run", "create", "--flow", place.path("flow"), "--data", place.path("data.jsonl"), "--name", "r", "--stream"],
    ...["--column-mapping", "text=${data.text}", "--debug"]
  )
  const seen = [created, run].flatMap(({ stdout, stderr }) => [stdout, stderr])
  expect(seen.filter((text) => text.includes(canary))).toEqual([])
  expect(run.stderr).toContain("**data_scrubbed**")
  expect(server.requests.length).toBeGreaterThan(0)
  expect(filesWith(place.home, canary)).toEqual([])
})

/** Files below a folder that hold the text, as it is or in base64. */
function filesWith(folder: string, text: string): string[] {
  const forms = [text, Buffer.from(text).toString("base64").replace(/=*$/, "")]
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => forms.some((form) => readFileSync(file).includes(form)))
}
