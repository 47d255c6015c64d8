// Images as values of a flow. Wherever one travels it is a map with a single key, promptflow's own form:
// `{"data:image/png;base64": text}`, `;path` (absolute) or `;url`. Loads in a thread.
//
// I1. Data may write images in the form of the flow's `message_format`; inside a flow there is this one form only.
// I2. An image is read when a tool needs its bytes, or when it is written; here a file is only looked at.
// I3. The network is left to the process that runs the tool.

import { closeSync, openSync, readSync } from "node:fs"
import path from "node:path"
import type { MessageFormat } from "../contracts/flow-plan.ts"
import { ForeignValue, parseExactJson, setOwn } from "../contracts/value.ts"
import { lineInputError } from "./line-input-error.ts"
import { pythonJson } from "./python-text.ts"

export interface ImageSource {
  /** `image/png`; `image/*` where nobody knows. */
  readonly mime: string
  readonly how: "path" | "base64" | "url"
  readonly source: string
}

export interface ImageRules {
  /** Where relative paths start: tools run there. */
  readonly folder: string
  readonly format: MessageFormat
}

/** An image in its travelling form; `undefined` for any other value. */
export function imageOf(value: unknown): ImageSource | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined
  const [key, ...others] = Object.keys(value)
  if (key === undefined || others.length > 0) return undefined
  const [, kind, how] = KEY.exec(key) ?? []
  const source = (value as Record<string, unknown>)[key]
  if (how === undefined || typeof source !== "string") return undefined
  return { mime: `image/${kind}`, how: how as ImageSource["how"], source }
}
const KEY = /^data:image\/(.*);(path|base64|url)$/s

export const imageValue = ({ mime, how, source }: ImageSource): Record<string, string> => ({
  [`data:${mime};${how}`]: source
})

/** True for JSON text that may hold an image in its travelling form. */
export const mayHoldImage = (json: string): boolean => json.includes('"data:image/')

/**
 * The value of an input of type `image`: an image in either form, base64 text, a URL, or the path of a file.
 *
 * @throws {LineInputError} `LoadMultimediaDataError`, naming the input
 */
export function loadImage(value: unknown, input: string, rules: ImageRules): unknown {
  return told(input, () => {
    const found = typeof value === "string" ? ofText(value, rules) : ofData(value, rules)
    if (found === undefined) throw new BadImage(`a value of type ${typeOf(value)} is no image: ${FORMS[rules.format]}`)
    return imageValue(found)
  })
}

/**
 * A value with every image in it in the travelling form; the value itself where there is none.
 *
 * @throws {LineInputError} as `loadImage` does
 */
export function loadImages(value: unknown, input: string, rules: ImageRules): unknown {
  if (!(value instanceof ForeignValue)) return told(input, () => replaced(value, (each) => loaded(each, rules)))
  if (!mayHoldImage(value.text) && !(rules.format === "openai-vision" && value.text.includes('"image_'))) return value
  const parsed = parseExactJson(value.text)
  const made = told(input, () => replaced(parsed, (each) => loaded(each, rules)))
  return made === parsed ? value : new ForeignValue(pythonJson(made))
}

/** A value with relative paths of images starting at `folder`: they are meant from where the data is. */
export function absoluteImages(value: unknown, folder: string, format: MessageFormat): unknown {
  if (value instanceof ForeignValue) {
    const parsed = parseExactJson(value.text)
    const made = absoluteImages(parsed, folder, format)
    return made === parsed ? value : new ForeignValue(pythonJson(made))
  }
  return replaced(value, (each) => {
    const image = dataImageOf(each, format)
    if (image?.how !== "path" || path.isAbsolute(image.source)) return undefined
    return imageValue({ ...image, source: path.join(folder, image.source) })
  })
}

/** Puts something in the place of every map that `replace` gives something for; shares what stays as it is. */
export function replaced(value: unknown, replace: (value: object) => unknown): unknown {
  if (value === null || typeof value !== "object" || value instanceof ForeignValue) return value
  if (Array.isArray(value)) {
    let items: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item = replaced(value[i], replace)
      if (Object.is(item, value[i])) continue
      items ??= value.slice()
      items[i] = item
    }
    return items ?? value
  }
  const instead = replace(value)
  if (instead !== undefined) return instead
  const map = value as Record<string, unknown>
  let made: Record<string, unknown> | undefined
  for (const key of Object.keys(map)) {
    const item = replaced(map[key], replace)
    if (Object.is(item, map[key])) continue
    made ??= { ...map }
    setOwn(made, key, item)
  }
  return made ?? value
}

class BadImage extends Error {
  override readonly name: string
  constructor(message: string, name = "InvalidImageInput") {
    super(message)
    this.name = name
  }
}

const FORMS: Readonly<Record<MessageFormat, string>> = {
  basic:
    'an image is a map such as {"data:image/png;path": "cat.png"} (or ;base64, ;url), base64 text, a URL or a path',
  "openai-vision":
    'an image is {"type": "image_url", "image_url": {"url": …}} or {"type": "image_file", "image_file": {"path": …}}'
}

function loaded(value: object, rules: ImageRules): unknown {
  const image = ofData(value, rules)
  return image === undefined ? undefined : imageValue(image)
}

/** An image as data has it, checked and with an absolute path. */
function ofData(value: unknown, { folder, format }: ImageRules): ImageSource | undefined {
  const image = dataImageOf(value, format)
  if (image === undefined) return undefined
  if (image.how === "base64") {
    if (!isBase64(image.source)) throw new BadImage(`Invalid base64 image: ${image.source.slice(0, 40)}.`)
    return { ...image, source: image.source.slice(image.source.indexOf(",") + 1) }
  }
  if (image.how === "url") return image
  return ofFile(image.source, folder, image.mime)
}

/** An image in the form of the data; one that a node or an earlier run made has the travelling form in any flow. */
function dataImageOf(value: unknown, format: MessageFormat): ImageSource | undefined {
  return imageOf(value) ?? (format === "openai-vision" ? visionImageOf(value) : undefined)
}

function visionImageOf(value: unknown): ImageSource | undefined {
  if (value === null || typeof value !== "object" || Object.keys(value).length !== 2) return undefined
  const { type, image_url, image_file } = value as Record<string, unknown>
  const url = type === "image_url" ? (image_url as { url?: unknown } | null)?.url : undefined
  if (typeof url === "string") {
    if (isBase64(url)) return { mime: mimeOfText(url), how: "base64", source: url.slice(url.indexOf(",") + 1) }
    if (URL.canParse(url)) return { mime: ANY, how: "url", source: url }
    throw new BadImage(`Invalid image url: ${url.slice(0, 60)}. Should be a valid url or base64 string.`)
  }
  const file = type === "image_file" ? (image_file as { path?: unknown } | null)?.path : undefined
  return typeof file === "string" ? { mime: ANY, how: "path", source: file } : undefined
}

function ofText(text: string, { folder }: ImageRules): ImageSource {
  if (text === "") throw new BadImage("The image input should not be empty.")
  if (isBase64(text)) return { mime: mimeOfText(text), how: "base64", source: text.slice(text.indexOf(",") + 1) }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)) return { mime: ANY, how: "url", source: text }
  return ofFile(text, folder, ANY)
}

const ANY = "image/*"

/** Base64 text, with or without a data URL's head. As in promptflow, so is a short name made of its characters. */
function isBase64(text: string): boolean {
  const [head = "", body, more] = text.split(",")
  if (more !== undefined) return false
  return body === undefined ? BASE64.test(head) : /^data:image\/.*;base64/.test(head) && BASE64.test(body)
}
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:(?:[A-Za-z0-9+/]{2})*(?:==|[A-Za-z0-9+/]=)?)?$/

function ofFile(file: string, folder: string, mime: string): ImageSource {
  const source = path.resolve(folder, file)
  const head = Buffer.alloc(16)
  let opened: number
  try {
    opened = openSync(source, "r")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== "ENOENT" && code !== "ENOTDIR") throw new BadImage(`${source} cannot be read (${code})`, "OSError")
    throw new BadImage(`[Errno 2] No such file or directory: '${file}'`, "FileNotFoundError")
  }
  try {
    readSync(opened, head, 0, head.length, 0)
  } catch (error) {
    throw new BadImage(`${source} cannot be read (${(error as NodeJS.ErrnoException).code})`, "OSError")
  } finally {
    closeSync(opened)
  }
  return { mime: mime === ANY ? mimeOf(head) : mime, how: "path", source }
}

const mimeOfText = (base64: string): string =>
  mimeOf(Buffer.from(base64.slice(base64.indexOf(",") + 1).slice(0, 24), "base64"))

/** What the first bytes say. */
export function mimeOf(head: Buffer): string {
  const found = MAGIC.find(([magic, at]) => head.subarray(at, at + magic.length).equals(magic))
  return found === undefined ? ANY : found[2]
}

const MAGIC: ReadonlyArray<readonly [Buffer, number, string]> = [
  [Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), 0, "image/png"],
  [Buffer.from("\xff\xd8\xff", "latin1"), 0, "image/jpeg"],
  [Buffer.from("GIF8"), 0, "image/gif"],
  [Buffer.from("BM"), 0, "image/bmp"],
  [Buffer.from("II*\0"), 0, "image/tiff"],
  [Buffer.from("MM\0*"), 0, "image/tiff"],
  [Buffer.from("WEBP"), 8, "image/webp"]
]

function told<A>(input: string, work: () => A): A {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof BadImage)) throw error
    throw lineInputError(
      "LoadMultimediaDataError",
      "Failed to load image for input '{key}': {error_type_and_message}",
      {
        key: input,
        error_type_and_message: `(${error.name}) ${error.message}`
      }
    )
  }
}

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "list" : value instanceof ForeignValue ? "number" : typeof value
