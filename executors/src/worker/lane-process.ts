// The process of a lane that is to have one (relay-lane.ts): runs the lane in a thread, as the host's process would, and
// hands messages on. This thread never runs user code, so that it can always answer.
//
// X1. It ends with its relay, and takes what user code has started with it.

import { fileURLToPath } from "node:url"
import { MessageChannel } from "node:worker_threads"
import { Piscina } from "piscina"
import { BEGAN, CAME_ROUND, CANCEL, CURRENT, controlOf, newControl, type ToLane } from "../lanes/lane-messages.ts"
import type { FromProcess, ToProcess } from "./relay-lane.ts"

const TELL_EVERY_MS = 50

const own = fileURLToPath(import.meta.url)
const laneFile = fileURLToPath(new URL(`./lane${own.slice(own.lastIndexOf("."))}`, import.meta.url))

const send = (message: FromProcess) => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

/** Ends this process and its group. */
function die(): never {
  try {
    if (process.platform !== "win32") process.kill(-process.pid, "SIGKILL")
  } catch {}
  process.kill(process.pid, "SIGKILL")
  process.exit(1)
}

process.on("disconnect", die)

const [lane, desk] = [new MessageChannel(), new MessageChannel()]
const shared = newControl()
const control = controlOf(shared)
lane.port1.on("message", (message: unknown) => send({ type: "lane", message }))
desk.port1.on("message", (message: unknown) => send({ type: "desk", message }))

let told = ""
setInterval(() => {
  const current = Atomics.load(control.flags, CURRENT)
  const [began, cameRound] = [control.times[BEGAN]!, control.times[CAME_ROUND]!]
  const now = `${current} ${began} ${cameRound}`
  if (now !== told) send({ type: "control", current, began, cameRound })
  told = now
}, TELL_EVERY_MS).unref()

process.on("message", (message: ToProcess) => {
  if (message.type === "start") void run(message.start)
  else if (message.type === "desk") desk.port1.postMessage(message.message)
  else {
    const order = message.message as ToLane
    if (order.type === "cancel" && order.taskId === undefined && order.position === undefined)
      Atomics.store(control.flags, CANCEL, 1)
    lane.port1.postMessage(order)
  }
})

async function run({ isolation, ...start }: Extract<ToProcess, { type: "start" }>["start"]): Promise<void> {
  const memoryMb = isolation?.memoryMb
  const pool = new Piscina({
    filename: laneFile,
    minThreads: 1,
    maxThreads: 1,
    atomics: "disabled",
    recordTiming: false,
    resourceLimits: {
      maxYoungGenerationSizeMb: 16,
      ...(memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb })
    }
  })
  pool.on("error", () => {})
  let reason: string | undefined
  try {
    const task = { ...start, port: lane.port2, desk: desk.port2, control: shared }
    await pool.run(task, { transferList: [lane.port2, desk.port2] })
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error)
  }
  // Parts that the thread had posted are on their way through the event loop.
  setImmediate(() => {
    send({ type: "ended", reason })
    process.off("disconnect", die)
    process.disconnect()
    process.exit(0)
  })
}
