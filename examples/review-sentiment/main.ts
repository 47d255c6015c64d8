// Classifies the reviews with the model that the environment names, and prints how many answers were right.

import { openRuntime } from "throughline"
import { home } from "../home.ts"

await using runtime = await openRuntime({ home })
const run = runtime.run({
  flow: new URL("./", import.meta.url),
  data: new URL("reviews.jsonl", import.meta.url),
  columnMapping: process.env.MODEL === undefined ? {} : { model: process.env.MODEL },
  concurrency: 4
})
const { completed_lines, failed_lines, metrics, system_metrics, error_summary } = await run.result()
console.log(`${completed_lines} reviews classified, ${failed_lines} failed, ${system_metrics.total_tokens} tokens`)
if (completed_lines > 0) console.log(`accuracy ${Number(metrics.accuracy).toFixed(2)}`)
else console.log(error_summary.error_list[0]?.error.message)
