// Run by javascript-prints.test.ts: a host whose tools print, and which prints one line itself.

import type { ChunkProxy, FlowPlan } from "@throughline/core/contracts"
import { javascript } from "../src/javascript/index.ts"

const plan = JSON.parse(process.argv[2]!) as FlowPlan
const definition = javascript()
const proxy = (await definition.open({
  runId: "run",
  plan,
  mapping: {},
  sources: ["data"],
  workers: 2,
  linesPerLane: 8,
  lineTimeoutMs: undefined,
  maxOutputBytes: 1 << 20,
  hosts: definition.hosts,
  initKwargs: {},
  onWarning: () => {}
})) as ChunkProxy
const bytes = new TextEncoder().encode('{"n":1}')
await proxy.runChunk(
  {
    id: 0,
    attempt: 1,
    isAlone: false,
    bytes,
    spans: Uint32Array.of(0, bytes.length),
    count: 1,
    firstPosition: 0
  },
  () => {}
)
await proxy.close()
process.stdout.write("the host alone\n")
