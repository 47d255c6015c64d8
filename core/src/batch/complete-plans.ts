// Plans of flex flows, completed by what the code behind their entries says: its parameters, its aggregation.
//
// Q1. An entry is asked about once, while the plan and the file of its module are as they were; what that imports is not
//     looked at. A failure is not remembered.
// Q2. Who gives up waiting leaves the question to the others; `close` ends it.

import { InvalidFlow, RuntimeClosed } from "../contracts/errors.ts"
import type { ConnectionProvider, EntryDescription, ExecutorDefinition, FlowPlan } from "../contracts/index.ts"
import { completePlan } from "../flow/index.ts"
import { executorFailed } from "../line/line-actor.ts"
import { mergeFolder } from "./merge-folder.ts"
import { planKey } from "./plan-key.ts"
import { untilAborted } from "./until-aborted.ts"

interface Known {
  readonly key: string
  readonly description: Promise<EntryDescription>
}

export class CompletePlans {
  readonly #executors: readonly ExecutorDefinition[]
  readonly #connections: ConnectionProvider
  /** Flow file and entry → what was said last. */
  readonly #known = new Map<string, Known>()
  readonly #closing = new AbortController()

  constructor(executors: readonly ExecutorDefinition[], connections: ConnectionProvider) {
    this.#executors = executors
    this.#connections = connections
  }

  /**
   * @throws {ExecutorFailed} when the entry's code cannot be loaded
   * @throws {InvalidFlow} when the file and the code do not agree
   * @throws the signal's reason, as soon as it is aborted
   */
  async complete(plan: FlowPlan, signal?: AbortSignal): Promise<FlowPlan> {
    const [entry] = plan.nodes
    const executor = this.#executors.find(({ hosts }) => entry !== undefined && Object.hasOwn(hosts, entry.type))
    if (plan.kind !== "flex" || entry === undefined || executor?.describeEntry === undefined) return plan
    const asked = this.#describe(`${plan.flowFile}\n${entry.path}`, plan, executor.describeEntry)
    const description = await untilAborted(asked, signal)
    const { plan: complete, issue } = completePlan(plan, description)
    if (issue !== undefined) throw new InvalidFlow({ flowFile: plan.flowFile, issues: [issue] })
    return complete
  }

  close(): void {
    this.#closing.abort(new RuntimeClosed({ action: "loading a flow" }))
  }

  async #asked(flow: FlowPlan, ask: NonNullable<ExecutorDefinition["describeEntry"]>): Promise<EntryDescription> {
    const { plan, remove } = await mergeFolder(flow)
    try {
      return await ask(plan, { connections: this.#connections, signal: this.#closing.signal })
    } finally {
      await remove()
    }
  }

  #describe(
    name: string,
    plan: FlowPlan,
    ask: NonNullable<ExecutorDefinition["describeEntry"]>
  ): Promise<EntryDescription> {
    const key = planKey(plan)
    const known = this.#known.get(name)
    if (known?.key === key) return known.description
    const description = this.#asked(plan, ask).catch((error: unknown) => {
      if (this.#known.get(name)?.description === description) this.#known.delete(name)
      throw error instanceof RuntimeClosed ? error : executorFailed(error)
    })
    this.#known.set(name, { key, description })
    return description
  }
}
