// All tests of the workspace, in one run. `npm test` calls it, after types, format and dead exports.

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: [
      "*/src/**/*.test.ts",
      "*/test/**/*.test.ts",
      "test/**/*.test.ts",
      "examples/**/*.test.ts",
      "bench/**/*.test.ts"
    ],
    // Threads and processes that a test opens compile our sources once, not each time.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compile", import.meta.url)) },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real threads, processes and disks are under test: two files at a time is what two cores can carry.
    maxWorkers: 2
  }
})
