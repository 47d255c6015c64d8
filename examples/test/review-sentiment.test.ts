// Against a server that answers by a rule of its own: what the example needs of a model is an answer in its schema.

import { ModelServer } from "@throughline/core/testing/model-server"
import { expect, onTestFinished, test } from "vitest"
import { aHome, runExample } from "./run-example.ts"

async function aModel() {
  const server = await ModelServer.open({
    say: ({ body }) => {
      const isSad = /cold|broke|late|gave up|dirty|waste|slow|never|dull|leak|hate|bad/i.test(
        JSON.stringify(body.messages)
      )
      return { content: JSON.stringify({ sentiment: isSad ? "negative" : "positive" }) }
    }
  })
  onTestFinished(() => server.close())
  return server
}

test("classifies every review and prints the accuracy", async () => {
  const server = await aModel()
  const env = { OPENAI_API_KEY: "any", OPENAI_BASE_URL: server.baseUrl, MODEL: "rule" }

  const { code, stdout } = await runExample("review-sentiment/main.ts", { home: aHome(), env })

  expect(code).toBe(0)
  expect(stdout).toMatch(/^60 reviews classified, 0 failed, \d+ tokens\naccuracy 0\.[6-9]\d\n$/)
  expect(server.requests).toHaveLength(60)
  expect(server.requests[0]!.body).toMatchObject({ model: "rule", response_format: { type: "json_schema" } })
})

test("goes to Azure where its variables are set", async () => {
  const server = await aModel()
  const env = { AZURE_OPENAI_ENDPOINT: server.address, AZURE_OPENAI_API_KEY: "any", MODEL: "d", OPENAI_API_KEY: "" }

  const { stdout } = await runExample("review-sentiment/main.ts", { home: aHome(), env })

  expect(stdout).toContain("60 reviews classified, 0 failed")
  expect(server.requests[0]!.path).toContain("/openai/deployments/d/chat/completions")
})
