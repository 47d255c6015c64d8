// `${node.variant}` on the command line.

import { CommandError } from "../command/usage-error.ts"

/** @throws {CommandError} in promptflow's words, when it is no such thing */
export function checkVariant(
  variant: string | undefined
): { readonly node: string; readonly variant: string } | undefined {
  if (variant === undefined) return undefined
  const match = /^\$\{([^.{}]+)\.([^{}]+)\}$/.exec(variant)
  if (match !== null) return { node: match[1]!, variant: match[2]! }
  throw new CommandError(`Invalid variant format: ${variant}, variant should be in format of \${TUNING_NODE.VARIANT}`)
}
