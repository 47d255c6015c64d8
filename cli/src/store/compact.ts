// `store compact`: the journal without its free pages. Refused while another process has it open.

import { compactStore } from "@throughline/storage"
import type { Arguments } from "../command/arguments.ts"
import { note, printJson } from "../command/print.ts"
import { findHome } from "../home.ts"
import { describe } from "./info.ts"

export async function run(_: Arguments): Promise<number> {
  const home = findHome()
  const done = await compactStore(home)
  if (done !== undefined) note(`${done.before.fileBytes} bytes before, ${done.after.fileBytes} after`)
  await printJson(describe(home, done?.after))
  return 0
}
