// `connection show`.

import type { Arguments } from "../command/arguments.ts"
import { printJson } from "../command/print.ts"
import { connectionObject } from "./connection-object.ts"
import { connectionNotFound, openConnectionStore } from "./open-store.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  const head = await openConnectionStore().head(name)
  if (head === undefined) throw connectionNotFound(name)
  await printJson(connectionObject(head))
  return 0
}
