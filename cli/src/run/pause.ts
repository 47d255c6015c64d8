// `run pause`: no further line is begun; those in flight go on.

import type { Arguments } from "../command/arguments.ts"
import { hasEnded, order } from "./order.ts"

export const run = (args: Arguments): Promise<number> =>
  order(args, { type: "pause" }, (status) => status === "Paused" || hasEnded(status))
