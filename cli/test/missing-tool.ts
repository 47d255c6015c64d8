// Suites that need a tool which is not there are skipped by name; where `CI` is set nothing is skipped, and they fail.

import { spawnSync } from "node:child_process"

export const isMissing = (tool: string): boolean =>
  process.env.CI === undefined && spawnSync(tool, ["-c", ""]).error !== undefined
