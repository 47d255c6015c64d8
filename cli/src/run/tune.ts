// `run tune`: how many lines of a run that goes on may be in flight.

import { InvalidOption } from "@throughline/core"
import type { Arguments } from "../command/arguments.ts"
import { CommandError } from "../command/usage-error.ts"
import { order } from "./order.ts"

export async function run(args: Arguments): Promise<number> {
  const concurrency = args.number("--concurrency")
  if (concurrency === undefined) throw new CommandError("nothing to tune: give --concurrency N", 2)
  if (concurrency < 1)
    throw new InvalidOption({ option: "--concurrency", got: concurrency, accepts: "a number from 1" })
  return order(args, { type: "tune", concurrency })
}
