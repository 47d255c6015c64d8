// The facts of a run that are written down before its first line.

import { isAbsolute, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { DataSource, Ground, RunManifest } from "../contracts/index.ts"
import type { BatchSpec } from "./batch-spec.ts"

export const ENGINE = "throughline/0.1.0"

export function manifestOf(
  spec: BatchSpec,
  sources: readonly string[],
  workers: number,
  createdMs: number,
  ground: Ground
): RunManifest {
  const { name, plan, mapping, overrides, outputDir, displayName, description, tags } = spec
  const initNames = Object.keys(spec.initKwargs)
  const { concurrency, lineTimeoutMs, batchTimeoutMs, maxOutputBytes, maxLines, graceMs } = spec
  return {
    name,
    flowFile: plan.flowFile,
    flowName: plan.name,
    language: plan.language,
    columnMapping: mapping,
    ...overrides,
    ...(spec.compat.length === 0 ? {} : { compat: spec.compat }),
    ...(spec.upstream === undefined ? {} : { upstream: spec.upstream }),
    ...(spec.resumeFrom === undefined ? {} : { resumeFrom: spec.resumeFrom.name }),
    ...(initNames.length === 0 ? {} : { initNames }),
    data: placesOf(spec.sources, spec.baseDir),
    outputDir,
    plan,
    sources,
    displayName,
    description,
    tags,
    createdOn: new Date(createdMs).toISOString().replace("Z", "+00:00"),
    engine: ENGINE,
    workers,
    limits: {
      workers: spec.workers,
      concurrency,
      lineTimeoutMs,
      batchTimeoutMs,
      maxOutputBytes,
      maxLines,
      graceMs
    },
    ground,
    durability: spec.durability
  }
}

/** Source → absolute path, or a word for one that has none. */
export const placesOf = (sources: BatchSpec["sources"], baseDir: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(sources).map(([source, data]) => [source, describeSource(data, baseDir)]))

function describeSource(source: DataSource, baseDir: string): string {
  if (typeof source === "string") return isAbsolute(source) ? source : resolve(baseDir, source)
  if (source instanceof URL) return fileURLToPath(source)
  return Array.isArray(source) ? "<memory>" : "<iterable>"
}
