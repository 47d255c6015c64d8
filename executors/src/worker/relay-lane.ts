// A lane that lives in a process of its own, as its thread in the host sees it: starts the process (lane-process.ts), hands
// messages on in both directions, and keeps the shared words true. What kills the process ends this lane, and nothing else.
//
// R1. Nothing is lost on the way: what the process has sent is handed on before its end is.
// R2. The process does not outlive this thread, however that ends: it ends itself when the channel between them closes.

import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { MessagePort } from "node:worker_threads"
import { BEGAN, CAME_ROUND, CURRENT, controlOf, type LaneStart } from "../lanes/lane-messages.ts"

/** To the process. */
export type ToProcess =
  | { readonly type: "start"; readonly start: Omit<LaneStart, "port" | "desk" | "control"> }
  | { readonly type: "lane" | "desk"; readonly message: unknown }

/** From the process. */
export type FromProcess =
  | { readonly type: "lane" | "desk"; readonly message: unknown }
  /** What its shared words are now. */
  | { readonly type: "control"; readonly current: number; readonly began: number; readonly cameRound: number }
  /** The lane ended; with a reason when its thread died. */
  | { readonly type: "ended"; readonly reason: string | undefined }

const own = fileURLToPath(import.meta.url)
const processFile = fileURLToPath(new URL(`./lane-process${own.slice(own.lastIndexOf("."))}`, import.meta.url))

/** Rejects when the process dies, or its lane does. */
export async function relayLane({ port, desk, control: shared, ...start }: LaneStart): Promise<void> {
  const control = controlOf(shared)
  const child = fork(processFile, [], {
    serialization: "advanced",
    // What the tools print goes to their records; what else is written must not reach the host's stdout.
    stdio: ["ignore", 2, 2, "ipc"],
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
    env: process.env,
    // Its own process group: Ctrl-C in a terminal is the host's to answer, and what user code starts ends with it.
    detached: process.platform !== "win32"
  })
  const send = (message: ToProcess) => {
    if (child.connected) child.send(message, () => {})
  }
  const ports: ReadonlyArray<readonly ["lane" | "desk", MessagePort]> = [
    ["lane", port],
    ["desk", desk]
  ]
  for (const [type, each] of ports) each.on("message", (message: unknown) => send({ type, message }))

  let reason: string | undefined
  child.on("message", (message: FromProcess) => {
    if (message.type === "control") {
      control.times[BEGAN] = message.began
      control.times[CAME_ROUND] = message.cameRound
      Atomics.store(control.flags, CURRENT, message.current)
    } else if (message.type === "ended") reason = message.reason
    else (message.type === "lane" ? port : desk).postMessage(message.message)
  })
  // Its death tells more than a failed send does.
  child.on("error", (error) => {
    reason ??= error.message
  })
  send({ type: "start", start })
  const [code, signal] = await ended(child)
  desk.close()
  port.close()
  if (signal !== null) throw new Error(reason ?? `the process of the lane was ended by ${signal}`)
  if (reason !== undefined || code !== 0) throw new Error(reason ?? `the process of the lane ended with code ${code}`)
}

/** The exit, once the channel is read to its end. */
async function ended(child: ReturnType<typeof fork>): Promise<[number | null, NodeJS.Signals | null]> {
  const disconnected = new Promise((resolve) => child.once("disconnect", resolve))
  const exit = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("exit", (code, signal) => resolve([code, signal]))
    child.once("error", () => child.pid === undefined && resolve([1, null]))
  })
  const how = await exit
  if (child.connected) await disconnected
  return how
}
