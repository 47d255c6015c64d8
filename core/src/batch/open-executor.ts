// Opens the run's executor, in the flow's folder or in a merged copy of it, as one that carries chunks.

import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChunkProxy, ExecutorProxy, FlowPlan } from "../contracts/index.ts"
import { constructorArguments } from "../flow/index.ts"
import { carryLines } from "../line/carry-lines.ts"
import { executorFailed } from "../line/line-actor.ts"
import type { BatchSpec } from "./batch-spec.ts"
import { type EngineError, engineCall } from "./engine-call.ts"
import { placesOf } from "./manifest.ts"
import { mergeFolder } from "./merge-folder.ts"
import { acquired, closing } from "./owned.ts"

/** Closed with the scope; one that was handed in open never is. */
export function openExecutor(
  spec: BatchSpec,
  sources: readonly string[],
  lanes: number
): Effect.Effect<ChunkProxy, EngineError, Scope.Scope> {
  const { executor, mapping, name } = spec
  if ("proxy" in executor) return Effect.succeed(asChunkProxy(spec, executor.proxy, sources, lanes))
  const { definition, hosts } = executor
  const open = async (signal: AbortSignal, plan: FlowPlan) => {
    const proxy = await definition.open({
      runId: name,
      plan,
      mapping,
      sources,
      data: placesOf(spec.sources, spec.baseDir),
      ...(spec.outputDir === undefined ? {} : { outputDir: spec.outputDir }),
      workers: lanes,
      linesPerLane: linesPerLane(spec, lanes),
      lineTimeoutMs: spec.lineTimeoutMs,
      maxOutputBytes: spec.maxOutputBytes,
      journaled: journaledNodes(spec),
      hosts,
      initKwargs: constructorArguments(plan, spec.initKwargs),
      connections: spec.connections,
      shared: spec.shared,
      signal,
      onWarning: (message) => spec.onEvent({ type: "Warning", message })
    })
    if ("runLine" in proxy) await proxy.ensureHealthy?.()
    return asChunkProxy(spec, proxy, sources, lanes)
  }
  return Effect.acquireRelease(
    engineCall(() => mergeFolder(spec.plan)),
    (merged) => closing(spec, "the flow's merged folder", () => merged.remove())
  ).pipe(
    Effect.flatMap(({ plan }) =>
      acquired(
        (signal) => Effect.tryPromise({ try: () => open(signal, plan), catch: executorFailed }),
        (proxy) => closing(spec, "the executor", () => proxy.close())
      )
    )
  )
}

/** All but those that are to be run again. */
function journaledNodes({ plan, rerunNodes }: BatchSpec): readonly number[] {
  if (rerunNodes === "all") return []
  return plan.nodes.flatMap(({ name, aggregation }, i) => (aggregation || rerunNodes.includes(name) ? [] : [i]))
}

export const linesPerLane = ({ concurrency }: BatchSpec, lanes: number): number =>
  Math.max(1, Math.ceil(concurrency / lanes))

/** A line executor becomes one that carries chunks; one that was handed in open is never closed. */
function asChunkProxy(spec: BatchSpec, proxy: ExecutorProxy, sources: readonly string[], lanes: number): ChunkProxy {
  const { name, plan, mapping, store, workers, concurrency, lineTimeoutMs, maxOutputBytes } = spec
  const carried =
    "runLine" in proxy
      ? carryLines(proxy, {
          runId: name,
          plan,
          mapping,
          sources,
          linesAtOnce: workers ?? Math.min(lanes * concurrency, PROMPTFLOW_LINES_AT_ONCE),
          lineTimeoutMs,
          maxOutputBytes,
          encodeRecords: (records) => store.encodeRecords(records)
        })
      : proxy
  return "proxy" in spec.executor ? { ...bound(carried), close: async () => {} } : carried
}

const bound = (proxy: ChunkProxy): ChunkProxy => ({
  lanes: proxy.lanes,
  runChunk: (task, onPart) => proxy.runChunk(task, onPart),
  ...(proxy.mayWait === undefined ? {} : { mayWait: proxy.mayWait }),
  runAggregation: (task) => proxy.runAggregation(task),
  cancel: () => proxy.cancel(),
  close: (graceMs) => proxy.close(graceMs)
})

/** Lines that promptflow sends at once to an executor of another language. */
const PROMPTFLOW_LINES_AT_ONCE = 10
