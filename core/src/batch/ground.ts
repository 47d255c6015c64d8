// What a run stands on: its flow, the files beside it, its data, its mapping, the engine. Digests of all that are kept in
// the manifest, so that a run that is taken up says what has changed since it was begun.
//
// G1. Places in the flow file are no part of it: a comment more changes nothing.
// G2. Code and templates of the flow's folder count, and what the flow includes; not what tools may write there. Modules
//     from elsewhere and installed packages are not looked at.
// G3. A data file up to `WHOLE_BYTES` counts by its content alone. Of a larger one pieces are read, and its time counts.

import { createHash, type Hash } from "node:crypto"
import type { Dirent } from "node:fs"
import { open, readdir, readFile, stat } from "node:fs/promises"
import { isAbsolute, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import type { DataSource, FlowPlan, Ground } from "../contracts/index.ts"

const WHOLE_BYTES = 8 << 20
const PIECES = 64
const PIECE_BYTES = 64 << 10
const CODE = /\.(?:py|pyi|[cm]?[jt]sx?|jinja2?|j2|prompty|wasm|node|so|dll|pyd)$/i
const NOT_THE_FLOWS = /^(?:\.|__pycache__$|node_modules$|venv$)/
/** A folder with more files is not a flow's: those beyond are not looked at. */
const MOST_FILES = 5_000
/** Rows in memory that are looked at. */
const MOST_ROWS = 256

export interface GroundOf {
  readonly plan: FlowPlan
  readonly mapping: Readonly<Record<string, unknown>>
  readonly sources: Readonly<Record<string, DataSource>>
  readonly baseDir: string
  readonly engine: string
}

export async function groundOf({ plan, mapping, sources, baseDir, engine }: GroundOf): Promise<Ground> {
  const data: Record<string, string> = {}
  for (const [source, rows] of Object.entries(sources)) {
    const digest = await dataDigest(rows, baseDir)
    if (digest !== undefined) data[source] = digest
  }
  return {
    engine,
    shape: digestOf(shapeOf(plan)),
    flow: flowDigests(plan),
    mapping: digestOf(mapping),
    files: await fileDigests(plan),
    data
  }
}

/** What changed, in words: `node 'a'`, `flow/tools.py`, `data 'data'` … Empty when nothing did. */
export function changesOf(before: Ground, now: Ground): readonly string[] {
  const differing = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key])
  return [
    ...differing(before.flow, now.flow),
    ...differing(before.files, now.files),
    ...(before.mapping === now.mapping ? [] : ["the column mapping"]),
    ...differing(before.data, now.data).map((source) => `data '${source}'`),
    ...(before.engine === now.engine ? [] : [`the engine (${before.engine}, now ${now.engine})`])
  ]
}

// --- the flow -------------------------------------------------------------------------------------------------------

/** What the lines' records refer to: where it differs, they cannot be read by the other's plan. */
const shapeOf = ({ nodes, outputs }: FlowPlan) => [
  nodes.map(({ name, type, aggregation }) => [name, type, aggregation]),
  outputs.map(({ name }) => name)
]

function flowDigests({ nodes, inputs, outputs, flowFile, workingDir, ...rest }: FlowPlan): Record<string, string> {
  return Object.fromEntries([
    ...nodes.map((node) => [`node '${node.name}'`, digestOf(node)]),
    ["the flow's inputs", digestOf(inputs)],
    ["the flow's outputs", digestOf(outputs)],
    ["the flow's settings", digestOf(rest)]
  ])
}

function digestOf(value: unknown): string {
  const text = JSON.stringify(value, (key, member: unknown) => (PLACES.has(key) ? undefined : member))
  return finished(createHash("sha256").update(text ?? ""))
}

const PLACES: ReadonlySet<string> = new Set(["place", "sourcePlace"])

const finished = (hash: Hash): string => hash.digest("base64url").slice(0, 22)

// --- the files beside it --------------------------------------------------------------------------------------------

async function fileDigests({ workingDir, nodes, includes = [] }: FlowPlan): Promise<Record<string, string>> {
  const paths = new Set(nodes.flatMap(({ path }) => (path === "" ? [] : [resolve(workingDir, path)])))
  for (const folder of [workingDir, ...includes.map(({ from }) => from)]) {
    for await (const path of codeIn(folder)) {
      paths.add(path)
      if (paths.size >= MOST_FILES) break
    }
  }
  const digests: Record<string, string> = {}
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => undefined)
    const name = relative(workingDir, path).split(sep).join("/")
    if (bytes !== undefined) digests[name] = finished(createHash("sha256").update(bytes))
  }
  return digests
}

async function* codeIn(folder: string): AsyncGenerator<string> {
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch {
    // A file of its own, as an include may be; or nothing.
    yield folder
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (NOT_THE_FLOWS.test(entry.name)) continue
    if (entry.isDirectory()) yield* codeIn(path)
    else if (entry.isFile() && CODE.test(entry.name)) yield path
  }
}

// --- the data -------------------------------------------------------------------------------------------------------

/** `undefined` for what can be read only once. */
async function dataDigest(rows: DataSource, baseDir: string): Promise<string | undefined> {
  if (Array.isArray(rows)) return rowsDigest(rows)
  if (typeof rows !== "string" && !(rows instanceof URL)) return undefined
  const text = rows instanceof URL ? fileURLToPath(rows) : rows
  const hash = createHash("sha256")
  await addPath(hash, isAbsolute(text) ? text : resolve(baseDir, text))
  return finished(hash)
}

function rowsDigest(rows: readonly unknown[]): string | undefined {
  const step = Math.max(1, Math.floor(rows.length / MOST_ROWS))
  try {
    return digestOf([rows.length, rows.filter((_, at) => at % step === 0)])
  } catch {
    // Rows that JSON cannot write fail their lines; they are no business of this file.
    return undefined
  }
}

async function addPath(hash: Hash, path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined)
  if (facts?.isDirectory() === true) {
    for (const name of (await readdir(path)).sort()) {
      hash.update(`${name}\n`)
      await addPath(hash, join(path, name))
    }
  } else if (facts !== undefined) await addFile(hash, path, facts.size, facts.mtimeMs)
}

async function addFile(hash: Hash, path: string, sizeBytes: number, changedMs: number): Promise<void> {
  hash.update(`${sizeBytes}\n`)
  const file = await open(path)
  try {
    if (sizeBytes <= WHOLE_BYTES) {
      hash.update(await file.readFile())
      return
    }
    hash.update(`${changedMs}\n`)
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    for (let i = 0; i < PIECES; i++) {
      const at = Math.floor(((sizeBytes - PIECE_BYTES) * i) / (PIECES - 1))
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at)
      hash.update(piece.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
