// Images as a template sees them: objects whose text is short and stands for the image in a rendered prompt.

import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { type ImageSource, imageOf, replaced } from "@throughline/core/data/thread"
import { PyObject } from "./jinja/index.ts"

export class ImageObject extends PyObject {
  readonly typeName = "Image"
  /** What a model is sent: the image's own URL, or its bytes as a data URL. */
  readonly url: string
  readonly #text: string

  constructor({ how, source, mime }: ImageSource) {
    super()
    const bytes = how === "path" ? readFileSync(source) : Buffer.from(source, how === "base64" ? "base64" : "utf8")
    this.url = how === "url" ? source : `data:${mime};base64,${bytes.toString("base64")}`
    this.#text = `Image(${createHash("sha1").update(bytes).digest("hex").slice(0, 8)})`
  }

  repr(): string {
    return this.#text
  }
}

/** The value with every image in it as an object; the value itself where there is none. */
export function withImageObjects(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value
  return replaced(value, (each) => {
    const image = imageOf(each)
    return image === undefined ? undefined : new ImageObject(image)
  })
}

/** The images in these values by the text that stands for them in a prompt. */
export function imagesByText(value: unknown, found = new Map<string, string>()): ReadonlyMap<string, string> {
  if (value instanceof ImageObject) found.set(value.repr(), value.url)
  else if (value !== null && typeof value === "object" && !(value instanceof PyObject)) {
    for (const member of Object.values(value)) imagesByText(member, found)
  }
  return found
}
