// A host whose tool is stuck; killed by nothing-outlives.e2e.test.ts.

import { createRuntime, memoryStore } from "@throughline/core"
import { javascript, python } from "@throughline/executors"

const runtime = await createRuntime({
  executors: [javascript({ isolation: "process" }), python()],
  store: memoryStore()
})
await runtime.run({ flow: process.argv[2] ?? "", data: [{ n: 1 }] }).result()
