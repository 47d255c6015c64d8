// A run that is taken up again, as the spec of its batch: what its manifest says, and what the caller chose anew.

import { isAbsolute } from "node:path"
import { GroundChanged, InvalidOption, NothingToResume, RunNotCompleted } from "../contracts/errors.ts"
import type {
  DataSource,
  ExecutorDefinition,
  FlowPlan,
  Ground,
  RunManifest,
  RunStatus,
  RunStore
} from "../contracts/index.ts"
import { loadFlow } from "../flow/index.ts"
import type { OwnSpec } from "./batch-spec.ts"
import { chooseExecutor, lineLanguagesOf, nodeTypesOf } from "./choose-executor.ts"
import { changesOf, groundOf } from "./ground.ts"
import { ENGINE } from "./manifest.ts"
import {
  durabilityOf,
  failureOptionsOf,
  limitsOf,
  overridesIn,
  type ResumeFromOptions,
  type ResumeOptions,
  rerunNodesOf,
  sourcesOf
} from "./run-options.ts"

/** Asks the code behind a flex flow's entry for what its file leaves out. */
type Complete = (plan: FlowPlan) => Promise<FlowPlan>

/**
 * @param onWarning told of what changed, where that is allowed
 * @throws {GroundChanged} naming what changed since the run was begun
 * @throws {RunNotFound | NothingToResume}
 * @throws {InvalidOption} for a source that was no file and is not given again
 * @throws {InvalidFlow | ExecutorMissing} for a flow that cannot be run any more
 */
export async function resumedSpec(
  name: string,
  options: ResumeOptions,
  store: RunStore,
  executors: readonly ExecutorDefinition[],
  complete: Complete,
  onWarning: (message: string) => void
): Promise<OwnSpec> {
  const { manifest, status } = await store.getRun(name)
  if (status === "Completed") throw new NothingToResume({ run: name })
  const spec = await specOf(manifest, options, store, executors, complete)
  const ground = await groundOf({ ...spec, engine: ENGINE })
  const changes = checkGround(manifest, ground, options.allowChanged ?? false)
  const resumed = { ...manifest, durability: spec.durability }
  if (changes.length === 0) return { ...spec, resumed }
  onWarning(`changed since the run was begun: ${changes.join(", ")}`)
  return { ...spec, resumed: { ...resumed, plan: spec.plan, ground, engine: ENGINE } }
}

/**
 * A new run that takes over the completed lines of an earlier one, however that one ended.
 *
 * @throws {RunNotFound}
 * @throws {RunNotCompleted} when it has not ended
 * @throws what `resumedSpec` throws
 */
export async function resumeFromSpec(
  earlier: string,
  name: string,
  options: ResumeFromOptions,
  store: RunStore,
  executors: readonly ExecutorDefinition[],
  complete: Complete
): Promise<OwnSpec> {
  const { manifest, status } = await store.getRun(earlier)
  if (!ENDED.has(status)) throw new RunNotCompleted({ run: earlier, status })
  return {
    ...(await specOf(manifest, options, store, executors, complete)),
    name,
    resumeFrom: { store, name: earlier },
    displayName: options.displayName ?? name,
    description: options.description,
    tags: options.tags ?? {}
  }
}

const ENDED: ReadonlySet<RunStatus> = new Set(["Completed", "Failed", "Canceled", "Interrupted"])

async function specOf(
  manifest: RunManifest,
  options: ResumeOptions,
  store: RunStore,
  executors: readonly ExecutorDefinition[],
  complete: Complete
): Promise<OwnSpec> {
  const overrides = overridesIn(manifest)
  const loaded = loadFlow(flowOf(manifest), {
    nodeTypes: nodeTypesOf(executors),
    lineLanguages: lineLanguagesOf(executors),
    workingDir: manifest.plan.workingDir,
    ...overrides
  })
  const executor = chooseExecutor(loaded, executors)
  const plan = executor.definition.supports.lines ? loaded : await complete(loaded)
  const { maxLines } = manifest.limits ?? {}
  return {
    ...limitsOf({ ...manifest.limits, ...given(options), maxLines }),
    name: manifest.name,
    plan,
    mapping: manifest.columnMapping,
    overrides,
    upstream: manifest.upstream,
    compat: manifest.compat ?? [],
    sources: sourcesAgain(manifest.data, options.data),
    baseDir: manifest.plan.workingDir,
    outputDir: manifest.outputDir,
    executor,
    store,
    rerunNodes: rerunNodesOf(options.rerunNodes, plan),
    durability: durabilityOf(options.durability ?? manifest.durability),
    ...failureOptionsOf(options),
    raiseOnLineFailure: options.raiseOnLineFailure ?? false,
    initKwargs: initAgain(manifest, options.init),
    displayName: manifest.displayName,
    description: manifest.description,
    tags: manifest.tags
  }
}

/** The flow's file; for an entry that no file describes, its text. */
function flowOf({ flowFile, plan }: RunManifest): string {
  const [entry] = plan.nodes
  return plan.kind === "flex" && entry?.sourcePlace.line === 0 ? entry.path : flowFile
}

/** The constructor's arguments are not kept: whoever gave some gives them again. */
function initAgain({ initNames = [] }: RunManifest, init: ResumeOptions["init"] = {}) {
  if (initNames.every((name) => Object.hasOwn(init, name))) return init
  throw new InvalidOption({
    option: "init",
    got: Object.keys(init),
    accepts: `the same once more, as it is not kept: ${initNames.join(", ")}`
  })
}

function checkGround(manifest: RunManifest, now: Ground, isAllowed: boolean): readonly string[] {
  const { name, ground: before } = manifest
  if (before === undefined) return []
  const changes = changesOf(before, now)
  const isAllowable = before.shape === now.shape
  if (changes.length > 0 && !(isAllowed && isAllowable)) throw new GroundChanged({ run: name, changes, isAllowable })
  return changes
}

/** Without what was left out. */
const given = (options: ResumeOptions): Partial<ResumeOptions> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** The sources in the order they had: files from where they were, the others from the caller. */
function sourcesAgain(
  before: Readonly<Record<string, string>>,
  data: ResumeOptions["data"]
): Readonly<Record<string, DataSource>> {
  const again = data === undefined ? {} : sourcesOf(data)
  return Object.fromEntries(
    Object.entries(before).map(([source, path]) => {
      const rows = again[source]
      if (rows !== undefined) return [source, rows]
      if (isAbsolute(path)) return [source, path]
      throw new InvalidOption({
        option: `data of source '${source}'`,
        got: undefined,
        accepts: "the same rows once more: the run was given rows that are in no file"
      })
    })
  )
}
