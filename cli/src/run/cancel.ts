// `run cancel`: stops a run from another terminal, or one line of it.

import type { Arguments } from "../command/arguments.ts"
import { CommandError } from "../command/usage-error.ts"
import { hasEnded, order } from "./order.ts"

export async function run(args: Arguments): Promise<number> {
  const lineNumber = args.number("--line")
  if (args.has("--requeue") && lineNumber === undefined)
    throw new CommandError("--requeue says of which line: --line K")
  if (lineNumber === undefined) return order(args, { type: "cancel" }, hasEnded)
  return order(args, { type: args.has("--requeue") ? "requeueLine" : "cancelLine", lineNumber })
}
