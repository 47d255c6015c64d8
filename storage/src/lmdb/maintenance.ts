// Looking after a journal: how large it is, whether it is sound, and making it smaller. Nothing here belongs to a run.
//
// M1. Looking and checking change nothing, and may be done while runs go on.
// M2. A journal is made smaller only when no other process has it open: one that had would go on with a file that is gone.

import { mkdirSync, renameSync, rmSync, statSync } from "node:fs"
import { open } from "node:fs/promises"
import { join } from "node:path"
import { StoreInUse } from "../errors.ts"
import { type DecodedHeader, decodeChunk, decodeHeader } from "./chunk-codec.ts"
import { type Environment, JOURNAL_FORMAT, openEnvironment } from "./environment.ts"
import { othersWithOpen } from "./presence.ts"
import { readNames, readParts, TRASH_RANGE } from "./run-records.ts"

export interface StoreInfo {
  readonly path: string
  readonly format: number
  readonly runs: number
  readonly fileBytes: number
  /** In use; the rest of the file is free, and filled before the file grows. */
  readonly usedBytes: number
  readonly freeBytes: number
}

/** Something in the journal that is not as it was written. */
export interface StoreProblem {
  readonly run: string
  /** First position of the chunk, where it is one. */
  readonly position: number | undefined
  readonly problem: string
}

const MAP_SIZE_GIB = 16

/** `undefined` for a home without a journal. */
export const storeInfo = (home: string): Promise<StoreInfo | undefined> =>
  withJournal(home, async (environment) => infoOf(environment))

/** Reads the whole journal. @returns what is wrong with it; nothing for a home without one */
export async function checkStore(home: string): Promise<readonly StoreProblem[]> {
  return (await withJournal(home, async (environment) => problemsOf(environment))) ?? []
}

/**
 * Writes the journal anew without its free pages.
 *
 * @returns its size before and after; `undefined` for a home without a journal
 * @throws {StoreInUse} when another process, or another store of this one, has it open
 */
export async function compactStore(home: string): Promise<{ before: StoreInfo; after: StoreInfo } | undefined> {
  const folder = join(home, "journal")
  const beside = join(folder, "compacted")
  const before = await withJournal(home, async (environment) => {
    const others = othersWithOpen(environment.path)
    if (environment.users > 1 || others.length > 0) throw new StoreInUse({ path: environment.path, pids: others })
    rmSync(beside, { recursive: true, force: true })
    mkdirSync(beside)
    await environment.copyCompacted(beside)
    return infoOf(environment)
  })
  if (before === undefined) return undefined
  const copy = join(beside, "data.mdb")
  const file = await open(copy, "r+")
  await file.sync()
  await file.close()
  renameSync(copy, join(folder, "data.mdb"))
  rmSync(beside, { recursive: true, force: true })
  const after = await storeInfo(home)
  return after && { before, after }
}

async function withJournal<A>(home: string, use: (environment: Environment) => Promise<A>): Promise<A | undefined> {
  const folder = join(home, "journal")
  const environment = await openEnvironment({ folder, mapSizeGiB: MAP_SIZE_GIB, create: false })
  if (environment === undefined) return undefined
  try {
    environment.refresh()
    return await use(environment)
  } finally {
    await environment.close()
  }
}

function infoOf(environment: Environment): StoreInfo {
  const { path } = environment
  const fileBytes = statSync(join(path, "data.mdb")).size
  const usedBytes = Math.min(fileBytes, environment.usedBytes())
  const runs = readNames(environment).length
  return { path, format: JOURNAL_FORMAT, runs, fileBytes, usedBytes, freeBytes: fileBytes - usedBytes }
}

function problemsOf(environment: Environment): readonly StoreProblem[] {
  const { headers, runs, msgpack } = environment
  const problems: StoreProblem[] = []
  const names = new Map<number, string>()
  for (const name of readNames(environment)) {
    try {
      const parts = readParts(environment, name)
      if (parts !== undefined) names.set(parts.record.number, name)
    } catch (error) {
      problems.push({ run: name, position: undefined, problem: `its record cannot be read: ${reasonOf(error)}` })
    }
  }
  // Their deletion was cut short; the next one takes what is left of them.
  const trash = new Set([...runs.getKeys(TRASH_RANGE())].map((key) => (key as [number, string, number])[2]))
  for (const { key, value } of headers.getRange({})) {
    const [runNumber, position] = key as [number, number]
    const run = names.get(runNumber)
    const at = (problem: string) => problems.push({ run: run ?? `number ${runNumber}`, position, problem })
    if (run === undefined) {
      if (!trash.has(runNumber)) at("a chunk of no run")
      continue
    }
    let decoded: DecodedHeader
    try {
      decoded = decodeHeader(value, msgpack)
    } catch (error) {
      at(`its header cannot be read: ${reasonOf(error)}`)
      continue
    }
    const problem = problemOf(environment, decoded, runNumber, position)
    if (problem !== undefined) at(problem)
  }
  return problems
}

function problemOf(
  { sections, msgpack }: Environment,
  decoded: DecodedHeader,
  runNumber: number,
  position: number
): string | undefined {
  const chunk = decodeChunk(decoded, (kind) => sections.get([runNumber, position, kind]))
  if (chunk === undefined) return "a section is gone, or shorter than its header says"
  const lines = decoded.header.positions.length
  if (decoded.header.positions[0] !== position) return "its header is that of another chunk"
  try {
    const records = msgpack.unpack(chunk.records) as readonly unknown[]
    return records.length === lines ? undefined : `it has ${lines} lines and ${records.length} records`
  } catch (error) {
    return `its records cannot be read: ${reasonOf(error)}`
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
