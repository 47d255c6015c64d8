// Runs a flow in the registered language over four rows, one of which the script refuses.

import { openRuntime } from "throughline"
import { home } from "../home.ts"
import { shell } from "./shell.ts"

await using runtime = await openRuntime({ home, executors: [shell()] })
const run = runtime.run({
  flow: new URL("greet/", import.meta.url),
  data: [{ name: "Ada" }, { name: "Grace" }, { name: "" }, { name: "Linus" }]
})
for await (const { lineNumber, status, output, error } of run) {
  console.log(lineNumber, status, error?.message ?? `${output.text} (${output.letters} letters)`)
}
const { completed_lines, failed_lines } = await run.result()
console.log(`${completed_lines} lines completed, ${failed_lines} failed; run ${run.name}`)
