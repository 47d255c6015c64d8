// A process that runs 100 slow lines and says of each that it is done; killed by run-survives-kill.e2e.test.ts.

import { createRuntime } from "@throughline/core"
import { javascript } from "@throughline/executors"
import { lmdb } from "@throughline/storage"

const [home = "", flow = ""] = process.argv.slice(2)
const runtime = await createRuntime({ executors: [javascript()], store: lmdb(home) })
const data = Array.from({ length: 100 }, (_, n) => ({ n }))
for await (const line of runtime.run({ flow, data, name: "slow", workers: 2, concurrency: 4 })) {
  console.log(`done ${line.lineNumber}`)
}
await runtime.close()
