// Secrets at rest: AES-256-GCM under one key of the home. The key comes from `THROUGHLINE_KEY`, else from a key file that is
// made when it is first needed.
//
// X1. A sealed secret opens only under its key and in its place: moved to another field or connection, it does not.
// X2. The key file is readable by its owner only, and never overwritten.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { makeFolder } from "@throughline/core/data"

const PREFIX = "aes256gcm:"
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface SecretKey {
  readonly bytes: Buffer
  /** Where it came from, for messages. */
  readonly source: string
}

/** @param text of `THROUGHLINE_KEY`; `undefined` or empty: the file's, which is made where it is missing */
export function findKey(text: string | undefined, file: string): SecretKey {
  if (text !== undefined && text !== "") {
    return { bytes: createHash("sha256").update(`throughline-key\0${text}`).digest(), source: "THROUGHLINE_KEY" }
  }
  if (!existsSync(file)) writeKey(file)
  const bytes = Buffer.from(readFileSync(file, "utf8").trim(), "base64")
  if (bytes.length !== KEY_BYTES) throw new SecretUnreadable(`the key file ${file} does not hold a key`)
  return { bytes, source: `the key file ${file}` }
}

/** @param place what the secret is for: it opens only there */
export function seal(secret: string, { bytes }: SecretKey, place: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce).setAAD(Buffer.from(place))
  const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()])
  return PREFIX + sealed.toString("base64")
}

/** @throws {SecretUnreadable} where it was sealed under another key, or in another place */
export function unseal(sealed: string, { bytes, source }: SecretKey, place: string): string {
  const all = Buffer.from(sealed.slice(PREFIX.length), "base64")
  try {
    const decipher = createDecipheriv("aes-256-gcm", bytes, all.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(place))
      .setAuthTag(all.subarray(-TAG_BYTES))
    const text = decipher.update(all.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8")
    return text + decipher.final("utf8")
  } catch {
    throw new SecretUnreadable(
      `the secret ${place} cannot be read with ${source}: use the key it was stored with, or store it again`
    )
  }
}

/** A secret, or the key to all of them, cannot be read. */
export class SecretUnreadable extends Error {
  readonly _tag = "SecretUnreadable"
  readonly blame = "user"
  override readonly name = "SecretUnreadable"
}

/** Two processes may make it at once: the first one's key holds for both. */
function writeKey(file: string): void {
  makeFolder(dirname(file))
  const own = `${file}.${process.pid}`
  writeFileSync(own, `${randomBytes(KEY_BYTES).toString("base64")}\n`, { mode: 0o600 })
  chmodSync(own, 0o600)
  try {
    linkSync(own, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  } finally {
    rmSync(own, { force: true })
  }
}
