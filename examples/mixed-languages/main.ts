// Runs the flow over the twenty orders and prints each letter as soon as it is written.

import { openRuntime } from "throughline"
import { home } from "../home.ts"

await using runtime = await openRuntime({ home })
const run = runtime.run({
  flow: new URL("./", import.meta.url),
  data: new URL("data.jsonl", import.meta.url),
  columnMapping: { discount_percent: "${data.discount_percent}" }
})
for await (const { lineNumber, output, error } of run) {
  console.log(`--- order ${lineNumber}\n${output.letter ?? error?.message}`)
}
const { completed_lines, total_lines } = await run.result()
console.log(`--- ${completed_lines} of ${total_lines} letters written, run ${run.name}`)
