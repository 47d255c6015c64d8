// Executors kept open between tests of the same flow, so that the next one starts at once.
//
// E1. An entry is used again only while the flow's plan and its tools' files are as they were when it was opened, and for
//     the same settings. Files that tools import are not looked at.
// E2. One that nobody used for `idleMs` is closed; `close` closes all and waits for those that are opening.
// E3. A test that fails leaves the entry to the others; one that cannot be opened is forgotten at once.

import type { ChunkProxy, FlowPlan, RunLimits } from "../contracts/index.ts"
import { planKey } from "./plan-key.ts"
import type { OpenFlow } from "./test-flow.ts"

/** What an executor is opened for, beside the plan. */
export interface FlowSettings extends RunLimits {
  readonly init: Readonly<Record<string, unknown>>
  /** The inputs that every row holds. */
  readonly inputs: readonly string[]
}

interface Entry {
  readonly open: Promise<OpenFlow>
  users: number
  timer: NodeJS.Timeout | undefined
}

/** Positions are 32 bits in the words that lanes share, one of them taken. */
const POSITIONS = 2 ** 31 - 1

export class WarmFlows {
  readonly #entries = new Map<string, Entry>()
  readonly #idleMs: number

  constructor(idleMs: number) {
    this.#idleMs = idleMs
  }

  async use<A>(
    plan: FlowPlan,
    settings: FlowSettings,
    open: () => Promise<ChunkProxy>,
    work: (flow: OpenFlow) => Promise<A>
  ): Promise<A> {
    const key = JSON.stringify([planKey(plan), settings])
    const entry = this.#entries.get(key) ?? this.#newEntry(key, plan, open)
    clearTimeout(entry.timer)
    entry.users++
    try {
      return await work(await entry.open)
    } finally {
      if (--entry.users === 0 && this.#entries.get(key) === entry) {
        entry.timer = setTimeout(() => {
          this.#entries.delete(key)
          void closed(entry)
        }, this.#idleMs)
        entry.timer.unref()
      }
    }
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const { timer } of entries) clearTimeout(timer)
    await Promise.all(entries.map(closed))
  }

  #newEntry(key: string, plan: FlowPlan, open: () => Promise<ChunkProxy>): Entry {
    let next = 0
    const newPosition = () => next++ % POSITIONS
    const entry: Entry = {
      open: open().then((proxy) => ({ plan, proxy, newPosition })),
      users: 0,
      timer: undefined
    }
    this.#entries.set(key, entry)
    entry.open.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
    return entry
  }
}

/** Resolves when the entry's executor is closed, or never opened. */
async function closed({ open }: Entry): Promise<void> {
  await open.then(({ proxy }) => proxy.close()).catch(() => {})
}
