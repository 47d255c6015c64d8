// `--set` of connection commands: fields over those there are; `configs` and `secrets` are merged, not replaced.

import { isPlainObject } from "../command/pairs.ts"
import type { Fields } from "./connection-file.ts"

export function withFields(fields: Fields, set: Fields): Fields {
  const merged = Object.entries(set).map(([key, value]) => {
    const before = fields[key]
    return [key, isPlainObject(before) && isPlainObject(value) ? { ...before, ...value } : value]
  })
  return { ...fields, ...Object.fromEntries(merged) }
}
