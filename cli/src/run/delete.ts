// `run delete`: the run's journal and its folder, for good.

import { rm } from "node:fs/promises"
import type { Arguments } from "../command/arguments.ts"
import { askYesOrNo } from "../command/ask.ts"
import { note } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  const { manifest } = await runtime.getRun(name)
  if (!args.has("--yes")) {
    const answer = await askYesOrNo("Are you sure to delete run irreversibly? [y/n]")
    if (answer !== "y") {
      note("The delete operation was canceled.")
      return answer === undefined ? 1 : 0
    }
  }
  const folder = runFolderOf({ runsDir: runtime.store.runsDir }, { ...manifest, outputDir: undefined })
  await runtime.deleteRun(name)
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  return 0
}
