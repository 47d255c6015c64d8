// The flow and the data of the `io-*` scenarios: one asynchronous JavaScript node that waits as long as its row says.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { seeded } from "./seeded.ts"

const FLOW = `inputs:
  waitMs: {type: double}
outputs:
  waited: {type: double, reference: "\${wait.output}"}
nodes:
- name: wait
  type: javascript
  source: {type: code, path: wait.mjs}
  inputs: {waitMs: "\${inputs.waitMs}"}
`
const WAIT = `export default async function wait(waitMs) {
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  return waitMs
}
`

/** Writes the flow folder and gives its path. */
export function writeWaitFlow(parent: string): string {
  const folder = join(parent, "flow")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "flow.dag.yaml"), FLOW)
  writeFileSync(join(folder, "wait.mjs"), WAIT)
  return folder
}

/** Writes a row for each wait and gives the file's path. */
export function writeWaits(parent: string, waitsMs: readonly number[]): string {
  const path = join(parent, "data.jsonl")
  writeFileSync(path, waitsMs.map((waitMs) => `${JSON.stringify({ waitMs })}\n`).join(""))
  return path
}

/** As services answer: 15 ms at least, 50 ms in the mean, 615 ms at most. Whole milliseconds: timers know no others. */
export function skewedWaits(count: number): number[] {
  const random = seeded(7)
  return Array.from({ length: count }, () => 15 + Math.round(Math.min(600, -35 * Math.log(1 - random()))))
}
