// promptflow's `BatchEngine` with our languages and a store in memory where the caller gives none.

import {
  type BatchEngineOptions,
  BatchEngine as CoreBatchEngine,
  type ExecutorDefinition,
  type HostFunction
} from "@throughline/core"
import { javascript, python } from "@throughline/executors"
import { localConnections } from "./connection/local-connections.ts"
import { memory } from "./memory.ts"

export class BatchEngine extends CoreBatchEngine {
  readonly #given: readonly ExecutorDefinition[] | undefined

  /**
   * As core's; without `executors` it runs JavaScript, Python and what was registered, without `storage` in memory, and
   * without `connections` it finds this machine's.
   */
  constructor(flow: string | URL | HostFunction, workingDir?: string | URL, options: BatchEngineOptions = {}) {
    const { storage = memory(), connections = localConnections() } = options
    super(flow, workingDir, { ...options, storage, connections })
    this.#given = options.executors
  }

  /** A registered executor stands in for ours of the same language. */
  protected override get executors(): readonly ExecutorDefinition[] {
    if (this.#given !== undefined) return this.#given
    const registered = super.executors
    const ours = [javascript(), python()].filter(({ language }) =>
      registered.every((each) => each.language !== language)
    )
    return [...ours, ...registered]
  }
}
