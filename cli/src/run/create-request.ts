// Options, run file and environment → what the engine is asked for. The one place that chooses a run's defaults.

import { resolve } from "node:path"
import { InvalidOption, type ResumeFromOptions, type ResumeOptions, type RunOptions } from "@throughline/core"
import { pythonRepr } from "@throughline/core/data"
import type { Arguments } from "../command/arguments.ts"
import { defined } from "../command/defined.ts"
import { readEnvironment } from "../command/environment.ts"
import { isPlainObject, nestDottedKeys, parsePairs } from "../command/pairs.ts"
import { note } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { flowPath, initOf } from "../flow/flow-path.ts"
import { checkVariant } from "../flow/variant.ts"
import { type RunFile, readRunFile } from "./run-file.ts"

/** promptflow's time for one line. */
const LINE_TIMEOUT_SEC = 600

/** @throws {CommandError} for options that do not go together, or do not make a run */
export async function createRequest(args: Arguments): Promise<RunOptions> {
  const given = (["--file", "--flow", "--resume-from"] as const).filter((option) => args.has(option))
  if (given.length > 1)
    throw new CommandError("More than one is provided for exclusive options: [file, flow, source, resume-from]")
  if (given.length === 0) throw new CommandError("To create a run, one of [file, flow, source] must be specified.")

  const path = args.text("--file")
  const file: RunFile = path === undefined ? { options: new Map() } : await readRunFile(resolve(path))
  const flow = args.text("--flow") ?? file.flow
  if (flow === undefined) throw new CommandError(`${path}: flow is missing`)
  const data = dataPath(args, path) ?? file.data
  const run = args.text("--run") ?? file.run
  if (data === undefined && run === undefined)
    throw new CommandError("Either run or data or resume from run must be specified for flow run.")

  const columnMapping = args.has("--column-mapping")
    ? parsePairs(args.texts("--column-mapping"), "--column-mapping")
    : (file.columnMapping ?? {})
  checkBinding(columnMapping)
  const variant = args.text("--variant") ?? file.variant
  checkVariant(variant)
  const name = args.text("--name") ?? file.name
  const described = describeRun(args, file)
  const displayName = described.displayName && expandMacros(described.displayName, variant, run)

  return defined({
    flow: flowPath(flow),
    data: data === undefined ? undefined : resolve(data),
    run,
    columnMapping,
    name,
    variant,
    environmentVariables: readEnvironment(args, file.environmentVariables),
    connectionOverrides: readConnections(args, file.connections),
    compat: args.has("--compat") ? ["pandas-data" as const] : file.compat,
    displayName,
    description: described.description,
    tags: described.tags,
    rerunNodes: rerunNodes(args),
    durability: durability(args),
    init: args.has("--init") ? initOf(args) : file.init,
    ...limits(args, file)
  })
}

/** Beside a run file, `--data` is relative to the file. */
function dataPath(args: Arguments, file: string | undefined): string | undefined {
  const data = args.text("--data")
  return data === undefined || file === undefined ? data : resolve(file, "..", data)
}

/** promptflow refuses a mapping that takes nothing from the data: it is nearly always a mistake of quoting. */
function checkBinding(mapping: Readonly<Record<string, unknown>>): void {
  const values = Object.values(mapping)
  if (values.length === 0 || values.some((value) => typeof value === "string" && /^\$\{.+\}$/s.test(value))) return
  throw new CommandError(
    "Column mapping must contain at least one mapping binding, " +
      `current column mapping contains all static values: ${pythonRepr(mapping)}\n` +
      "    Put ${data.…} in single quotes: a shell replaces it otherwise."
  )
}

/** `--connections NODE.KEY=VALUE`, or the file's map of maps. */
function readConnections(args: Arguments, file: RunFile["connections"]): RunOptions["connectionOverrides"] {
  const given = args.has("--connections")
    ? nestDottedKeys(parsePairs(args.texts("--connections"), "--connections"))
    : (file ?? {})
  return Object.fromEntries(
    Object.entries(given).map(([node, fields]) => {
      if (!isPlainObject(fields)) throw new CommandError(`connections: write NODE.KEY=VALUE, got ${node}=${fields}`)
      return [node, Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]))]
    })
  )
}

export interface RunDescription {
  readonly displayName?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** What the file says of the run, and `--set` over it. */
function describeRun(args: Arguments, file: RunFile): RunDescription {
  const set = readSet(args)
  const tags = { ...file.tags, ...set.tags }
  return defined({
    displayName: set.displayName ?? file.displayName,
    description: set.description ?? file.description,
    tags: Object.keys(tags).length === 0 ? undefined : tags
  })
}

/** `--set display_name=… description=… tags.KEY=…`; other keys are named in a warning and left alone. */
export function readSet(args: Arguments): RunDescription {
  const { display_name, description, tags, ...others } = nestDottedKeys(parsePairs(args.texts("--set"), "--set"))
  const unknown = Object.keys(others)
  if (unknown.length > 0) note(`--set: ${unknown.join(", ")} cannot be set; display_name, description and tags can`)
  if (tags !== undefined && !isPlainObject(tags))
    throw new CommandError("--set: tags are set one by one: tags.KEY=VALUE")
  return defined({
    displayName: display_name === undefined ? undefined : String(display_name),
    description: description === undefined ? undefined : String(description),
    tags: tags && Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]))
  })
}

/** `${timestamp}`, `${variant_id}` and `${run}`, which stays as it is in a run without an upstream run. */
function expandMacros(text: string, variant: string | undefined, run: string | undefined): string {
  const now = new Date()
  const two = (value: number) => String(value).padStart(2, "0")
  const timestamp = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}${two(now.getHours())}${two(now.getMinutes())}`
  const variantId = /^\$\{[^.]+\.(.+)\}$/.exec(variant ?? "")?.[1] ?? "variant_0"
  return text
    .replaceAll("${timestamp}", timestamp)
    .replaceAll("${variant_id}", variantId)
    .replaceAll("${run}", run ?? "${run}")
}

/** `--resume-from`: flow, data and mapping are those of the earlier run. @throws {CommandError} for options that say otherwise */
export function resumeFromRequest(args: Arguments): ResumeFromOptions {
  const refused = FROM_EARLIER.filter((option) => args.has(option))
  if (refused.length > 0) {
    throw new CommandError(
      `--resume-from takes these from the earlier run: ${refused.join(", ")} cannot be given with it; --name, --set and limits can`
    )
  }
  const { displayName, ...described } = readSet(args)
  const name = args.text("--name")
  return defined({
    ...described,
    displayName: displayName && expandMacros(displayName, undefined, undefined),
    name,
    init: args.has("--init") ? initOf(args) : undefined,
    ...readLimits(args, new Map())
  })
}

const FROM_EARLIER = [
  "--data",
  "--run",
  "--column-mapping",
  "--variant",
  "--connections",
  "--environment-variables",
  "--max-lines"
]

/** What is given to a run that is taken up again: only what was asked for now. */
export function resumeRequest(args: Arguments): ResumeOptions {
  return defined({
    ...readLimits(args, new Map()),
    rerunNodes: rerunNodes(args),
    durability: durability(args),
    allowChanged: args.has("--allow-changed"),
    init: args.has("--init") ? initOf(args) : undefined
  })
}

/** The parser let nothing else through. */
const durability = (args: Arguments) => args.text("--durability") as RunOptions["durability"]

function rerunNodes(args: Arguments): RunOptions["rerunNodes"] {
  if (!args.has("--rerun-nodes")) return undefined
  const names = args.texts("--rerun-nodes")
  return names.length === 0 ? "all" : names
}

function limits(args: Arguments, file: RunFile): Partial<RunOptions> {
  return { lineTimeoutMs: LINE_TIMEOUT_SEC * 1000, ...readLimits(args, file.options) }
}

function readLimits(args: Arguments, fileOptions: RunFile["options"]): Partial<RunOptions> {
  const read = (option: string, variable?: string) => {
    const number = args.number(option) ?? fileOptions.get(option)
    if (number !== undefined) return checked(option, number)
    const text = variable === undefined ? undefined : process.env[variable]
    return text === undefined || text === "" ? undefined : checked(variable!, Number(text))
  }
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.ceil(seconds * 1000))
  const maxOutputMb = read("--max-output")
  return defined({
    workers: read("--workers", "PF_WORKER_COUNT"),
    concurrency: read("--concurrency"),
    lineTimeoutMs: milliseconds(read("--line-timeout", "PF_LINE_TIMEOUT_SEC")),
    batchTimeoutMs: milliseconds(read("--timeout", "PF_BATCH_TIMEOUT_SEC")),
    maxLines: read("--max-lines"),
    maxOutputBytes: maxOutputMb === undefined ? undefined : Math.ceil(maxOutputMb * (1 << 20)),
    graceMs: milliseconds(read("--grace"))
  })
}

function checked(option: string, number: number): number {
  if (number > 0 && Number.isFinite(number)) return number
  throw new InvalidOption({ option, got: number, accepts: "a number above 0" })
}
