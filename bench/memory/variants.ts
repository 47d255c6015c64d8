// The ways in which a run's memory might grow, and what each may come to.

export interface MemoryVariant {
  readonly name: string
  readonly about: string
  readonly lines: number
  /** Bytes of text in each output; small ones when absent. */
  readonly outputBytes?: number
  /** The host reads the lines, and rests this long after each thousand of them. */
  readonly restMsPerThousand?: number
  /** Line 0 takes this long, while the others could finish. */
  readonly holdFirstMs?: number
  readonly isSlopeGated: boolean
}

export const MEMORY_VARIANTS: readonly MemoryVariant[] = [
  { name: "plain", about: "three million lines of 200 B", lines: 3_000_000, isSlopeGated: true },
  { name: "large-outputs", about: "outputs of 4 KB", lines: 1_000_000, outputBytes: 4096, isSlopeGated: true },
  {
    name: "slow-reader",
    about: "a host that reads slower than lines finish",
    lines: 3_000_000,
    restMsPerThousand: 6,
    isSlopeGated: true
  },
  {
    name: "held-back",
    about: "line 0 waits while 200,000 others could finish",
    lines: 200_001,
    holdFirstMs: 5_000,
    isSlopeGated: false
  }
]

/** Megabytes of anonymous memory against lines done. */
export interface MemorySample {
  readonly lines: number
  readonly anonMb: number
}

export interface MemoryReport {
  readonly name: string
  readonly lines: number
  readonly wallMs: number
  readonly peakMb: number
  readonly samples: readonly MemorySample[]
}
