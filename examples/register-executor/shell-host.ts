// Loaded in every worker thread of a run. A node is a script: its inputs are environment variables, what it prints is its
// output. Several wait at once, since a child process keeps no thread busy (`mayWait`).

import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { OpenToolHost } from "throughline"

const run = promisify(execFile)

const openToolHost: OpenToolHost = async ({ plan }) => ({
  prepare: async (node) => ({
    takesForeign: false,
    mayWait: true,
    call: async (inputs, { signal }) => {
      const variables = Object.entries(inputs).map(([name, value]) => [name, String(value)])
      const env = { ...process.env, ...Object.fromEntries(variables) }
      const { stdout } = await run("sh", [join(plan.workingDir, node.path)], { cwd: plan.workingDir, env, signal })
      return stdout.trim()
    }
  }),
  close: async () => {}
})
export default openToolHost
