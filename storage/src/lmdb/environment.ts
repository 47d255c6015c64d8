// The open LMDB environment of one home, shared by all stores that this process opens there. It knows which databases
// there are and how lmdb fails; what the keys mean is for run-records.ts and chunk-reader.ts.
//
// E1. One environment per folder and process: opening is synchronous, and a second environment would wait for the write
//     lock that the first one holds until this very thread runs its callback.
// E2. A batch is one commit. Event-turn batching is off and every write goes through `batch`, `batchIfExists` or
//     `transaction`: otherwise lmdb makes a promise of its own that nobody can catch when a commit fails.
// E3. Nothing waits for ever after a failed commit: lmdb then never settles `flushed` nor `close`, so we do not wait.
// E4. lmdb syncs after each commit by itself (`overlappingSync`): what is committed is on the disk one sync later, well
//     within the second that is promised. `flushed` waits for it.

import { existsSync, realpathSync, statfsSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { makeFolder } from "@throughline/core/data"
import { WriteFailed } from "@throughline/core/errors"
import type { Database, Key, RootDatabase } from "lmdb"
import { JournalDamaged, JournalOnNetwork, JournalTooNew, orDamaged } from "../errors.ts"
import { checkFileLength, makeUpLength } from "./file-length.ts"
import { loadMsgpack, type Msgpack } from "./msgpack.ts"
import { noteOpen } from "./presence.ts"
import { quietCommits } from "./quiet-commits.ts"
import { refuseNetwork } from "./refuse-network.ts"

/** Raise it when an older version could no longer read what this one writes. */
export const JOURNAL_FORMAT = 1
const FORMAT_KEY = "format"
const GIB = 2 ** 30
/** A failed commit tells its cause a moment later, and now and then never. */
const CAUSE_WAIT_MS = 100
const UNKNOWN = new Error("the commit failed")

type Lmdb = typeof import("lmdb")
type BinaryDatabase = Database<Uint8Array, Key>

export interface EnvironmentOptions {
  /** `<home>/journal`. */
  readonly folder: string
  readonly mapSizeGiB: number
  /** False: a folder without a journal stays as it is, and the result is `undefined`. */
  readonly create: boolean
}

/** The one thing of this module that outlives a call (E1); an entry goes when its last user closes. */
const openByFolder = new Map<string, Environment>()

export async function openEnvironment(options: EnvironmentOptions): Promise<Environment | undefined> {
  const { folder, mapSizeGiB, create } = options
  if (!create && !existsSync(join(folder, "data.mdb"))) return undefined
  try {
    const [lmdb, msgpack] = await Promise.all([import("lmdb"), loadMsgpack()])
    makeFolder(folder)
    const path = realpathSync(folder)
    refuseNetwork(path)
    while (openByFolder.get(path)?.closing !== undefined) await openByFolder.get(path)?.closing
    const environment = openByFolder.get(path) ?? new Environment(path, lmdb, msgpack, mapSizeGiB)
    openByFolder.set(path, environment)
    environment.users++
    return environment
  } catch (thrown) {
    const cause = orDamaged(thrown, join(folder, "data.mdb"))
    if (cause instanceof JournalTooNew || cause instanceof JournalDamaged || cause instanceof JournalOnNetwork)
      throw cause
    throw new WriteFailed({ path: folder, cause })
  }
}

export class Environment {
  readonly path: string
  readonly msgpack: Msgpack
  /** Run records by `[name, …]`, and our own bookkeeping by `[0, …]`. */
  readonly runs: BinaryDatabase
  /** Chunk headers by `[run number, first position]`. */
  readonly headers: BinaryDatabase
  /** The bytes of chunks by `[run number, first position, kind of section]`. */
  readonly sections: BinaryDatabase
  /** Results of nodes whose lines are not done by `[run number, position, first node]`. */
  readonly nodes: BinaryDatabase
  users = 0
  closing: Promise<void> | undefined
  readonly #root: RootDatabase<Uint8Array, Key>
  readonly #ifExists: number
  readonly #forgetOpen: () => void
  #failure: WriteFailed | undefined
  readonly #flushesWaiting = new Set<(failure: WriteFailed) => void>()

  constructor(path: string, lmdb: Lmdb, msgpack: Msgpack, mapSizeGiB: number) {
    this.path = path
    this.msgpack = msgpack
    this.#ifExists = lmdb.IF_EXISTS
    const file = join(path, "data.mdb")
    const { isShort } = existsSync(file) ? checkFileLength(file) : { isShort: false }
    const root = lmdb.open<Uint8Array, Key>({
      path,
      // A folder's name may hold a dot, which lmdb would take for a file's ending.
      noSubdir: false,
      encoding: "binary",
      // Address space only. LMDB grows it when it has to, but then every reader has to map anew.
      mapSize: mapSizeGiB * GIB,
      maxDbs: 8,
      eventTurnBatching: false
    })
    quietCommits(root)
    try {
      if (isShort) root.transactionSync(() => makeUpLength(file))
      const format = root.get(FORMAT_KEY)
      if (format !== undefined && Number(format[0]) > JOURNAL_FORMAT) {
        throw new JournalTooNew({ path, format: Number(format[0]), newestKnown: JOURNAL_FORMAT })
      }
      if (format === undefined) root.putSync(FORMAT_KEY, Uint8Array.of(JOURNAL_FORMAT))
      this.runs = root.openDB<Uint8Array, Key>({ name: "runs", encoding: "binary" })
      this.headers = root.openDB<Uint8Array, Key>({ name: "headers", encoding: "binary" })
      this.sections = root.openDB<Uint8Array, Key>({ name: "sections", encoding: "binary" })
      this.nodes = root.openDB<Uint8Array, Key>({ name: "nodes", encoding: "binary" })
    } catch (error) {
      void root.close()
      throw error
    }
    this.#root = root
    this.#forgetOpen = noteOpen(path)
  }

  /** Reads, and tells a damaged file from a bug. */
  read<A>(work: () => A): A {
    try {
      return work()
    } catch (error) {
      throw orDamaged(error, join(this.path, "data.mdb"))
    }
  }

  /** Lets the reads that follow see what others have committed. */
  refresh(): void {
    this.#root.resetReadTxn()
  }

  /** Commits what `write` puts, if `key` of `runs` exists at that moment. All puts are made in this event turn. */
  batchIfExists(key: Key, write: () => void): Promise<boolean> {
    return this.#commit(() => this.runs.ifVersion(key, this.#ifExists, write))
  }

  async batch(write: () => void): Promise<void> {
    await this.#commit(() => this.#root.batch(write))
  }

  /** Reads and writes with the write lock held. To refuse, throw before the first put. */
  transaction<A>(action: () => A): Promise<A> {
    return this.#commit(() => this.#root.transaction(action))
  }

  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    let stopWaiting: (() => void) | undefined
    await new Promise<void>((resolve, reject) => {
      this.#flushesWaiting.add(reject)
      stopWaiting = () => this.#flushesWaiting.delete(reject)
      this.#root.flushed.then(
        () => resolve(),
        (cause: unknown) => reject(new WriteFailed({ path: this.path, cause }))
      )
    }).finally(() => stopWaiting?.())
  }

  /** Bytes of the pages that hold something. */
  usedBytes(): number {
    const databases = [this.#root, this.runs, this.headers, this.sections, this.nodes]
    const pages = databases.map((database) => pagesOf(database.getStats() as PageStats))
    const root = this.#root.getStats() as PageStats & { readonly free: PageStats }
    const used = pages.reduce((sum, each) => sum + each, META_PAGES + pagesOf(root.free))
    return used * root.pageSize
  }

  /** Into a folder that is there and empty. */
  async copyCompacted(folder: string): Promise<void> {
    await this.#root.backup(folder, true)
  }

  /** Called once by each user; the last one closes. */
  async close(): Promise<void> {
    if (--this.users > 0) return
    this.closing = this.#close().finally(() => openByFolder.delete(this.path))
    await this.closing
  }

  async #close(): Promise<void> {
    const closed = this.#root.close().catch(() => {})
    if (this.#failure === undefined) await closed
    this.#forgetOpen()
  }

  async #commit<A>(write: () => Promise<A>): Promise<A> {
    try {
      const result = await write()
      this.#failure = undefined
      return result
    } catch (error) {
      const { commitError } = error as { readonly commitError?: Promise<unknown> }
      if (commitError === undefined) throw error
      const cause = await Promise.race([commitError.catch((reason: unknown) => reason), sleep(CAUSE_WAIT_MS, UNKNOWN)])
      const failure = new WriteFailed({ path: this.path, cause: withFreeSpace(cause, this.path) })
      this.#failure = failure
      for (const reject of this.#flushesWaiting) reject(failure)
      throw failure
    }
  }
}

/** LMDB says `Input/output error` for a full disk: the free space tells the two apart. */
function withFreeSpace(cause: unknown, path: string): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  try {
    const { bavail, bsize } = statfsSync(path)
    return new Error(`${reason} (${Math.floor((bavail * bsize) / 2 ** 20)} MiB free on its disk)`, { cause })
  } catch {
    return new Error(reason, { cause })
  }
}

/** Two hold what LMDB knows of the file itself. */
const META_PAGES = 2

interface PageStats {
  readonly pageSize: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
}

const pagesOf = ({ treeBranchPageCount, treeLeafPageCount, overflowPages }: PageStats): number =>
  treeBranchPageCount + treeLeafPageCount + overflowPages
