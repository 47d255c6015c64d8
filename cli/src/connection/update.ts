// `connection update`: other fields for a stored connection. Secrets that are given empty or starred out stay.

import { CONNECTION_TYPES } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { nestDottedKeys, parsePairs } from "../command/pairs.ts"
import { printJson } from "../command/print.ts"
import { changeSecrets } from "./ask-secrets.ts"
import { connectionOf, type Fields } from "./connection-file.ts"
import { connectionObject } from "./connection-object.ts"
import { connectionNotFound, openConnectionStore } from "./open-store.ts"
import { withFields } from "./set-fields.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  const store = openConnectionStore()
  const stored = await store.get(name)
  if (stored === undefined) throw connectionNotFound(name)
  const { type, configs, secrets } = stored
  const isOpen = CONNECTION_TYPES[type].isOpen === true
  const fields: Fields = isOpen ? { name, type, configs, secrets } : { name, type, ...configs, ...secrets }
  const set: Fields = nestDottedKeys(parsePairs(args.texts("--set"), "--set"))
  const changed = connectionOf(withFields(fields, set), `connection '${name}'`)
  const next = { ...changed, secrets: await changeSecrets(secrets, changed.secrets) }
  await printJson(connectionObject(await store.put(next)))
  return 0
}
