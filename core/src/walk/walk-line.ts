// One line through the nodes of a FlowPlan: what runs when, what is bypassed, what ends the line. A state machine in
// arrays without Effect, compiled once per lane. Tools come prepared (executors); inputs come mapped and coerced (data).
//
// W1. A node starts after everything it depends on is done or bypassed, and at most once.
// W2. When every tool answers at once, the whole line is one synchronous call.
// W3. The first failure ends the line: nothing starts after it, what still runs is recorded as `Canceled`.
// W4. The records are in plan order; a node that never started has none.
// W5. A node whose result is known from before is not called; its record is the one from before.

import {
  type Binding,
  type ErrorRecord,
  errorRecord,
  ForeignValue,
  HostLost,
  type LineInputs,
  type NodeCall,
  type NodePlan,
  type NodeRecord,
  type PreparedTool,
  setOwn,
  ToolFailure,
  unexpectedErrorRecord
} from "../contracts/index.ts"
import { compileObject } from "../data/compile-object.ts"
import { pythonEquals } from "./python-equals.ts"
import { type BindingView, compileBinding, ReferenceFailure } from "./resolve-binding.ts"
import { LineCall, type WalkedLine } from "./walked-line.ts"

/** Where the walk of the nodes ended. */
export interface WalkEnd extends BindingView {
  readonly records: NodeRecord[]
  readonly error: ErrorRecord | undefined
  /** When the last node ended, in milliseconds since the epoch. */
  readonly atMs: number
}

/** @param atMs when the walk begins, in milliseconds since the epoch */
export type WalkNodes = (inputs: LineInputs, line: WalkedLine, atMs: number) => WalkEnd | Promise<WalkEnd>

/** The nodes to walk, in topological order, with their prepared tools. `nodes[i].index` is the index in the plan. */
export interface WalkStep {
  readonly node: NodePlan
  readonly index: number
  readonly tool: PreparedTool
}

const WAITING = 0
const RUNNING = 1
/** Or bypassed. */
const DONE = 2

interface CompiledStep {
  readonly index: number
  readonly name: string
  readonly tool: PreparedTool
  readonly dependencies: readonly number[]
  readonly names: readonly string[]
  readonly reads: ReadonlyArray<(view: BindingView) => unknown>
  /** All inputs at once, for lines that have bypassed nothing. */
  readonly readAll: (view: BindingView) => Record<string, unknown>
  /** The node an input is bound to, or -1: for the bypass rules. */
  readonly sources: readonly number[]
  /** True where the tool has a default for the parameter: a bypassed input is then left out. */
  readonly isOptional: readonly boolean[]
  readonly when: ((view: BindingView) => unknown) | undefined
  readonly whenSource: number
  readonly is: unknown
}

/**
 * Compiles the walk of a flow's line nodes (or, with `steps` of its aggregation nodes, of those).
 *
 * @param size number of nodes in the plan: values are kept by plan index
 * @param now milliseconds since the epoch; read once per node, and once more where a walk goes on: a node starts when the
 *   one before it has ended
 * @throws {HostLost} from the returned function, at once or as a rejection, when a host lost its process under the line
 */
export function compileWalk(steps: readonly WalkStep[], size: number, now: () => number): WalkNodes {
  const compiled = steps.map(compileStep)
  const fresh: FreshLine = { steps: compiled, size, bypassed: new Uint8Array(size), now }
  return (inputs, line, atMs) => new Walk(fresh, inputs, line, atMs).start()
}

function compileStep({ node, index, tool }: WalkStep): CompiledStep {
  const inputs = node.inputs.map((input) => {
    const { literals } = tool
    const literal =
      input.binding.kind === "literal" && literals !== undefined && Object.hasOwn(literals, input.name)
        ? { kind: "literal" as const, value: literals[input.name] }
        : input.binding
    return { name: input.name, binding: literal }
  })
  const defaults = new Set(tool.parameters?.filter((parameter) => parameter.hasDefault).map(({ name }) => name))
  const names = inputs.map(({ name }) => name)
  const reads = inputs.map(({ binding }) => compileBinding(binding, tool.takesForeign))
  return {
    index,
    name: node.name,
    tool,
    dependencies: node.dependencies,
    names,
    reads,
    readAll: compileObject(names, reads),
    sources: inputs.map(({ binding }) => sourceOf(binding)),
    isOptional: inputs.map(({ name }) => defaults.has(name)),
    when: node.activate === undefined ? undefined : compileBinding(node.activate.when, false),
    whenSource: node.activate === undefined ? -1 : sourceOf(node.activate.when),
    is: node.activate?.is
  }
}

const sourceOf = (binding: Binding): number => (binding.kind === "node" ? binding.node : -1)

/** What every line begins with. `bypassed` is shared until a line bypasses a node: most never do. */
interface FreshLine {
  readonly steps: readonly CompiledStep[]
  readonly size: number
  readonly bypassed: Uint8Array
  readonly now: () => number
}

/**
 * The state of one line. Made once a line, so it holds nothing that most lines do not need: while every tool answers at
 * once, the number of steps that were taken says all.
 */
class Walk implements WalkEnd {
  readonly inputs: LineInputs
  readonly values: unknown[]
  bypassed: Uint8Array
  readonly records: NodeRecord[] = []
  error: ErrorRecord | undefined
  atMs: number
  readonly #fresh: FreshLine
  readonly #line: WalkedLine
  #taken = 0
  /** By node, from the first one on that was left running. */
  #state: number[] | undefined
  #startMs: Float64Array | undefined
  #running = 0
  #resolve: ((end: WalkEnd) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #isOver = false

  constructor(fresh: FreshLine, inputs: LineInputs, line: WalkedLine, atMs: number) {
    this.inputs = inputs
    this.values = new Array(fresh.size)
    this.bypassed = fresh.bypassed
    this.atMs = atMs
    this.#fresh = fresh
    this.#line = line
  }

  start(): WalkEnd | Promise<WalkEnd> {
    if (this.#line.known !== undefined) this.#takeKnown(this.#line.known)
    this.#advance()
    if (this.#running === 0 || this.error !== undefined) return this.#finish()
    this.#line.underWay = this
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  #takeKnown(known: readonly NodeRecord[]): void {
    const state = this.#keptState()
    for (const record of known) {
      this.values[record.node] = record.json === undefined ? record.value : new ForeignValue(record.json)
      state[record.node] = DONE
      this.records.push(record)
    }
    this.#line.told = known.length
  }

  /** Starts whatever may start. One pass is enough: the steps are in topological order. */
  #advance(): void {
    const { steps } = this.#fresh
    while (this.#state === undefined) {
      if (this.#taken === steps.length || this.error !== undefined) return
      this.#decide(steps[this.#taken++]!)
    }
    for (const step of steps) {
      if (this.error !== undefined) return
      if (this.#state[step.index] === WAITING && this.#isReady(step, this.#state)) this.#decide(step)
    }
  }

  #isReady(step: CompiledStep, state: readonly number[]): boolean {
    for (const dependency of step.dependencies) {
      if (state[dependency]! < DONE) return false
    }
    return true
  }

  #decide(step: CompiledStep): void {
    let shouldRun: boolean
    try {
      shouldRun = this.#isActive(step)
    } catch (error) {
      this.error = recordOf(error)
      return
    }
    if (shouldRun) this.#run(step)
    else this.#bypass(step)
  }

  #bypass({ index }: CompiledStep): void {
    if (this.bypassed === this.#fresh.bypassed) this.bypassed = this.bypassed.slice()
    this.bypassed[index] = 1
    this.#markDone(index)
    this.records.push({ node: index, status: "Bypassed", startMs: this.atMs, endMs: this.atMs, value: null })
  }

  /** promptflow's bypass rules: an `activate` decides alone; without one, all referenced nodes bypassed bypass it too. */
  #isActive(step: CompiledStep): boolean {
    if (step.when !== undefined) {
      if (step.whenSource >= 0 && this.bypassed[step.whenSource] === 1) return false
      return pythonEquals(step.when(this), step.is)
    }
    if (this.bypassed === this.#fresh.bypassed) return true
    let references = 0
    for (const source of step.sources) {
      if (source < 0) continue
      if (this.bypassed[source] === 0) return true
      references++
    }
    return references === 0
  }

  #run(step: CompiledStep): void {
    const { index, tool } = step
    const call = new LineCall(this.#line, index)
    let result: unknown
    try {
      result = tool.call(this.#inputsOf(step), call)
    } catch (error) {
      this.#settleFailed(step, call, this.atMs, error)
      return
    }
    if (!isPromise(result)) {
      this.#settleDone(step, call, this.atMs, result)
      return
    }
    this.#markRunning(index)
    // A thenable of another make might settle in the middle of this pass: a real promise settles after it.
    Promise.resolve(result).then(
      (value) => this.#settleLater(step, call, value, undefined),
      (error: unknown) => this.#settleLater(step, call, undefined, error ?? new Error("rejected without a reason"))
    )
    this.atMs = this.#fresh.now()
  }

  #markRunning(index: number): void {
    this.#keptState()[index] = RUNNING
    this.#startMs ??= new Float64Array(this.#fresh.size)
    this.#startMs[index] = this.atMs
    this.#running++
  }

  /** From now on what is done is known by node, not by the number of steps. */
  #keptState(): number[] {
    if (this.#state === undefined) {
      const { steps, size } = this.#fresh
      this.#state = new Array<number>(size).fill(WAITING)
      for (const step of steps.slice(0, this.#taken)) this.#state[step.index] = DONE
    }
    return this.#state
  }

  #markDone(index: number): void {
    if (this.#state !== undefined) this.#state[index] = DONE
  }

  #inputsOf(step: CompiledStep): Record<string, unknown> {
    if (this.bypassed === this.#fresh.bypassed) return step.readAll(this)
    const inputs: Record<string, unknown> = {}
    const { names, reads, sources, isOptional } = step
    for (let i = 0; i < names.length; i++) {
      const source = sources[i]!
      if (source >= 0 && this.bypassed[source] === 1 && isOptional[i] === true) continue
      setOwn(inputs, names[i]!, reads[i]!(this))
    }
    return inputs
  }

  #settleDone(step: CompiledStep, call: NodeCall, startMs: number, result: unknown): void {
    const { index } = step
    const value = result === undefined ? null : result
    this.values[index] = value
    this.#markDone(index)
    const endMs = this.#fresh.now()
    this.atMs = endMs
    const record: NodeRecord =
      value instanceof ForeignValue
        ? { node: index, status: "Completed", startMs, endMs, json: value.text }
        : { node: index, status: "Completed", startMs, endMs, value }
    this.records.push(call.logs === undefined && call.tokens === undefined ? record : withReports(record, call))
    if (endMs > this.#line.slowAtMs) this.#tellSlow()
  }

  /** A line that waits is looked at from outside; one that is at its end tells all at once. */
  #tellSlow(): void {
    if (this.#line.underWay !== undefined || this.records.length >= this.#fresh.steps.length) return
    this.#line.onSlow?.(this.#line, this)
  }

  #settleFailed(step: CompiledStep, call: NodeCall, startMs: number, error: unknown): void {
    if (error instanceof HostLost) throw error
    const { index } = step
    this.#markDone(index)
    this.error = recordOf(error, step.name)
    const endMs = this.#fresh.now()
    this.atMs = endMs
    // A node whose inputs cannot be had never began, wherever they were looked up.
    if (this.error.innerError?.code === "NodeReferenceError") return
    const record: NodeRecord = { node: index, status: "Failed", startMs, endMs, error: this.error }
    this.records.push(withReports(record, call))
  }

  #settleLater(step: CompiledStep, call: NodeCall, value: unknown, error: unknown): void {
    if (this.#isOver) return
    this.#running--
    const startMs = this.#startMs![step.index]!
    try {
      if (error === undefined) this.#settleDone(step, call, startMs, value)
      else this.#settleFailed(step, call, startMs, error)
      if (this.error === undefined) this.#advance()
    } catch (lost) {
      this.#isOver = true
      this.#reject?.(lost)
      return
    }
    if (this.#running === 0 || this.error !== undefined) this.#resolve?.(this.#finish())
  }

  cutShort(reason: ErrorRecord): WalkEnd {
    return this.#finish(reason)
  }

  #finish(reason?: ErrorRecord): WalkEnd {
    this.#isOver = true
    if (this.#running > 0) {
      const endMs = this.#fresh.now()
      for (const { index } of this.#fresh.steps) {
        if (this.#state![index] === RUNNING) {
          const canceled: NodeRecord = { node: index, status: "Canceled", startMs: this.#startMs![index]!, endMs }
          this.records.push(reason === undefined ? canceled : { ...canceled, error: reason })
        }
      }
    }
    if (!isInOrder(this.records)) this.records.sort((a, b) => a.node - b.node)
    return this
  }
}

function isInOrder(records: readonly NodeRecord[]): boolean {
  for (let i = 1; i < records.length; i++) if (records[i]!.node < records[i - 1]!.node) return false
  return true
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function"

const withReports = (record: NodeRecord, { logs, tokens }: NodeCall): NodeRecord => ({
  ...record,
  ...(logs === undefined ? {} : { logs }),
  ...(tokens === undefined ? {} : { tokens })
})

function recordOf(error: unknown, node?: string): ErrorRecord {
  if (error instanceof ToolFailure || error instanceof ReferenceFailure) return error.record
  if (node === undefined) return unexpectedErrorRecord(error, "Executor")
  const type = error instanceof Error ? error.name : typeof error
  const text = error instanceof Error ? error.message : String(error)
  return errorRecord({
    message: `Execution failure in '${node}': (${type}) ${text}`,
    messageFormat: "Execution failure in '{node_name}': {error_type_and_message}",
    messageParameters: { node_name: node },
    codes: ["UserError", "ToolExecutionError"],
    referenceCode: "Tool"
  })
}
