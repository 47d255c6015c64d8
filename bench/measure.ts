// What a piece of work costs: elapsed time, CPU time of all threads and of ended children, and the peak of anonymous
// memory (what the process really holds; mapped files such as the journal's are not in it). Memory: Linux only.

import { readFileSync } from "node:fs"

export interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakAnonMb: number | undefined
}

const SAMPLE_MS = 20

export async function measure(work: () => Promise<void>): Promise<Cost> {
  let peak = anonMb()
  const sampling = setInterval(() => {
    const now = anonMb()
    if (now !== undefined && now > (peak ?? 0)) peak = now
  }, SAMPLE_MS)
  const children = childrenCpuMs()
  const cpu = process.cpuUsage()
  const start = performance.now()
  try {
    await work()
  } finally {
    clearInterval(sampling)
  }
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return { wallMs, cpuMs: (user + system) / 1000 + childrenCpuMs() - children, peakAnonMb: peak }
}

/** Megabytes (10^6) of memory that belong to no file; `undefined` where the system does not tell. */
export function anonMb(): number | undefined {
  try {
    const found = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))
    return found === null ? undefined : (Number(found[1]) * 1024) / 1e6
  } catch {
    return undefined
  }
}

/** CPU time of children that were waited for: fields 16 and 17 of `/proc/self/stat`, in ticks of 10 ms. */
function childrenCpuMs(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return 10 * (Number(fields[13]) + Number(fields[14]))
  } catch {
    return 0
  }
}
