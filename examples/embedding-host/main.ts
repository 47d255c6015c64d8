// Starts the service on its own: `npx node examples/embedding-host/main.ts [port]`. The process is ours here, so the
// signal handlers are too.

import { home } from "../home.ts"
import { startService } from "./service.ts"

const service = await startService({ home, port: Number(process.argv[2] ?? 0) })
console.log(`listening on ${service.url}`)

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    console.log("closing …")
    void service.close()
  })
}
