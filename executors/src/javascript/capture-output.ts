// What JavaScript tools print, kept for the node that printed it. The thread is ours alone: its `process.stdout` and
// `process.stderr` are redirected once, so that a tool's `console.log` reaches its record and never the host's stdout.
//
// T1. Text printed while a call runs synchronously, or by an async function it was started in, is that call's.
// T2. Text of nobody (module top level, late timers) goes to the host's stderr.

import { AsyncLocalStorage } from "node:async_hooks"
import type { NodeCall, NodeLogs } from "@throughline/core/contracts"

const waiting = new AsyncLocalStorage<NodeCall>()
let current: NodeCall | undefined
let isRedirected = false

/** Runs a call that answers at once. Every call passes here, so the argument is handed through: no closure is made. */
export function capturing<A, R>(call: NodeCall, run: (argument: A) => R, argument: A): R {
  const before = current
  current = call
  try {
    return run(argument)
  } finally {
    current = before
  }
}

/** Runs a call that may print after it gave back its promise. */
export const capturingAsync = <A, R>(call: NodeCall, run: (argument: A) => R, argument: A): R =>
  waiting.run(call, () => capturing(call, run, argument))

/** Redirects the thread's output. Does nothing the second time. */
export function redirectOutput(): void {
  if (isRedirected) return
  isRedirected = true
  const toHost = process.stderr.write.bind(process.stderr)
  for (const name of ["stdout", "stderr"] as const) {
    const write = (chunk: unknown, encodingOrDone?: unknown, done?: unknown): boolean => {
      const text = typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString("utf8")
      const call = current ?? waiting.getStore()
      if (call === undefined) toHost(text)
      else call.logs = withText(call.logs, name, text)
      const callback = typeof encodingOrDone === "function" ? encodingOrDone : done
      if (typeof callback === "function") queueMicrotask(() => (callback as () => void)())
      return true
    }
    process[name].write = write as typeof process.stdout.write
  }
}

function withText(logs: NodeLogs | undefined, name: keyof NodeLogs, text: string): NodeLogs {
  const before = logs ?? { stdout: "", stderr: "" }
  return { ...before, [name]: `${before[name]}[${stamp()}] ${text.endsWith("\n") ? text : `${text}\n`}` }
}

/** `2026-01-05T10:00:00+0000`, as promptflow stamps what tools print. */
const stamp = (): string => `${new Date().toISOString().slice(0, 19)}+0000`
