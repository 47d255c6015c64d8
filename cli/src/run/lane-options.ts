// Options of a run that say where its lines run: the heap of a thread, and whether JavaScript has a process for itself.

import { InvalidOption } from "@throughline/core"
import type { LaneOptions } from "@throughline/executors"
import type { Arguments } from "../command/arguments.ts"
import { defined } from "../command/defined.ts"
import type { OpenRuntimeOptions } from "../open-runtime.ts"

/** @throws {InvalidOption} */
export function laneOptions(args: Arguments): Pick<OpenRuntimeOptions, "javascript" | "python"> {
  const workerMemoryMb = args.number("--worker-memory")
  if (workerMemoryMb !== undefined && !(workerMemoryMb >= 16)) {
    throw new InvalidOption({ option: "--worker-memory", got: workerMemoryMb, accepts: "megabytes, 16 or more" })
  }
  // The parser let nothing else through.
  const isolation = args.text("--isolation") as LaneOptions["isolation"]
  return { javascript: defined({ workerMemoryMb, isolation }), python: defined({ workerMemoryMb }) }
}
