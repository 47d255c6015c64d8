// `connection delete`. One that is not there is as good as deleted.

import type { Arguments } from "../command/arguments.ts"
import { askYesOrNo } from "../command/ask.ts"
import { note } from "../command/print.ts"
import { openConnectionStore } from "./open-store.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  if (!args.has("--yes")) {
    const answer = await askYesOrNo("Are you sure you want to perform this operation? [y/n]")
    if (answer !== "y") {
      note("The delete operation was canceled.")
      return answer === undefined ? 1 : 0
    }
  }
  await openConnectionStore().delete(name)
  return 0
}
