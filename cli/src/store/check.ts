// `store check`: reads the whole journal. Exits with 1 when something in it is not as it was written.

import { checkStore } from "@throughline/storage"
import type { Arguments } from "../command/arguments.ts"
import { note, printJson } from "../command/print.ts"
import { findHome } from "../home.ts"

export async function run(_: Arguments): Promise<number> {
  const problems = await checkStore(findHome())
  await printJson(problems.map(({ run, position = null, problem }) => ({ run, position, problem })))
  note(problems.length === 0 ? "The journal is sound." : `${problems.length} problems.`)
  return problems.length === 0 ? 0 : 1
}
