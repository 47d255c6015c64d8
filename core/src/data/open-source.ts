// One data source → a feed of its rows: by what it is, and a file by its ending.

import { readdirSync, type Stats, statSync } from "node:fs"
import { basename, extname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { InvalidData, NotSupportedYet } from "../contracts/errors.ts"
import type { DataSource } from "../contracts/run.ts"
import { asPandas } from "./pandas-rows.ts"
import { parseRow } from "./parse-row.ts"
import { readCsv } from "./read-csv.ts"
import { readJson } from "./read-json.ts"
import { readJsonl } from "./read-jsonl.ts"
import { readIterable, readObjects } from "./read-objects.ts"
import { concatFeeds, type RowFeed, withFirstChunk } from "./row-feed.ts"
import { rowText } from "./row-text.ts"

export interface SourceOptions {
  readonly baseDir: string
  readonly maxRowBytes: number
  /** Rows of JSON and JSONL files are to be what promptflow's loader makes of them. */
  readonly isPandas?: boolean
  readonly onWarning: (message: string) => void
}

/**
 * @throws {InvalidData} for a path that is not there, and for what is neither a path nor yields rows
 */
export async function openSource(name: string, source: DataSource, options: SourceOptions): Promise<RowFeed> {
  if (Array.isArray(source)) return readObjects(source)
  if (typeof source === "string" || source instanceof URL) return openPath(name, source, options)
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return readIterable(source as Iterable<unknown>)
  }
  throw new InvalidData({
    reason: `the data source '${name}' is ${source === null ? "null" : `a ${typeof source}`}, not a path, a list of rows or an iterable`,
    place: undefined,
    code: "InvalidUserData"
  })
}

async function openPath(name: string, source: string | URL, options: SourceOptions): Promise<RowFeed> {
  const path = pathOf(name, source, options.baseDir)
  const stats = statOf(path)
  if (stats === undefined) {
    throw new InvalidData({
      reason: `the data source '${name}' is not there: ${path}`,
      place: undefined,
      code: "InvalidUserData",
      ...(path === source ? {} : { hint: `Relative paths start at ${options.baseDir}.` })
    })
  }
  if (!stats.isDirectory()) return openOneFile(name, { path, label: basename(path) }, options)
  const feeds: RowFeed[] = []
  try {
    for (const file of filesBelow(path)) {
      const feed = await openFolderFile({ path: file, label: relative(path, file) }, options)
      if (feed !== undefined) feeds.push(feed)
    }
    return concatFeeds(feeds)
  } catch (error) {
    await concatFeeds(feeds).close()
    throw error
  }
}

function pathOf(name: string, source: string | URL, baseDir: string): string {
  if (typeof source === "string") return resolve(baseDir, source)
  if (source.protocol === "file:") return fileURLToPath(source)
  throw new InvalidData({
    reason: `the data source '${name}' is at ${source.href}, but only files are read`,
    place: undefined,
    code: "InvalidUserData"
  })
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

/** Files of the folder and of those inside, by path; without hidden ones. Links to folders are not followed. */
function filesBelow(folder: string): readonly string[] {
  const files = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".")) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() || (entry.isSymbolicLink() && statOf(path)?.isFile() === true) ? [path] : []
  })
  return files.sort((a, b) => (a < b ? -1 : 1))
}

interface NamedFile {
  readonly path: string
  readonly label: string
}

function openFile(file: NamedFile, options: SourceOptions): RowFeed {
  switch (endingOf(file)) {
    case ".csv":
      return readCsv({ ...file, delimiter: "," })
    case ".tsv":
      return readCsv({ ...file, delimiter: "\t" })
    case ".json":
      return options.isPandas === true ? asPandas(readJson(file)) : readJson(file)
    case ".parquet":
      throw new NotSupportedYet({ feature: "reading .parquet files", place: file.label })
    default: {
      const feed = readJsonl({ ...file, maxRowBytes: options.maxRowBytes })
      return options.isPandas === true ? asPandas(feed) : feed
    }
  }
}

/** A file of an unknown kind may hold JSONL; one that does not is of a kind that is not read. */
async function openOneFile(name: string, file: NamedFile, options: SourceOptions): Promise<RowFeed> {
  const feed = openFile(file, options)
  if (isKnown(file)) return feed
  try {
    return (await startedAsJsonl(feed)) ?? feed
  } catch {
    await feed.close()
    throw new InvalidData({
      reason: `the data source '${name}' cannot be read: ${file.label} is ${NO_KNOWN_KIND}`,
      place: undefined,
      code: "InvalidUserData",
      hint: "Save it as JSON lines (.jsonl), JSON, CSV or TSV."
    })
  }
}

const NO_KNOWN_KIND = "not .jsonl, .json, .csv or .tsv, and does not read as JSONL"
const isKnown = (file: NamedFile) => [".jsonl", ".csv", ".tsv", ".json"].includes(endingOf(file))

/** The feed, when its first row is JSON; `undefined` when it has none. @throws when it is not */
async function startedAsJsonl(feed: RowFeed): Promise<RowFeed | undefined> {
  const first = await feed.take(1, 1)
  if (first === undefined) return undefined
  parseRow(rowText(first, 0))
  return withFirstChunk(first, feed)
}

const endingOf = (file: NamedFile) => extname(file.path).toLowerCase()

/** In a folder there may be anything: files of an unknown kind are tried as JSONL, and left out if they are not. */
async function openFolderFile(file: NamedFile, options: SourceOptions): Promise<RowFeed | undefined> {
  const feed = openFile(file, options)
  if (isKnown(file)) return feed
  try {
    return await startedAsJsonl(feed)
  } catch {
    await feed.close()
    options.onWarning(`${file.label} was left out of the data: it is ${NO_KNOWN_KIND}`)
    return undefined
  }
}
