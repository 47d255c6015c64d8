// One variant in a process of its own, so that nothing of another is in its memory. Prints its report as JSON.
// Arguments: the variant's name, how many lines, and a folder that holds `flow` and `data.jsonl`: making those here would
// leave its own traces in the memory that is measured.

import { closeSync, openSync, readSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"
import { setTimeout as rest } from "node:timers/promises"
import { openRuntime } from "throughline"
import { anonMb } from "../measure.ts"
import { MEMORY_VARIANTS, type MemoryReport, type MemorySample } from "./variants.ts"

enableCompileCache()

const [name, lineCount, folder = ""] = process.argv.slice(2)
const variant = MEMORY_VARIANTS.find((one) => one.name === name)
if (variant === undefined) throw new Error(`no variant is called ${name}`)
const lines = Number(lineCount)
const { restMsPerThousand } = variant

const samples: MemorySample[] = []
const startMs = performance.now()
{
  await using runtime = await openRuntime({ home: join(folder, "home") })
  const run = runtime.run({ flow: join(folder, "flow"), data: join(folder, "data.jsonl"), name: "memory", workers: 2 })
  let shown = 0
  const sampling = setInterval(() => {
    samples.push({ lines: restMsPerThousand === undefined ? run.progress.completed : shown, anonMb: anonMb() ?? 0 })
  }, 50)
  if (restMsPerThousand !== undefined) {
    for await (const _ of run) if (++shown % 1000 === 0) await rest(restMsPerThousand)
  }
  const result = await run.result()
  clearInterval(sampling)
  if (result.completed_lines !== lines)
    throw new Error(`${name}: ${result.completed_lines} of ${lines} lines completed`)
}
const first = firstLine(join(folder, "home", ".runs", "memory", "flow_outputs", "output.jsonl"))
if (!first.startsWith('{"line_number": 0,')) throw new Error(`${name}: output.jsonl begins with ${first}`)
const report: MemoryReport = {
  name: variant.name,
  lines,
  wallMs: performance.now() - startMs,
  peakMb: Math.max(...samples.map((sample) => sample.anonMb)),
  samples
}
console.log(JSON.stringify(report))

function firstLine(path: string): string {
  const file = openSync(path, "r")
  try {
    const start = Buffer.alloc(100)
    const text = start.toString("utf8", 0, readSync(file, start))
    return text.slice(0, text.indexOf("\n") < 0 ? 60 : text.indexOf("\n"))
  } finally {
    closeSync(file)
  }
}
