// A lane, from inside its thread: one long Piscina task that owns a port. Compiles the flow, then runs what the port
// brings until it is told to close. Loads no Effect.
//
// N1. Every message the host sent is answered, or the task ends: its end is the crash signal.
// N2. What was posted is received: the task returns only when the host has said `close`, or let go of the port.
// N3. `close` ends the hosts (and their processes) before the task returns.

import { inspect } from "node:util"
import { type AggregationReply, HostLost, ToolLoadFailure, unexpectedErrorRecord } from "@throughline/core/contracts"
import { LaneDesk } from "../desk/lane-desk.ts"
import { type Described, type DescribeTask, describeInThread } from "../javascript/describe-entry.ts"
import { CAME_ROUND, controlOf, type FromLane, type LaneStart, type ToLane } from "../lanes/lane-messages.ts"
import { compileFlow, now } from "./compile-flow.ts"
import { transferablesOf } from "./part-writer.ts"
import { runAggregation } from "./run-aggregation.ts"
import { ChunkRunner } from "./run-chunk.ts"

const COME_ROUND_MS = 100

export default async function lane(start: LaneStart | DescribeTask): Promise<Described | undefined> {
  if ("describe" in start) return describeInThread(start)
  await runLane(start)
  return undefined
}

async function runLane(start: LaneStart): Promise<void> {
  if (start.isolation !== undefined) return (await import("./relay-lane.ts")).relayLane(start)
  const { port } = start
  const send = (message: FromLane, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
  const desk = new LaneDesk(start.desk)
  const warn = (message: string) => send({ type: "warning", message: desk.secrets.scrub(message) })
  const recordOf = (error: unknown) =>
    desk.secrets.scrubRecord(error instanceof ToolLoadFailure ? error.record : unexpectedErrorRecord(error, "Executor"))

  let flow: Awaited<ReturnType<typeof compileFlow>>
  try {
    flow = await compileFlow(start, desk, warn)
  } catch (error) {
    send({ type: "broken", record: recordOf(error) })
    await new Promise<void>((resolve) => {
      port.on("message", resolve)
      port.on("close", resolve)
    })
    desk.close()
    port.close()
    return
  }

  const control = controlOf(start.control)
  if (start.lineTimeoutMs !== undefined) {
    setInterval(() => {
      control.times[CAME_ROUND] = now()
    }, COME_ROUND_MS).unref()
  }
  const runner = new ChunkRunner(flow, {
    linesPerLane: start.linesPerLane,
    lineTimeoutMs: start.lineTimeoutMs,
    maxOutputBytes: start.maxOutputBytes,
    outputDir: start.outputDir,
    journaled: start.journaled,
    onWarning: warn,
    control,
    emit: (part) => send({ type: "part", part }, transferablesOf(part))
  })

  await new Promise<void>((resolve) => {
    port.on("message", (message: ToLane) => {
      switch (message.type) {
        case "run":
          return runner.run(message.task)
        case "cancel":
          return message.position === undefined ? runner.cancel(message.taskId) : runner.cancelLine(message.position)
        case "tune":
          return runner.tune(message.linesPerLane)
        case "aggregate":
          return void runAggregation(flow, message.task).then(
            (reply) => send({ type: "aggregated", id: message.id, reply: sendable(reply) }),
            (error: unknown) =>
              send({
                type: "aggregationFailed",
                id: message.id,
                record: recordOf(error),
                isLost: error instanceof HostLost
              })
          )
        case "renew": {
          const isCurrent = runner.renew(message.outputDir) && flow.hosts.every((host) => host.isCurrent?.() ?? false)
          return send({ type: "renewed", isCurrent })
        }
        case "close":
          return resolve()
      }
    })
    port.on("close", resolve)
    const isRenewable = flow.hosts.every((host) => host.isCurrent !== undefined)
    send({ type: "ready", mayWait: flow.mayWait(), isRenewable })
  })
  await Promise.allSettled(flow.hosts.map((host) => host.close()))
  desk.close()
  port.close()
}

/** The reply, where what user code returned or logged cannot leave the thread with the text of it in its place. */
function sendable(reply: AggregationReply): AggregationReply {
  const { metrics, nodes, ...texts } = reply
  return {
    ...texts,
    metrics: Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, cloneable(value)])),
    nodes: nodes.map((node) => ({ ...node, output: cloneable(node.output) }))
  }
}

function cloneable(value: unknown): unknown {
  try {
    structuredClone(value)
    return value
  } catch {
    return inspect(value)
  }
}
