// `store info`: the journal in numbers.

import { type StoreInfo, storeInfo } from "@throughline/storage"
import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { findHome } from "../home.ts"

export async function run(_: Arguments): Promise<number> {
  const home = findHome()
  await printJson(describe(home, await storeInfo(home)))
  return 0
}

/** A home without a journal has one of nothing. */
export const describe = (home: string, info: StoreInfo | undefined): Record<string, unknown> => ({
  home,
  journal: info?.path ?? null,
  format: info?.format ?? null,
  runs: info?.runs ?? 0,
  file_bytes: info?.fileBytes ?? 0,
  used_bytes: info?.usedBytes ?? 0,
  free_bytes: info?.freeBytes ?? 0
})
