// `run delete`: the run's journal and its folder, for good.

import { rm } from "node:fs/promises"
import { createInterface } from "node:readline/promises"
import type { Arguments } from "../command/arguments.ts"
import { note } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { runFolderOf } from "../run-folder/run-paths.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  const { manifest } = await runtime.getRun(name)
  if (!args.has("--yes")) {
    const answer = await ask("Are you sure to delete run irreversibly? [y/n]")
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

/** `y` or `n`; asks again for anything else. `undefined` when the input ends without an answer. */
async function ask(question: string): Promise<"y" | "n" | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    terminal.setPrompt(question)
    terminal.prompt()
    for await (const line of terminal) {
      const answer = line.trim().toLowerCase()
      if (answer === "y" || answer === "yes") return "y"
      if (answer === "n" || answer === "no") return "n"
      terminal.prompt()
    }
    return undefined
  } finally {
    terminal.close()
  }
}
