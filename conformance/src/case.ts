// The cases: folders under flows/, each a flow that shows one behaviour, with its data, a `case.json` that says what to
// run, and `recorded.json`, which only the recorder writes.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Job, Outcome } from "./outcome.ts"

export const flowsFolder = join(import.meta.dirname, "..", "flows")

/** What `case.json` holds. Paths are relative to the folder. */
export interface CaseFile extends Omit<Partial<Job>, "previous"> {
  /** The chapter of docs/conformance.md it belongs to. */
  readonly feature: string
  /** One sentence: what promptflow does here. */
  readonly behaviour: string
  readonly previous?: Partial<Job>
}

export interface Case {
  readonly name: string
  readonly feature: string
  readonly behaviour: string
  readonly folder: string
  readonly job: Job
}

/** What `recorded.json` holds. */
export interface Recorded {
  readonly promptflow: Outcome
  /** Ours, where it differs on purpose. */
  readonly throughline?: Outcome
}

/** Every case, by name. */
export function readCases(): readonly Case[] {
  return readdirSync(flowsFolder)
    .filter((name) => existsSync(join(flowsFolder, name, "case.json")))
    .sort()
    .map(readCase)
}

function readCase(name: string): Case {
  const folder = join(flowsFolder, name)
  const { feature, behaviour, ...rest } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as CaseFile
  return { name, feature, behaviour, folder, job: jobAt(folder, rest) }
}

/** A job whose paths stand in a folder. Without data it takes the folder's `data.*`. */
export function jobAt(folder: string, { flow, data, previous, ...rest }: Partial<Job>): Job {
  const found = readdirSync(folder).find((file) => /^data(\.|$)/.test(file))
  const sources = data ?? (found === undefined ? {} : { data: found })
  return {
    ...rest,
    flow: join(folder, flow ?? ""),
    data: Object.fromEntries(Object.entries(sources).map(([source, path]) => [source, join(folder, path)])),
    ...(previous === undefined ? {} : { previous: jobAt(folder, previous) })
  }
}

export const recordFile = ({ folder }: Case): string => join(folder, "recorded.json")

/** @throws {Error} when the case was never recorded */
export function readRecord(each: Case): Recorded {
  const file = recordFile(each)
  if (!existsSync(file)) throw new Error(`${each.name} has no recorded.json: run \`npm run record\``)
  return JSON.parse(readFileSync(file, "utf8")) as Recorded
}
