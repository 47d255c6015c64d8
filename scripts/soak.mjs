// `npm run soak`: the crash tests with 10,000 kills (`npm run soak -- 500` for as many). Prints the seed; SEED=… repeats it.

import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const { status } = spawnSync("vitest", ["run", "cli/test/crash-resume.e2e.test.ts"], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  env: { ...process.env, KILLS: process.argv[2] ?? "10000" },
  stdio: "inherit",
  shell: process.platform === "win32"
})
process.exitCode = status ?? 1
