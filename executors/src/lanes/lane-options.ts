// What a host may choose about lanes, the same for every language, checked when the executor is made.

export interface LaneOptions {
  /** The lane's module, for hosts that bundle us: `new URL("./lane.mjs", import.meta.url)`. */
  readonly workerUrl?: string | URL
  /** Megabytes of heap per thread; Node's default when absent. */
  readonly workerMemoryMb?: number
  /**
   * Where lanes run. A `thread` (default) contains what JavaScript does; a `process` also a segfault of native code and
   * native memory running out, at the price of a process for each lane and a copy of each row and result.
   */
  readonly isolation?: "thread" | "process"
}

/** @throws {TypeError} naming the language, the option, what it got and what it takes */
export function checkLaneOptions(language: string, options: LaneOptions): void {
  const refuse = (option: string, got: unknown, takes: string): never => {
    throw new TypeError(`${language}: the option \`${option}\` takes ${takes}, got ${JSON.stringify(got)}`)
  }
  const { workerUrl, workerMemoryMb, isolation, ...others } = options
  const [unknown] = Object.entries(others)
  if (unknown !== undefined) refuse(unknown[0], unknown[1], "nothing: no option has this name")
  if (workerUrl !== undefined && typeof workerUrl !== "string" && !(workerUrl instanceof URL)) {
    refuse("workerUrl", workerUrl, "the path or URL of the lane's module")
  }
  if (workerMemoryMb !== undefined && !(Number.isInteger(workerMemoryMb) && workerMemoryMb > 0)) {
    refuse("workerMemoryMb", workerMemoryMb, "a whole number of megabytes")
  }
  if (isolation !== undefined && isolation !== "thread" && isolation !== "process") {
    refuse("isolation", isolation, '"thread" or "process"')
  }
}
