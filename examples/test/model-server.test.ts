import { once } from "node:events"
import { expect, test } from "vitest"
import { aHome, startExample } from "./run-example.ts"

test("the model server listens where it says, and refuses what is above its quota", async () => {
  const server = startExample("model-server/main.ts", { home: aHome() }, ["--port", "0", "--quota", "1/60"])
  const [line] = (await once(server.stdout!, "data")) as [Buffer]
  const url = /OPENAI_BASE_URL=(\S+)/.exec(line.toString())![1]!
  const ask = () =>
    fetch(`${url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] })
    })

  const [first, second] = [await ask(), await ask()]

  expect([first.status, second.status]).toEqual([200, 429])
  expect(second.headers.get("retry-after")).toMatch(/^\d+$/)
})
