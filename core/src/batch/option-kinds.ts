// Whether options are of the kinds they take, told at the door by their names: a host in JavaScript has no compiler that
// does. Which numbers, words and names are taken among those is for whoever reads them (`run-options.ts`, `run-name.ts`).

import { InvalidOption } from "../contracts/errors.ts"
import type { RuntimeOptions } from "../runtime.ts"
import type { BatchEngineOptions, BatchEngineRunOptions } from "./batch-engine.ts"
import type { BatchResultParts } from "./batch-result.ts"
import type { FlowTestOptions } from "./flow-tests.ts"
import type { ResumeFromOptions, ResumeOptions, RunOptions } from "./run-options.ts"

/** Throws `InvalidOption` for a value of another kind. */
type Kind = (option: string, got: unknown) => void
/** A kind for each option there is: one that is added and left out here does not compile. */
type Kinds<Options> = Readonly<Record<keyof Options, Kind>>

/**
 * @param required options that cannot be left out
 * @throws {InvalidOption} for an option of another kind, one that there is not, and one that is missing
 */
export function checkKinds<Options extends object>(
  options: Options | undefined,
  kinds: Kinds<Options>,
  required: readonly (keyof Options & string)[] = []
): void {
  const given: Partial<Options> = options ?? {}
  map("options", given)
  for (const option of required) if (given[option] === undefined) kinds[option](option, undefined)
  for (const [option, got] of Object.entries(given)) {
    if (!Object.hasOwn(kinds, option)) {
      throw new InvalidOption({ option, got, accepts: "nothing: no option has this name" })
    }
    if (got !== undefined) kinds[option as keyof Options](option, got)
  }
}

const takes =
  (accepts: string, fits: (got: unknown) => boolean): Kind =>
  (option, got) => {
    if (!fits(got)) throw new InvalidOption({ option, got, accepts })
  }

const isMap = (got: unknown): boolean => typeof got === "object" && got !== null && !Array.isArray(got)
const isPath = (got: unknown): boolean =>
  got instanceof URL ? got.protocol === "file:" : typeof got === "string" && got !== ""

/** Checked by whoever reads it. */
const checkedLater: Kind = () => {}
const text = takes("a text", (got) => typeof got === "string")
const flag = takes("true or false", (got) => typeof got === "boolean")
const list = takes("a list", Array.isArray)
const map = takes("an object of values by name", isMap)
const callback = takes("a function", (got) => typeof got === "function")
const path = takes("a path, or a URL with file:", isPath)
const pathOrNone = takes("a path, a URL with file:, or null for none", (got) => got === null || isPath(got))
const signal = takes(
  "an AbortSignal",
  (got) => typeof (got as AbortSignal | null)?.addEventListener === "function" && "aborted" in (got as object)
)
const namesOrAll = takes('"all", or a list of names', (got) => got === "all" || Array.isArray(got))
const store = takes(
  'a run store, e.g. lmdb("./runs")',
  (got) => typeof (got as RuntimeOptions["store"])?.createRun === "function"
)
const executors = takes("a list, e.g. [javascript(), python()]", Array.isArray)
/** A value of another kind is named alone: the others may be secrets. */
const mapOf =
  (each: Kind): Kind =>
  (option, got) => {
    map(option, got)
    for (const [name, value] of Object.entries(got as object)) each(`${option}.${name}`, value)
  }

const FLOW = { variant: text, environmentVariables: mapOf(text), connectionOverrides: mapOf(mapOf(text)) }

const LIMITS = {
  workers: checkedLater,
  concurrency: checkedLater,
  lineTimeoutMs: checkedLater,
  batchTimeoutMs: checkedLater,
  maxOutputBytes: checkedLater,
  graceMs: checkedLater
}

const DESCRIPTION = {
  name: checkedLater,
  displayName: text,
  description: text,
  tags: mapOf(text),
  outputDir: pathOrNone
}

const WAY = {
  ...LIMITS,
  signal,
  init: map,
  durability: checkedLater,
  raiseOnLineFailure: flag,
  failurePolicy: list,
  retryBudget: checkedLater,
  failOnLineErrors: checkedLater,
  rerunNodes: namesOrAll
}

export const RUN_KINDS: Kinds<RunOptions> = {
  ...FLOW,
  ...DESCRIPTION,
  ...WAY,
  flow: path,
  data: checkedLater,
  run: text,
  compat: list,
  columnMapping: map,
  maxLines: checkedLater
}

export const RESUME_KINDS: Kinds<ResumeOptions> = { ...WAY, allowChanged: flag, data: checkedLater }

export const RESUME_FROM_KINDS: Kinds<ResumeFromOptions> = { ...RESUME_KINDS, ...DESCRIPTION }

export const TEST_KINDS: Kinds<FlowTestOptions> = {
  ...FLOW,
  flow: path,
  inputs: map,
  node: text,
  init: map,
  signal,
  lineTimeoutMs: checkedLater,
  workers: checkedLater,
  onWarning: callback
}

export const RUNTIME_KINDS: Kinds<RuntimeOptions> = { executors, store, connections: map }

export const checkEngineFlow: (option: "flow", got: unknown) => void = takes(
  "a path, a URL with file:, a function, a class, or an object with a method call",
  (got) => isPath(got) || typeof got === "function" || (isMap(got) && !(got instanceof URL))
)

export const ENGINE_KINDS: Kinds<BatchEngineOptions> = {
  connections: map,
  storage: store,
  batchTimeoutSec: checkedLater,
  lineTimeoutSec: checkedLater,
  workerCount: checkedLater,
  initKwargs: map,
  compat: list,
  executors
}

const date = takes("a Date", (got) => got instanceof Date && !Number.isNaN(got.getTime()))
const aggregation = takes("{ metrics, nodes }: an object of values by name, and a list", (got) => {
  const { metrics, nodes } = (got ?? {}) as Partial<BatchResultParts["aggrResult"]>
  return isMap(metrics) && Array.isArray(nodes)
})

export const RESULT_KINDS: Kinds<BatchResultParts> = {
  startTime: date,
  endTime: date,
  lineResults: list,
  aggrResult: aggregation,
  status: text,
  exception: map
}

export const ENGINE_RUN_KINDS: Kinds<BatchEngineRunOptions> = {
  inputDirs: map,
  inputsMapping: map,
  outputDir: path,
  runId: checkedLater,
  maxLinesCount: checkedLater,
  raiseOnLineFailure: flag,
  resumeFromRunStorage: store,
  resumeFromRunOutputDir: path,
  executorProxy: takes(
    "an opened executor: an object with runLine or runChunk",
    (got) => isMap(got) && ("runLine" in (got as object) || "runChunk" in (got as object))
  )
}
