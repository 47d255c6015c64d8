// Runs a flow whose first node is a shell script and whose second is TypeScript.

import { openRuntime } from "throughline"
import { home } from "../home.ts"
import { shellNodes } from "./shell-nodes.ts"

await using runtime = await openRuntime({ home, executors: [shellNodes()] })
const run = runtime.run({
  flow: new URL("sign/", import.meta.url),
  data: [{ text: "123456789" }, { text: "" }, { text: "naïve" }]
})
for await (const { lineNumber, status, output, error } of run) {
  console.log(lineNumber, status, error?.message ?? JSON.stringify(output.signature))
}
