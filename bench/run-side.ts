// The product's side of a scenario: one open runtime, as a host has it, and one run a round.

import { rmSync } from "node:fs"
import { join } from "node:path"
import { openRuntime, type RunOptions } from "throughline"
import type { Side } from "./harness.ts"

export interface RunSideOptions {
  /** Of the scenario; its runs are named after it. */
  readonly name: string
  readonly home: string
  readonly lines: number
  readonly options: Omit<RunOptions, "name">
  /** Throws when the run's `output.jsonl` is not what it should be. */
  readonly checkOutput: (path: string) => void
}

export async function openRunSide(about: RunSideOptions): Promise<Side & AsyncDisposable> {
  const { name, home, lines, options, checkOutput } = about
  const runtime = await openRuntime({ home })
  let run = name
  return {
    name: "system",
    prepare: async (round) => {
      run = `${name}-${round}`
    },
    run: async () => {
      const result = await runtime.run({ ...options, name: run }).result()
      if (result.completed_lines !== lines) throw new Error(`${result.completed_lines} of ${lines} lines completed`)
    },
    check: async () => {
      const folder = join(home, ".runs", run)
      checkOutput(join(folder, "flow_outputs", "output.jsonl"))
      await runtime.deleteRun(run)
      rmSync(folder, { recursive: true })
    },
    [Symbol.asyncDispose]: () => runtime.close()
  }
}
