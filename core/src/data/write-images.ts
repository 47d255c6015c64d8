// Images of results: written as files beside `output.jsonl`, which then refers to them. Loads in a thread.
//
// W1. A file is named by its bytes: the same image is written once, and a run that is repeated writes the same text.
// W2. A file is whole or not there.

import { createHash, randomUUID } from "node:crypto"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { MessageFormat } from "../contracts/flow-plan.ts"
import { ForeignValue, parseExactJson } from "../contracts/value.ts"
import { type ImageSource, imageOf, imageValue, mayHoldImage, replaced } from "./images.ts"
import { makeFolder } from "./make-folder.ts"

export interface ImageFolder {
  readonly folder: string
  /** What a reference has before the file's name: an absolute folder, or nothing. */
  readonly prefix: string
  readonly format: MessageFormat
}

/**
 * A value with a reference in the place of every image, whose bytes are then in the folder. One that is known by its URL
 * keeps that.
 */
export function writeImages(value: unknown, folder: ImageFolder): unknown {
  if (value instanceof ForeignValue) {
    if (!mayHoldImage(value.text)) return value
    const parsed = parseExactJson(value.text)
    const made = writeImages(parsed, folder)
    return made === parsed ? value : made
  }
  return replaced(value, (each) => {
    const image = imageOf(each)
    return image === undefined ? undefined : written(image, folder)
  })
}

function written(image: ImageSource, { folder, prefix, format }: ImageFolder): unknown {
  const { mime, how, source } = image
  if (how === "url") {
    return format === "basic" ? imageValue(image) : { type: "image_url", image_url: { url: source } }
  }
  let bytes: Buffer
  try {
    bytes = how === "path" ? readFileSync(source) : Buffer.from(source, "base64")
  } catch {
    // The reference is all that is left of it.
    return undefined
  }
  const kind = mime.slice(mime.indexOf("/") + 1)
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 32)
  const name = kind === "*" || !/^[\w.+-]+$/.test(kind) ? digest : `${digest}.${kind}`
  writeOnce(path.join(folder, name), bytes)
  const reference = prefix === "" ? name : path.posix.join(prefix, name)
  return format === "basic"
    ? imageValue({ mime, how: "path", source: reference })
    : { type: "image_file", image_file: { path: reference } }
}

function writeOnce(file: string, bytes: Buffer): void {
  if (existsSync(file)) return
  makeFolder(path.dirname(file))
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, bytes)
  renameSync(draft, file)
}
