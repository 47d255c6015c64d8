// Who writes a run, and whether that one still lives: it decides between `Running` and `Interrupted`, and is the fence.
//
// L1. A lease is live while its heart beat within the last 15 s, on the same boot of the machine, by a process that is
//     still the one that took it.
// L2. Reading a lease never changes it: any reader comes to the same verdict.

import { randomUUID } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"

export const HEARTBEAT_MS = 5_000
export const LEASE_MS = 15_000

export interface Lease {
  /** Unique to one opening of the run by one writer: part of the lease's key, so that a write can depend on it. */
  readonly token: string
  readonly pid: number
  /** Absent where the system has none; the heartbeat then has to do. */
  readonly bootId: string | undefined
  /** Process ids mean something only within one of these (containers). */
  readonly pidNamespace: string | undefined
  /** When the process started, in the system's own unit: tells a process from a later one with the same id. */
  readonly processStart: string | undefined
  readonly heartbeatMs: number
  /** Absent in leases of early journals. */
  readonly takenMs?: number
}

export function takeLease(nowMs: number): Lease {
  return {
    token: randomUUID(),
    pid: process.pid,
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    processStart: startOf(process.pid),
    heartbeatMs: nowMs,
    takenMs: nowMs
  }
}

export function isLive(lease: Lease, nowMs: number): boolean {
  if (nowMs - lease.heartbeatMs > LEASE_MS) return false
  if (lease.bootId !== bootId()) return false
  if (lease.pidNamespace !== pidNamespace()) return true
  return isSameProcess(lease)
}

/** Whether the process with this id is still the one that started then. */
export function isSameProcess({ pid, processStart }: Pick<Lease, "pid" | "processStart">): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false
  }
  const state = processState(pid)
  if (state === undefined || processStart === undefined) return true
  return state.start === processStart && !state.isDead
}

/** In the system's own unit; `undefined` where it does not tell. */
export const startOf = (pid: number): string | undefined => processState(pid)?.start

const bootId = () => readOrUndefined(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim())
const pidNamespace = () => readOrUndefined(() => readlinkSync("/proc/self/ns/pid"))

/** From `/proc/<pid>/stat`, fields 3 and 22. They are counted from the last `)`, which ends the command's name. */
function processState(pid: number): { readonly start: string; readonly isDead: boolean } | undefined {
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return { start: fields[19] ?? "", isDead: fields[0] === "Z" || fields[0] === "X" }
}

function readOrUndefined(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
