// The store that the connection commands work on.

import { ConnectionStore } from "@throughline/storage"
import { CommandError } from "../command/usage-error.ts"
import { findHome } from "../home.ts"

export const openConnectionStore = (): ConnectionStore => new ConnectionStore(findHome())

export const connectionNotFound = (name: string): CommandError =>
  new CommandError(`ConnectionNotFoundError: Connection '${name}' is not found.`)
