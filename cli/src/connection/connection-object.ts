// A stored connection as promptflow prints it: secrets starred out, fields that are not set left out.

import { CONNECTION_TYPES } from "@throughline/core"
import type { ConnectionHead } from "@throughline/storage"

const STARS = "******"

export function connectionObject({ name, type, configs, secretKeys, createdOn, modifiedOn }: ConnectionHead): unknown {
  const spec = CONNECTION_TYPES[type]
  const { auth_mode, ...fields } = configs
  const secrets = Object.fromEntries(secretKeys.map((key) => [key, STARS]))
  return {
    ...(auth_mode === undefined ? {} : { auth_mode }),
    name,
    module: spec.module,
    created_date: dateText(createdOn),
    last_modified_date: dateText(modifiedOn),
    type,
    ...(spec.isOpen === true ? { configs, secrets } : { ...secrets, ...fields })
  }
}

/** Microseconds and no offset, as promptflow has it. */
const dateText = (iso: string): string => iso.replace("Z", "000")
