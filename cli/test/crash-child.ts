// A real run (threads, journal, files) that kills itself at the moment it was given; crash-harness.ts starts it.
//
// Moments are bytes of commits, so that they fall before a commit, into it, and between it and `output.jsonl`; or the
// taking up of the run, or its aggregation, or its end.

import type { RunStore, RunWriter, StoredChunk } from "@throughline/core"
import { createRuntime } from "@throughline/core"
import { javascript } from "@throughline/executors"
import { lmdb } from "@throughline/storage"

export interface CrashOrder {
  readonly home: string
  readonly flow: string
  readonly data: string
  readonly name: string
  readonly isResume: boolean
  readonly killAt: Moment
}

export type Moment =
  | { readonly kind: "byte"; readonly byte: number }
  | { readonly kind: "reopened" | "aggregation" | "finish" | "never" }

const order = JSON.parse(process.argv[2] ?? "") as CrashOrder
const { home, flow, data, name, isResume, killAt } = order

const die = () => process.kill(process.pid, "SIGKILL")
const dieAt = (kind: Moment["kind"]) => void (killAt.kind === kind && die())

let bytesSeen = 0

/** Appends, and dies in it when the moment falls into it. */
async function append(inner: RunWriter, ...args: Parameters<RunWriter["append"]>): Promise<void> {
  const size = args[0].reduce((sum, chunk) => sum + sizeOf(chunk), 0)
  const at = killAt.kind === "byte" ? (killAt.byte - bytesSeen) / size : 2
  bytesSeen += size
  if (at < 0.2) die()
  const committing = inner.append(...args)
  if (at < 0.6) {
    // The commit is being written by a thread of its own.
    const until = performance.now() + 4 * (at - 0.2)
    while (performance.now() < until);
    die()
  }
  await committing
  if (at <= 1) die()
}

const sizeOf = ({ records, rows, aggregation }: StoredChunk) =>
  records.byteLength + rows.byteLength + (aggregation?.byteLength ?? 0)

function watched(inner: RunWriter): RunWriter {
  return new Proxy(inner, {
    get(target, key) {
      if (key === "append") return (...args: Parameters<RunWriter["append"]>) => append(inner, ...args)
      if (key === "finish") dieAt("finish")
      const value: unknown = Reflect.get(target, key)
      return typeof value === "function" ? value.bind(target) : value
    }
  })
}

const journal = lmdb(home)
const store: RunStore = new Proxy(journal, {
  get(target, key) {
    if (key === "createRun")
      return async (...args: Parameters<RunStore["createRun"]>) => watched(await journal.createRun(...args))
    if (key === "reopenRun")
      return async (...args: Parameters<RunStore["reopenRun"]>) => {
        const reopened = await journal.reopenRun(...args)
        dieAt("reopened")
        return { ...reopened, writer: watched(reopened.writer) }
      }
    const value: unknown = Reflect.get(target, key)
    return typeof value === "function" ? value.bind(target) : value
  }
})

const runtime = await createRuntime({ executors: [javascript()], store })
const run = isResume ? runtime.resume(name) : runtime.run({ flow, data, name, workers: 1, concurrency: 16 })
const watching = (async () => {
  for await (const event of run.events()) if (event.type === "AggregationStarted") dieAt("aggregation")
})()
await run.result()
await watching
await runtime.close()
console.log(JSON.stringify({ bytes: bytesSeen }))
