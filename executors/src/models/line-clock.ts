// How long each line has waited for a place among the calls of others: its time limit stands still meanwhile.

interface LineTime {
  readonly sinceMs: number
  /** While every open call of the line waited. */
  waitedMs: number
  open: number
  waiting: number
  waitingSinceMs: number
}

const now = (): number => performance.timeOrigin + performance.now()

export class LineClock {
  readonly #lines = new Map<number, LineTime>()

  begin(position: number): void {
    const line = this.#lines.get(position)
    if (line !== undefined) line.open++
    else this.#lines.set(position, { sinceMs: now(), waitedMs: 0, open: 1, waiting: 0, waitingSinceMs: 0 })
  }

  end(position: number): void {
    const line = this.#lines.get(position)
    if (line !== undefined) line.open--
  }

  /** The work, which only waits for its turn. */
  async waiting<A>(position: number, work: Promise<A>): Promise<A> {
    this.#wait(position, 1)
    try {
      return await work
    } finally {
      this.#wait(position, -1)
    }
  }

  /** As `ToolHost.runningSinceMs`. */
  runningSinceMs(position: number): number | undefined {
    const line = this.#lines.get(position)
    if (line === undefined) return undefined
    return stands(line) ? Number.POSITIVE_INFINITY : line.sinceMs + line.waitedMs
  }

  forget(position: number): void {
    this.#lines.delete(position)
  }

  #wait(position: number, change: 1 | -1): void {
    const line = this.#lines.get(position)
    if (line === undefined) return
    const stood = stands(line)
    line.waiting += change
    if (stands(line) === stood) return
    if (stood) line.waitedMs += now() - line.waitingSinceMs
    else line.waitingSinceMs = now()
  }
}

const stands = ({ open, waiting }: LineTime): boolean => waiting > 0 && waiting >= open
