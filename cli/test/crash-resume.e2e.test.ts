// A real run is killed again and again, and taken up in place. The seed is printed; SEED=… repeats it, KILLS=… asks for more.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { CrashHarness } from "./crash-harness.ts"

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const KILLS = Number(process.env.KILLS ?? 30)

test(`a run that was killed ${KILLS} times ends as if nobody had interrupted it (X1, X2, X3, X4)`, {
  timeout: 60_000 + KILLS * 10_000
}, async () => {
  console.log(`crash-resume: SEED=${SEED}`)
  const folder = mkdtempSync(join(tmpdir(), "throughline-crash-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const harness = new CrashHarness(folder, SEED)
  await harness.prepare()

  let number = 0
  const campaigns = async () => {
    while (harness.kills < KILLS) await harness.campaign(number++)
  }
  await Promise.all([campaigns(), campaigns()])

  if (KILLS >= 30) expect(harness.found).toBeGreaterThan(0)
  expect(harness.kills).toBeGreaterThanOrEqual(KILLS)
})
