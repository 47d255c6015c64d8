// A server that speaks OpenAI's and Azure OpenAI's protocol on this machine, to try flows, limits and failures against:
// `node examples/model-server/main.ts --port 8090 --latency 200 --quota 60/60`. It is no model; it echoes.

import { parseArgs } from "node:util"
import { ModelServer, type ModelServerOptions } from "@throughline/core/testing/model-server"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8090" },
    latency: { type: "string", default: "0" },
    quota: { type: "string" },
    "at-once": { type: "string" },
    key: { type: "string" },
    "fail-every": { type: "string" },
    "fail-with": { type: "string", default: "503" }
  }
})

const every = Number(values["fail-every"] ?? 0)
const [requests, seconds = "60"] = (values.quota ?? "").split("/")
const server = await ModelServer.open({
  port: Number(values.port),
  latencyMs: Number(values.latency),
  ...(values.key === undefined ? {} : { apiKey: values.key }),
  ...(values["at-once"] === undefined ? {} : { maxAtOnce: Number(values["at-once"]) }),
  ...(values.quota === undefined ? {} : { quota: { requests: Number(requests), perMs: 1000 * Number(seconds) } }),
  ...(every > 0
    ? { fault: ({ number }) => (number % every === 0 ? { status: Number(values["fail-with"]) } : undefined) }
    : {})
} satisfies ModelServerOptions)

console.log(`OPENAI_BASE_URL=${server.baseUrl}  AZURE_OPENAI_ENDPOINT=${server.address}`)
process.once("SIGINT", async () => {
  console.log(`${server.requests.length} requests: ${server.answered} answered, ${server.rejected} refused`)
  await server.close()
})
