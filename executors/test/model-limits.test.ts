import { errorClass } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { LaneModels } from "../src/models/lane-models.ts"
import { aCall, aDesk, aServer, connectionsTo, failureOf, openNode } from "./model-builders.ts"

const chat = (connection = "openai") => ({ connection, api: "chat" })

describe("a small quota", () => {
  test("serves 300 calls at once through two lanes: none fails, though the service refuses many", async () => {
    const server = await aServer({ quota: { requests: 40, perMs: 150 }, latencyMs: 5 })
    const desk = aDesk()
    const lanes = [
      await openNode({ model: chat() }, server, { desk }),
      await openNode({ model: chat() }, server, { desk })
    ]
    const caller = () => aCall({ position: 0 })

    const outputs = await Promise.all(
      Array.from({ length: 300 }, (_, i) => lanes[i % 2]!.tool.call({ model: "m", text: String(i) }, caller()))
    )

    expect(outputs).toEqual(Array.from({ length: 300 }, (_, i) => `m says: ${i}`))
    expect(server.rejected).toBeGreaterThan(0)
    expect(server.answered).toBe(300)
  })

  test("is one for each model of a connection: another model is not held back", async () => {
    const server = await aServer({
      fault: ({ body }) => (body.model === "small" ? { status: 429, headers: { "retry-after": "60" } } : undefined)
    })
    const { tool } = await openNode({ model: chat() }, server)
    const stopping = new AbortController()

    const held = tool.call({ model: "small", text: "x" }, aCall({ signal: stopping.signal }))
    await server.seen(1)
    const other = await tool.call({ model: "large", text: "x" }, aCall())
    stopping.abort(new Error("enough"))

    expect(other).toBe("large says: x")
    expect((await failureOf(held)).message).toBe("enough")
  })

  test("that lets nothing through is given up after the tries there are", async () => {
    const server = await aServer({ fault: () => ({ status: 429, headers: { "retry-after": "0" } }) })
    const models = new LaneModels(aDesk())
    const { value } = connectionsTo(server).openai!
    const secrets = { api_key: String(value.api_key) }
    const connection = { name: "c", type: "open_ai", configs: { base_url: server.baseUrl }, secrets } as const

    const { record } = await failureOf(models.call({ connection, api: "chat", model: "m", body: {} }, aCall()))
    await models.close()

    expect(record.message).toMatch(/^Exceed max retry times\. OpenAI API hits RateLimitError/)
    expect(server.requests).toHaveLength(10)
  })
})

test("a line that waits for its turn uses none of its time", async () => {
  const server = await aServer({
    fault: ({ number }) => (number === 1 ? { status: 429, headers: { "retry-after": "60" } } : "hang")
  })
  const models = new LaneModels(aDesk())
  const { value } = connectionsTo(server).openai!
  const secrets = { api_key: String(value.api_key) }
  const connection = { name: "c", type: "open_ai", configs: { base_url: server.baseUrl }, secrets } as const
  const stopping = new AbortController()
  expect(models.runningSinceMs(7)).toBeUndefined()

  const work = models.call(
    { connection, api: "chat", model: "m", body: {} },
    aCall({ position: 7, signal: stopping.signal })
  )
  await server.seen(1)
  while (models.runningSinceMs(7) !== Number.POSITIVE_INFINITY) await new Promise(setImmediate)
  stopping.abort(new Error("enough"))
  await failureOf(work)
  const sinceMs = models.runningSinceMs(7)!
  models.releaseLine(7)
  await models.close()

  expect(sinceMs).toBeGreaterThan(0)
  expect(models.runningSinceMs(7)).toBeUndefined()
})

describe("Azure without a key", () => {
  const keyless = async () => {
    const server = await aServer()
    const connections = {
      azure: { type: "AzureOpenAIConnection", value: { api_base: server.address, auth_mode: "meid_token" } }
    }
    return { server, connections }
  }

  test("signs in as the machine, once for many calls", async () => {
    const { server, connections } = await keyless()
    let asked = 0
    const desk = aDesk(async () => ({ token: `token-${++asked}`, expiresAtMs: Date.now() + 3_600_000 }))
    const { tool } = await openNode({ model: chat("azure") }, server, { connections, desk })

    await tool.call({ deployment_name: "d", text: "x" }, aCall())
    await tool.call({ deployment_name: "d", text: "y" }, aCall())

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-1"])
    expect(server.requests[0]!.headers).not.toHaveProperty("api-key")
  })

  test("fails the call with what was tried when it cannot", async () => {
    const { server, connections } = await keyless()
    const desk = aDesk(async () => {
      throw new Error("EnvironmentCredential: no variables. AzureCliCredential: az is not installed")
    })
    const { tool } = await openNode({ model: chat("azure") }, server, { connections, desk })

    const { record } = await failureOf(tool.call({ deployment_name: "d", text: "x" }, aCall()))

    expect(errorClass(record)).toBe("LLMError")
    expect(record.message).toContain("AzureCliCredential: az is not installed")
    expect(record.hint).toContain("az login")
    expect(server.requests).toEqual([])
  })
})
