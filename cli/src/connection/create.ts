// `connection create`: stores what a file says, in the place of a connection that has its name.

import type { Arguments } from "../command/arguments.ts"
import { nestDottedKeys, parsePairs } from "../command/pairs.ts"
import { printJson } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { askForSecrets } from "./ask-secrets.ts"
import { connectionOf, type Fields, readConnectionFile } from "./connection-file.ts"
import { connectionObject } from "./connection-object.ts"
import { openConnectionStore } from "./open-store.ts"
import { withFields } from "./set-fields.ts"

export async function run(args: Arguments): Promise<number> {
  const path = args.needed("--file")
  const read = await readConnectionFile(path)
  const name = args.text("--name")
  if (path.endsWith(".env") && name === undefined) {
    throw new CommandError("Please specify --name when creating connection from .env.")
  }
  const set: Fields = nestDottedKeys(parsePairs(args.texts("--set"), "--set"))
  const named = name === undefined ? {} : { name }
  const connection = connectionOf({ ...withFields(read, set), ...named }, path)
  const secrets = await askForSecrets(connection.secrets)
  await printJson(connectionObject(await openConnectionStore().put({ ...connection, secrets })))
  return 0
}
