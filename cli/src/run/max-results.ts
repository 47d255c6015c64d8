// `--max-results` and `--all-results`.

import type { Arguments } from "../command/arguments.ts"
import { CommandError } from "../command/usage-error.ts"

export function maxResults(args: Arguments, byDefault: number): number {
  if (args.has("--all-results")) return Number.POSITIVE_INFINITY
  const most = args.number("--max-results") ?? byDefault
  if (most < 1) throw new CommandError(`'max_results' must be a positive integer, got ${most}`)
  return most
}
