// Single lines of flows, outside of any run: what `Runtime.test` and `Runtime.prepare` do with a flow that was read. Which
// executors stay open in between is known to `warm-flows.ts`, what becomes of the line to `test-flow.ts`.

import { NotSupportedYet } from "../contracts/errors.ts"
import type {
  ChunkProxy,
  ConnectionProvider,
  ExecutorDefinition,
  FlowOverrides,
  FlowPlan,
  LineInputs,
  RunStore
} from "../contracts/index.ts"
import { constructorArguments } from "../flow/index.ts"
import { executorFailed } from "../line/line-actor.ts"
import { chooseExecutor } from "./choose-executor.ts"
import { afterClose, mergeFolder } from "./merge-folder.ts"
import { nodeTest } from "./node-test.ts"
import { checkInit, limitsOf } from "./run-options.ts"
import { type FlowTestResult, type OpenFlow, testFlow } from "./test-flow.ts"
import { type FlowSettings, WarmFlows } from "./warm-flows.ts"

export interface FlowTestOptions extends FlowOverrides {
  readonly flow: string | URL
  /** Flow input name → value; inputs left out take their defaults. */
  readonly inputs?: LineInputs
  /**
   * Runs this node alone. `inputs` are then its own by name, or `inputs.name` and `node.output` for what it refers to. Its
   * output is that of the result's only node.
   */
  readonly node?: string
  /** Arguments for the constructor of a flex flow's class. */
  readonly init?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
  /** Milliseconds the line may take. */
  readonly lineTimeoutMs?: number
  /** Lines of this flow that may be tested at once without waiting for each other. Default 1. */
  readonly workers?: number
  /** Told what is odd about the flow's executor, by the test that opens it. */
  readonly onWarning?: (message: string) => void
}

/** What tests take from their runtime. */
interface TestEngine {
  readonly executors: readonly ExecutorDefinition[]
  /** Tells what a lane's records say; nothing is written. */
  readonly store: RunStore
  readonly connections: ConnectionProvider
  readonly shared: Map<string, unknown>
}

const WARM_MS = 30_000

export class FlowTests {
  readonly #warm = new WarmFlows(WARM_MS)
  readonly #engine: TestEngine

  constructor(engine: TestEngine) {
    this.#engine = engine
  }

  /** Runs one line, or one node of it. */
  async test(flow: FlowPlan, options: FlowTestOptions): Promise<FlowTestResult> {
    const { node, inputs: given = {}, signal } = options
    const { plan, inputs } = node === undefined ? { plan: flow, inputs: given } : nodeTest(flow, node, given)
    const { lineTimeoutMs } = limitsOf(options)
    return this.#use(plan, options, inputs, (open) =>
      testFlow(open, inputs, this.#engine.store, { signal, lineTimeoutMs })
    )
  }

  /** Opens the flow's executor and loads its tools. */
  prepare(flow: FlowPlan, options: FlowTestOptions): Promise<void> {
    return this.#use(flow, options, {}, async () => {})
  }

  close(): Promise<void> {
    return this.#warm.close()
  }

  #use<A>(
    plan: FlowPlan,
    options: FlowTestOptions,
    inputs: LineInputs,
    work: (open: OpenFlow) => Promise<A>
  ): Promise<A> {
    const settings = { ...limitsOf(options), init: checkInit(plan, options.init), inputs: rowInputs(plan, inputs) }
    return this.#warm.use(plan, settings, () => this.#open(plan, settings, options.onWarning), work)
  }

  async #open(
    flow: FlowPlan,
    limits: FlowSettings,
    onWarning: FlowTestOptions["onWarning"] = () => {}
  ): Promise<ChunkProxy> {
    const { executors, connections, shared } = this.#engine
    const { definition, hosts } = chooseExecutor(flow, executors)
    const { plan, remove } = await mergeFolder(flow)
    try {
      const proxy = await definition.open({
        runId: "test",
        plan,
        mapping: Object.fromEntries(limits.inputs.map((name) => [name, `\${data.${name}}`])),
        sources: ["data"],
        workers: limits.workers ?? 1,
        linesPerLane: limits.concurrency,
        lineTimeoutMs: limits.lineTimeoutMs,
        maxOutputBytes: limits.maxOutputBytes,
        hosts,
        initKwargs: constructorArguments(plan, limits.init),
        connections,
        shared,
        onWarning
      })
      if ("runLine" in proxy) {
        await proxy.close()
        throw new NotSupportedYet({
          feature: `testing a flow of the language '${plan.language}'`,
          place: plan.flowFile
        })
      }
      return plan === flow ? proxy : afterClose(proxy, remove)
    } catch (error) {
      await remove()
      throw error instanceof NotSupportedYet ? error : executorFailed(error)
    }
  }
}

/** The inputs of a tested line: all but those that the caller leaves to the code's own defaults. */
const rowInputs = ({ inputs }: FlowPlan, given: LineInputs): readonly string[] =>
  inputs
    .filter(({ name, hasDefault, default: value }) => !hasDefault || value !== undefined || Object.hasOwn(given, name))
    .map(({ name }) => name)
