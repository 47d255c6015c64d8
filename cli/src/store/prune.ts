// `store prune`: retention by age, by size, or both. Runs that go on are left alone.

import { rm } from "node:fs/promises"
import type { RunSummary } from "@throughline/core"
import { storeInfo } from "@throughline/storage"
import type { Arguments } from "../command/arguments.ts"
import { note, printJson } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { findHome } from "../home.ts"
import { openRuntime } from "../open-runtime.ts"
import { hasEnded } from "../run/order.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"

const DAY_MS = 86_400_000

export async function run(args: Arguments): Promise<number> {
  const days = args.number("--older-than")
  const maxMb = args.number("--max-size")
  if (days === undefined && maxMb === undefined)
    throw new CommandError("give --older-than DAYS, --max-size MB, or both")
  const before = days === undefined ? Number.NEGATIVE_INFINITY : Date.now() - days * DAY_MS
  const maxBytes = maxMb === undefined ? Number.POSITIVE_INFINITY : maxMb * 2 ** 20
  const isDry = args.has("--dry-run")

  await using runtime = await openRuntime()
  const { runsDir } = runtime.store
  const deleted: string[] = []
  const oldestFirst = (await runtime.listRuns()).filter(({ status }) => hasEnded(status)).reverse()
  for (const { manifest, startTime } of oldestFirst) {
    const isOld = beganMs({ manifest, startTime }) < before
    if (!isOld && (isDry || (await usedBytes()) <= maxBytes)) continue
    deleted.push(manifest.name)
    if (isDry) continue
    await runtime.deleteRun(manifest.name)
    // A folder that the user chose for the outputs is the user's.
    const folder = runFolderOf({ runsDir }, { ...manifest, outputDir: undefined })
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
  if (isDry && maxMb !== undefined)
    note("--dry-run names the runs that are too old; what a size takes shows only in deleting")
  await printJson(deleted)
  return 0
}

const beganMs = ({ manifest, startTime }: Pick<RunSummary, "manifest" | "startTime">): number =>
  Date.parse(startTime ?? manifest.createdOn)

const usedBytes = async (): Promise<number> => (await storeInfo(findHome()))?.usedBytes ?? 0
