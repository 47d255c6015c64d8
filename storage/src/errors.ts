// Errors that only the journal knows. What a run store may fail with at large is in `@throughline/core/errors`.

/** The journal was made by a later version. Nothing in it was touched. */
export class JournalTooNew extends Error {
  readonly _tag = "JournalTooNew"
  readonly blame = "user"
  readonly path: string
  readonly format: number
  readonly newestKnown: number

  constructor({ path, format, newestKnown }: { path: string; format: number; newestKnown: number }) {
    super(
      `the journal in ${path} has format ${format}, but this version knows formats up to ${newestKnown}: ` +
        "use the version of Throughline that wrote it, or a later one"
    )
    this.name = "JournalTooNew"
    this.path = path
    this.format = format
    this.newestKnown = newestKnown
  }
}

/** What LMDB says of a file whose pages are not what they should be; any other error is itself. */
export function orDamaged(error: unknown, file: string): unknown {
  const { message } = error as Error
  return /^MDB_(?:CORRUPTED|INVALID|PAGE_NOTFOUND|PANIC)/.test(message)
    ? new JournalDamaged({ file, reason: message })
    : error
}

/** The journal's file is not whole. It is left as it is. */
export class JournalDamaged extends Error {
  readonly _tag = "JournalDamaged"
  readonly blame = "user"
  readonly file: string

  constructor({ file, reason }: { file: string; reason: string }) {
    super(
      `the journal ${file} is damaged: ${reason}. Put a copy of it in its place, or move it away: ` +
        "the folders of its runs can be read without it, and new runs begin a new journal"
    )
    this.name = "JournalDamaged"
    this.file = file
  }
}

/** The home is on a file system of the network. */
export class JournalOnNetwork extends Error {
  readonly _tag = "JournalOnNetwork"
  readonly blame = "user"
  readonly path: string
  readonly fileSystem: string

  constructor({ path, fileSystem }: { path: string; fileSystem: string }) {
    super(
      `${path} is on ${fileSystem}, a file system of the network: a journal there would be damaged sooner or later. ` +
        "Choose a home on a disk of this machine (THROUGHLINE_HOME)"
    )
    this.name = "JournalOnNetwork"
    this.path = path
    this.fileSystem = fileSystem
  }
}

/** Somebody else has the journal open, and would go on with a file that is gone. */
export class StoreInUse extends Error {
  readonly _tag = "StoreInUse"
  readonly blame = "user"
  readonly path: string
  readonly pids: readonly number[]

  constructor({ path, pids }: { path: string; pids: readonly number[] }) {
    const who = pids.length === 0 ? "another store of this process" : `process ${pids.join(", ")}`
    super(`the journal in ${path} is open in ${who}: it can be compacted when nobody else has it open`)
    this.name = "StoreInUse"
    this.path = path
    this.pids = pids
  }
}
