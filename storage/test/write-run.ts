// A process that writes a run, for tests that need a second one or one to kill. It says what happens on stdout, a line
// each: `created`, `ack <appends so far>`, `failed <error tag> <message>`, `finished`, `closed`.
//
// node write-run.ts <home> <run> <appends> <chunks per append> <afterwards: finish | wait | close | leave>

import { once } from "node:events"
import { lmdb } from "@throughline/storage"
import { numberedChunk } from "./numbered-chunk.ts"

const APPENDS_IN_FLIGHT = 4

const [home = "", run = "", appendsText = "0", perAppendText = "1", afterwards = "finish"] = process.argv.slice(2)
const appends = Number(appendsText)
const perAppend = Number(perAppendText)
const say = (line: string) => process.stdout.write(`${line}\n`)

const store = lmdb(home)
const now = new Date().toISOString()
const writer = await store.createRun(
  {
    name: run,
    flowFile: "flow.dag.yaml",
    flowName: "flow",
    language: "python",
    columnMapping: {},
    data: {},
    outputDir: undefined,
    plan: {
      kind: "dag",
      name: "flow",
      flowId: "flow",
      flowFile: "flow.dag.yaml",
      workingDir: ".",
      language: "python",
      inputs: [],
      outputs: [],
      nodes: [],
      environmentVariables: {},
      warnings: []
    },
    sources: [],
    displayName: run,
    description: undefined,
    tags: {},
    createdOn: now,
    engine: "test",
    workers: 1
  },
  now
)
say("created")

const inFlight: Array<Promise<void>> = []
try {
  for (let append = 0; append < appends; append++) {
    const chunks = Array.from({ length: perAppend }, (_, i) => numberedChunk(append * perAppend + i))
    const cursor = { position: append + 1, outputBytes: 0 }
    inFlight.push(writer.append(chunks.reverse(), cursor).then(() => void say(`ack ${append + 1}`)))
    if (inFlight.length >= APPENDS_IN_FLIGHT) await inFlight.shift()
  }
  await Promise.all(inFlight)
} catch (error) {
  await Promise.allSettled(inFlight)
  const { _tag, message } = error as Error & { readonly _tag?: string }
  say(`failed ${_tag} ${message}`)
  await writer
    .flush()
    .catch((again: Error & { readonly _tag?: string }) => say(`failed ${again._tag} ${again.message}`))
}

if (afterwards === "wait") await once(process.stdin, "data")
if (afterwards === "finish" || afterwards === "wait") {
  await writer.finish({
    status: "Completed",
    endTime: new Date().toISOString(),
    durationSec: 1,
    metrics: {},
    aggregation: [],
    error: undefined
  })
  say("finished")
}
if (afterwards !== "leave") {
  await store.close()
  say("closed")
}
process.stdin.destroy()
