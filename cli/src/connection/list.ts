// `connection list`: oldest first.

import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { maxResults } from "../run/max-results.ts"
import { connectionObject } from "./connection-object.ts"
import { openConnectionStore } from "./open-store.ts"

const LISTED = 50

export async function run(args: Arguments): Promise<number> {
  const heads = await openConnectionStore().list()
  await printJson(heads.slice(0, maxResults(args, LISTED)).map(connectionObject))
  return 0
}
