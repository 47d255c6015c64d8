// The connections of a home: one file each, with its secrets sealed.
//
// Y1. A connection is replaced as a whole or not at all; different ones never get into each other's way.
// Y2. What is not a secret is read without the key: lists and `show` need none.

import { randomUUID } from "node:crypto"
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Connection, ConnectionType } from "@throughline/core/contracts"
import { makeFolder } from "@throughline/core/data"
import { findKey, type SecretKey, SecretUnreadable, seal, unseal } from "./secret-box.ts"

export interface ConnectionStoreOptions {
  /** Text of the key. Default: `THROUGHLINE_KEY`, else the key file. */
  readonly key?: string
  /** Default: `THROUGHLINE_KEY_FILE`, else `connections.key` in the home. */
  readonly keyFile?: string
}

/** A connection as it is stored, without its secrets' values. */
export interface ConnectionHead {
  readonly name: string
  readonly type: ConnectionType
  readonly configs: Readonly<Record<string, string>>
  readonly secretKeys: readonly string[]
  /** ISO 8601, in UTC. */
  readonly createdOn: string
  readonly modifiedOn: string
}

interface StoredConnection extends Omit<ConnectionHead, "secretKeys"> {
  readonly version: 1
  readonly secrets: Readonly<Record<string, string>>
}

export class ConnectionStore {
  readonly #folder: string
  readonly #keyText: string | undefined
  readonly #keyFile: string

  constructor(home: string, options: ConnectionStoreOptions = {}) {
    this.#folder = join(home, "connections")
    this.#keyText = options.key ?? process.env.THROUGHLINE_KEY
    const { THROUGHLINE_KEY_FILE: fromEnvironment = "" } = process.env
    this.#keyFile = options.keyFile ?? (fromEnvironment === "" ? join(home, "connections.key") : fromEnvironment)
  }

  /** Stores the connection in the place of one that has its name. */
  async put({ name, type, configs, secrets }: Connection): Promise<ConnectionHead> {
    const before = await this.#read(name)
    const now = new Date().toISOString()
    const key = Object.keys(secrets).length === 0 ? undefined : this.#key()
    const stored: StoredConnection = {
      version: 1,
      name,
      type,
      configs,
      secrets: Object.fromEntries(
        Object.entries(secrets).map(([field, secret]) => [field, seal(secret, key!, placeOf(name, field))])
      ),
      createdOn: before?.createdOn ?? now,
      modifiedOn: now
    }
    makeFolder(this.#folder)
    const file = this.#fileOf(name)
    const next = `${file}.${randomUUID()}`
    await writeFile(next, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 })
    await rename(next, file)
    return headOf(stored)
  }

  /** @throws {SecretUnreadable} where the key is not the one that its secrets were sealed with */
  async get(name: string): Promise<Connection | undefined> {
    const stored = await this.#read(name)
    if (stored === undefined) return undefined
    const { type, configs, secrets } = stored
    const fields = Object.entries(secrets)
    const key = fields.length === 0 ? undefined : this.#key()
    const opened = fields.map(([field, sealed]) => [field, unseal(sealed, key!, placeOf(name, field))] as const)
    return { name, type, configs, secrets: Object.fromEntries(opened) }
  }

  async head(name: string): Promise<ConnectionHead | undefined> {
    const stored = await this.#read(name)
    return stored === undefined ? undefined : headOf(stored)
  }

  /** Oldest first. */
  async list(): Promise<readonly ConnectionHead[]> {
    const heads: ConnectionHead[] = []
    for (const name of await this.names()) {
      const stored = await this.#read(name)
      if (stored !== undefined) heads.push(headOf(stored))
    }
    return heads.sort((a, b) => (a.createdOn < b.createdOn ? -1 : a.createdOn > b.createdOn ? 1 : 0))
  }

  async names(): Promise<readonly string[]> {
    try {
      const files = await readdir(this.#folder)
      return files.filter((file) => file.endsWith(".json")).map((file) => decodeURIComponent(file.slice(0, -5)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
      throw error
    }
  }

  /** Does nothing when there is none of that name. */
  async delete(name: string): Promise<void> {
    await rm(this.#fileOf(name), { force: true })
  }

  #key(): SecretKey {
    return findKey(this.#keyText, this.#keyFile)
  }

  async #read(name: string): Promise<StoredConnection | undefined> {
    const file = this.#fileOf(name)
    let text: string
    try {
      text = await readFile(file, "utf8")
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw error
    }
    try {
      return JSON.parse(text) as StoredConnection
    } catch {
      throw new SecretUnreadable(`${file} is damaged: delete it and store the connection again`)
    }
  }

  #fileOf(name: string): string {
    return join(this.#folder, `${fileNameOf(name)}.json`)
  }
}

/** Whatever the name, its file is one of the folder, and no other's where the file system ignores case. */
const fileNameOf = (name: string): string =>
  Array.from(Buffer.from(name), (byte) => {
    const char = String.fromCharCode(byte)
    return /[a-z0-9_-]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`
  }).join("")

const placeOf = (name: string, field: string): string => `'${field}' of connection '${name}'`

const headOf = ({ name, type, configs, secrets, createdOn, modifiedOn }: StoredConnection): ConnectionHead => ({
  name,
  type,
  configs,
  secretKeys: Object.keys(secrets),
  createdOn,
  modifiedOn
})
