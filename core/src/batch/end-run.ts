// The last page of a run: aggregation over what was kept, and the ending that the store records.

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { LinesFailed, toErrorRecord } from "../contracts/errors.ts"
import {
  type AggregationReply,
  type ChunkProxy,
  type ErrorRecord,
  errorRecord,
  type RunEnding,
  type RunStatus,
  unexpectedErrorRecord
} from "../contracts/index.ts"
import { executorFailed } from "../line/line-actor.ts"
import { aggregationKeys } from "../walk/index.ts"
import { collectLists } from "./aggregate.ts"
import { lineErrors } from "./batch-result.ts"
import type { BatchSpec } from "./batch-spec.ts"
import { engineCall } from "./engine-call.ts"

/** Why the lines stopped before the end of the data, if they did. */
export type StopReason = "canceled" | "batch time-out"

const NO_AGGREGATION: AggregationReply = { metrics: {}, nodes: [] }

/** Runs the aggregation nodes once over all completed lines, by line number; none completed is a list of none. */
export const aggregate = Effect.fn("Batch.aggregate")(function* (spec: BatchSpec, proxy: ChunkProxy) {
  const nodes = spec.plan.nodes.filter((node) => node.aggregation).map((node) => node.name)
  if (nodes.length === 0) return NO_AGGREGATION
  if (!canAggregate(spec.executor)) {
    spec.onEvent({
      type: "Warning",
      message: `the executor does not run aggregation nodes: ${nodes.join(", ")} were left out`
    })
    return NO_AGGREGATION
  }
  spec.onEvent({ type: "AggregationStarted", nodes })
  const task = yield* engineCall(() => collectLists(spec.store, spec.name, aggregationKeys(spec.plan)))
  return yield* Effect.tryPromise({ try: () => proxy.runAggregation(task), catch: executorFailed })
})

function canAggregate(executor: BatchSpec["executor"]): boolean {
  if ("definition" in executor) return executor.definition.supports.aggregation
  return !("runLine" in executor.proxy) || executor.proxy.runAggregation !== undefined
}

/** @throws {LinesFailed} when lines failed and the caller asked for that to be an error */
export const checkLines = Effect.fnUntraced(function* ({ store, name, raiseOnLineFailure }: BatchSpec) {
  if (!raiseOnLineFailure) return
  const errors = yield* engineCall(() => lineErrors(store, name))
  const [first] = errors
  if (first === undefined) return
  const { lines } = yield* engineCall(() => store.getRun(name))
  return yield* new LinesFailed({
    lineNumbers: errors.map((error) => error.line_number),
    total: lines.total,
    first: first.error
  })
})

/** The ending of a run whose lines are done, or were stopped. */
export const endingOf = (
  startMs: number,
  end: AggregationReply | StopReason,
  batchTimeoutMs: number | undefined
): Effect.Effect<RunEnding> => {
  if (end === "canceled") return ending(startMs, "Canceled", NO_AGGREGATION, undefined)
  if (end === "batch time-out") return ending(startMs, "Failed", NO_AGGREGATION, timedOut(batchTimeoutMs))
  return ending(startMs, "Completed", end, undefined)
}

/** The ending of a run that failed as a whole. */
export const failedEnding = (startMs: number, error: unknown): Effect.Effect<RunEnding> =>
  ending(startMs, "Failed", NO_AGGREGATION, toErrorRecord(error) ?? unexpectedErrorRecord(error, "Batch"))

const ending = Effect.fnUntraced(function* (
  startMs: number,
  status: RunStatus,
  { metrics, metricTexts, nodes }: AggregationReply,
  error: ErrorRecord | undefined
) {
  const endMs = yield* Clock.currentTimeMillis
  const end: RunEnding = {
    status,
    endTime: new Date(endMs).toISOString(),
    durationSec: (endMs - startMs) / 1000,
    metrics,
    ...(metricTexts === undefined ? {} : { metricTexts }),
    aggregation: nodes,
    error
  }
  return end
})

const timedOut = (limitMs: number | undefined): ErrorRecord =>
  errorRecord({
    message: `The batch run did not finish within ${(limitMs ?? 0) / 1000} seconds; the lines that did are kept.`,
    codes: ["UserError", "BatchRunTimeoutError"],
    referenceCode: "Batch"
  })
