// `npm run bench -- NAME [--quick]`: runs one scenario, or without a name all of them. `npm run bench:quick` takes a tenth of
// the lines: enough to see that everything still runs and gives the right results, not enough for figures to quote.

import { enableCompileCache } from "node:module"
import { loadavg } from "node:os"
import { parseArgs } from "node:util"
import { keepRecord } from "./harness.ts"
import { DAG_SCENARIOS, runDag } from "./scenarios/dag.ts"
import { IO_SCENARIOS, runIo } from "./scenarios/io.ts"

// As the command does at its start. Without it every thread strips the types of every file anew, which no published
// package pays.
enableCompileCache()

const dagScenarios = Object.keys(DAG_SCENARIOS) as ReadonlyArray<keyof typeof DAG_SCENARIOS>
const ioScenarios = Object.keys(IO_SCENARIOS) as ReadonlyArray<keyof typeof IO_SCENARIOS>

interface Scenario {
  readonly about: string
  /** Gives what is kept as its record. Throws when a result is wrong. */
  readonly run: (options: { readonly isQuick: boolean }) => Promise<unknown>
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    dagScenarios.map((name) => [
      name,
      {
        about: `CPU and wall efficiency: ${DAG_SCENARIOS[name].about}`,
        run: (options: { readonly isQuick: boolean }) => runDag(name, options)
      }
    ])
  ),
  ...Object.fromEntries(
    ioScenarios.map((name) => [
      name,
      {
        about: `wall efficiency: lines that wait, ${IO_SCENARIOS[name].concurrency} in flight`,
        run: (options: { readonly isQuick: boolean }) => runIo(name, options)
      }
    ])
  ),
  "memory-flat": {
    about: "memory over a million lines; with large outputs, a slow reader, a held-back line",
    run: async (options) => (await import("./scenarios/memory-flat.ts")).memoryFlat(options)
  }
}

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
  allowPositionals: true
})
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS)
const unknown = names.find((name) => SCENARIOS[name] === undefined)
if (unknown !== undefined) {
  console.error(`no scenario is called ${unknown}; there are:`)
  for (const [name, { about }] of Object.entries(SCENARIOS)) console.error(`  ${name.padEnd(14)} ${about}`)
  process.exit(1)
}
for (const name of names) {
  const load = loadavg()
  const results = await SCENARIOS[name]!.run({ isQuick: values.quick })
  console.log(`  load average before ${shown(load)}, after ${shown(loadavg())}`)
  keepRecord(values.quick ? `${name}-quick` : name, load, results)
}

function shown(load: readonly number[]): string {
  return load.map((value) => value.toFixed(2)).join(" ")
}
