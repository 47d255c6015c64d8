import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRuntime, javascript, memory } from "throughline"
import { afterEach, beforeEach, expect, test } from "vitest"

let flow: string

beforeEach(() => {
  flow = mkdtempSync(join(tmpdir(), "throughline-metrics-"))
  writeFileSync(join(flow, "half.ts"), "export default (n: number): number => n / 2\n")
  writeFileSync(
    join(flow, "mean.ts"),
    `export default function mean(halves: number[], logMetric: (key: string, value: unknown) => void) {
  logMetric("mean", halves.reduce((sum, half) => sum + half, 0) / halves.length)
}
`
  )
  writeFileSync(
    join(flow, "flow.dag.yaml"),
    `inputs: { n: { type: int } }
outputs: { half: { type: double, reference: "\${half.output}" } }
nodes:
  - { name: half, type: javascript, source: { type: code, path: half.ts }, inputs: { n: "\${inputs.n}" } }
  - name: mean
    type: javascript
    aggregation: true
    source: { type: code, path: mean.ts }
    inputs: { halves: "\${half.output}" }
`
  )
})
afterEach(() => rmSync(flow, { recursive: true, force: true }))

test("an aggregation node in TypeScript logs a metric over all lines", async () => {
  await using runtime = await createRuntime({ executors: [javascript()], store: memory() })

  const result = await runtime.run({ flow, data: [{ n: 1 }, { n: 2 }, { n: 6 }], workers: 2 }).result()

  expect(result.metrics).toEqual({ mean: 1.5 })
  expect(result.node_status).toEqual({ "half.completed": 3, "mean.completed": 1 })
})
