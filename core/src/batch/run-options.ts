// What a host may ask of a run, checked once at the door.

import { InvalidOption } from "../contracts/errors.ts"
import type {
  ColumnMapping,
  Compat,
  DataSource,
  Durability,
  FailureRule,
  FlowOverrides,
  FlowPlan,
  RunLimits
} from "../contracts/index.ts"
import type { BatchSpec } from "./batch-spec.ts"
import { lineErrorLimitOf } from "./line-error-limit.ts"

export interface RunOptions extends FlowOverrides {
  /** A flow folder, its file, or an entry: `module:name` of Python, `./file.ts:name` of JavaScript. */
  readonly flow: string | URL
  /**
   * One source, which the mapping calls `data`; or several by name. Relative paths start at the current directory. May be
   * left out where there is a `run`.
   */
  readonly data?: DataSource | Readonly<Record<string, DataSource>>
  /** A completed run of this store, whose outputs the mapping calls `run.outputs` and whose data `run.inputs`. */
  readonly run?: string
  /** `pandas-data`: JSON and JSONL are read as promptflow's loader reads them, NaN for gaps and all. */
  readonly compat?: readonly Compat[]
  /** Flow input → literal or `${source.column}`. Inputs without a default that are not named take `${data.<input>}`. */
  readonly columnMapping?: ColumnMapping
  /** Unique in the store. Default: `<flow folder>_variant_0_<local time>`. */
  readonly name?: string
  readonly displayName?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal
  /** Arguments for the constructor of a flex flow's class. Default: the flow's `sample.init`, and its own defaults. */
  readonly init?: Readonly<Record<string, unknown>>
  /** Where `output.jsonl` goes. Default: the run's folder in the store's home; `null` writes none. */
  readonly outputDir?: string | URL | null
  /** Threads, each with the processes its flow needs. Default: up to 4, as cores and lines allow. */
  readonly workers?: number
  /** Most lines in flight where lines wait rather than compute. Default 64. */
  readonly concurrency?: number
  /** Milliseconds one line may take. No limit by default. */
  readonly lineTimeoutMs?: number
  /** Milliseconds the whole run may take. No limit by default. */
  readonly batchTimeoutMs?: number
  /** Most bytes of one line's output. Default 8 MiB. */
  readonly maxOutputBytes?: number
  /** Takes only the first so many rows of each source. */
  readonly maxLines?: number
  /** Rejects the result with `LinesFailed` when a line failed. */
  readonly raiseOnLineFailure?: boolean
  /** What is done about lines that fail, by the class of their error; the first rule that fits decides. Default: nothing. */
  readonly failurePolicy?: readonly FailureRule[]
  /** Most retries of lines in the whole run. No limit by default. */
  readonly retryBudget?: number
  /** Ends the run as `Failed` when so many lines have failed (5), or so large a part of them (`"10%"`). */
  readonly failOnLineErrors?: number | `${number}%`
  /** What finished lines survive. Default `process`: the death of the process. */
  readonly durability?: Durability
  /** Milliseconds that lines in flight get after a cancel. Default 5,000. */
  readonly graceMs?: number
  /**
   * A line that takes long has the results of its nodes kept as they come, so that they are not called again when the run
   * is taken up, or the line's worker died. These nodes are called again all the same; `"all"`: all are. Default: none.
   */
  readonly rerunNodes?: readonly string[] | "all"
}

/** What may be chosen anew when a run is taken up again; what is left out stays as it was. */
export interface ResumeOptions
  extends Pick<
    RunOptions,
    | "signal"
    | "workers"
    | "concurrency"
    | "lineTimeoutMs"
    | "batchTimeoutMs"
    | "maxOutputBytes"
    | "raiseOnLineFailure"
    | "durability"
    | "failurePolicy"
    | "retryBudget"
    | "failOnLineErrors"
    | "graceMs"
    | "rerunNodes"
    | "init"
  > {
  /** Goes on although the flow, its files, the data or the engine changed since the run was begun. */
  readonly allowChanged?: boolean
  /** The same rows once more, for sources that were no files. */
  readonly data?: RunOptions["data"]
}

const DEFAULT_CONCURRENCY = 64
const DEFAULT_MAX_OUTPUT_BYTES = 8 << 20
const DEFAULT_GRACE_MS = 5_000

/** @throws {InvalidOption} for a number that is not one, or not positive */
export function limitsOf(options: Partial<RunLimits>): RunLimits {
  const whole = (option: keyof RunLimits, most = Number.MAX_SAFE_INTEGER): number | undefined => {
    const value = options[option]
    if (value === undefined) return undefined
    if (Number.isInteger(value) && value >= 1 && value <= most) return value
    throw new InvalidOption({ option, got: value, accepts: `a whole number from 1 to ${most}` })
  }
  const workers = whole("workers", 1024)
  return {
    workers,
    concurrency: whole("concurrency", 100_000) ?? Math.max(DEFAULT_CONCURRENCY, workers ?? 0),
    lineTimeoutMs: whole("lineTimeoutMs", 2 ** 31 - 1),
    batchTimeoutMs: whole("batchTimeoutMs", 2 ** 31 - 1),
    maxOutputBytes: whole("maxOutputBytes") ?? DEFAULT_MAX_OUTPUT_BYTES,
    maxLines: whole("maxLines"),
    graceMs: whole("graceMs", 2 ** 31 - 1) ?? DEFAULT_GRACE_MS
  }
}

/** @throws {InvalidOption} */
export function durabilityOf(durability: RunOptions["durability"] = "process"): Durability {
  if (["process", "power", "none"].includes(durability)) return durability
  throw new InvalidOption({ option: "durability", got: durability, accepts: '"process", "power" or "none"' })
}

/** @throws {InvalidOption} for a rule that is not one */
export function failureOptionsOf(
  options: Pick<RunOptions, "failurePolicy" | "retryBudget" | "failOnLineErrors">
): Pick<BatchSpec, "failurePolicy" | "retryBudget" | "failOnLineErrors"> {
  const { failurePolicy = [], retryBudget } = options
  for (const rule of failurePolicy) {
    const isRule =
      ["retry", "skip", "fail"].includes(rule.action) &&
      [rule.on].flat().every((name) => typeof name === "string" && name !== "") &&
      [rule.times ?? 1, rule.waitMs ?? 0].every((number) => Number.isFinite(number) && number >= 0)
    if (isRule) continue
    throw new InvalidOption({
      option: "failurePolicy",
      got: rule,
      accepts:
        'rules such as { on: "RateLimitError", action: "retry", times: 3, waitMs: 1000 }; action: retry, skip or fail'
    })
  }
  if (retryBudget !== undefined && !(Number.isInteger(retryBudget) && retryBudget >= 0)) {
    throw new InvalidOption({ option: "retryBudget", got: retryBudget, accepts: "a whole number" })
  }
  return { failurePolicy, retryBudget, failOnLineErrors: lineErrorLimitOf(options.failOnLineErrors) }
}

/** How a run goes, checked before it is known which run. @throws {InvalidOption} */
export function checkWay(options: ResumeOptions): void {
  limitsOf(options)
  durabilityOf(options.durability)
  failureOptionsOf(options)
}

/** @throws {InvalidOption} for a node that the plan has not */
export function rerunNodesOf(rerunNodes: RunOptions["rerunNodes"], plan: FlowPlan): readonly string[] | "all" {
  if (rerunNodes === undefined || rerunNodes === "all") return rerunNodes ?? []
  const names = plan.nodes.map(({ name }) => name)
  for (const name of rerunNodes) {
    if (names.includes(name)) continue
    throw new InvalidOption({
      option: "rerunNodes",
      got: name,
      accepts: `"all", or names of nodes: ${names.join(", ")}`
    })
  }
  return rerunNodes
}

/** @throws {InvalidOption} for arguments that nothing takes */
export function checkInit(
  plan: FlowPlan,
  given: Readonly<Record<string, unknown>> = {}
): Readonly<Record<string, unknown>> {
  const names = Object.keys(given)
  if (plan.kind !== "dag" || names.length === 0) return given
  throw new InvalidOption({
    option: "init",
    got: names,
    accepts: "nothing for a DAG: they are for a flex flow's class"
  })
}

/** What may be said of a new run that goes on from an earlier one; flow, data and mapping are the earlier one's. */
export interface ResumeFromOptions
  extends ResumeOptions,
    Pick<RunOptions, "name" | "displayName" | "description" | "tags" | "outputDir"> {}

/** @throws {InvalidOption} for a word that is none of them */
export function compatOf(given: readonly Compat[] = []): readonly Compat[] {
  const unknown = given.find((word) => word !== "pandas-data")
  if (unknown === undefined) return given
  throw new InvalidOption({ option: "compat", got: unknown, accepts: '"pandas-data"' })
}

/** Named sources as they are; anything else is the one source `data`. */
export function sourcesOf(data: RunOptions["data"]): Readonly<Record<string, DataSource>> {
  if ((typeof data === "string" && data !== "") || data instanceof URL || Array.isArray(data)) return { data }
  if (data !== null && typeof data === "object") {
    if (Symbol.asyncIterator in data || Symbol.iterator in data) return { data: data as DataSource }
    const named = data as Readonly<Record<string, DataSource>>
    if (Object.keys(named).length > 0) return named
  }
  throw new InvalidOption({
    option: "data",
    got: data,
    accepts: "a path, an array of rows, an (async) iterable of rows, or an object of these by source name"
  })
}

/** What the options have of these, and nothing else of them. */
export function overridesIn({ variant, environmentVariables, connectionOverrides }: FlowOverrides): FlowOverrides {
  return {
    ...(variant === undefined ? {} : { variant }),
    ...(environmentVariables === undefined ? {} : { environmentVariables }),
    ...(connectionOverrides === undefined ? {} : { connectionOverrides })
  }
}
