// Inputs → what a prompty sends: chat messages, or the text of a completion.

import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { escapeRoles, type RoleTokens, tokensFor } from "../prompt/chat/escape-roles.ts"
import { mistakeText } from "../prompt/chat/mistake-text.ts"
import { type ChatMessage, type ChatMistake, parseChat } from "../prompt/chat/parse-chat.ts"
import { imagesByText } from "../prompt/image-object.ts"
import { JinjaError } from "../prompt/jinja/index.ts"
import { restored } from "../prompt/llm/calls.ts"
import { answerFailure, coreFailure } from "./failures.ts"
import { type Json, type Prompty, sampleInputs, templateFailure } from "./load-prompty.ts"

/**
 * The prompty's own inputs, in its order: given, or defaults. Without any given, those of the sample.
 *
 * @throws {ToolFailure} `MissingRequiredInputError`, naming all that are missing
 */
export function resolveInputs({ inputs, sample, env }: Prompty, given: Json): Json {
  const values = Object.keys(given).length === 0 && sample ? sampleInputs(sample, env) : given
  const resolved: Record<string, unknown> = {}
  const missing: string[] = []
  for (const [name, { hasDefault, default: value }] of inputs) {
    if (Object.hasOwn(values, name)) resolved[name] = values[name]
    else if (hasDefault) resolved[name] = value ?? null
    else missing.push(name)
  }
  if (missing.length === 0) return resolved
  throw coreFailure(
    "MissingRequiredInputError",
    `Missing required inputs: [${missing.map((name) => `'${name}'`).join(", ")}]`
  )
}

/** @throws {ToolFailure} for a template that cannot be rendered, or whose text is no chat */
export function renderPrompty(prompty: Prompty, inputs: Json): string | ChatMessage[] {
  const images = new Map(imagesByText(inputs))
  const variables = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, withImage(value, prompty.folder, images)])
  )
  if (prompty.api === "completion") return render(prompty, variables)
  const values = Object.values(variables)
  const tokens = tokensFor(values, NOTHING_INSIDE)
  const escaped = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, escapeRoles(value, tokens, NOTHING_INSIDE)])
  )
  const messages = parseChat(render(prompty, escaped), {
    images,
    endsWithToolCalls: true,
    mistake: (mistake) => mistakeOf(mistake, tokens)
  })
  return tokens.size === 0 ? messages : messages.map((message) => restored(message, tokens))
}

/** Texts in lists and dicts are not looked into, as in promptflow. */
const NOTHING_INSIDE = { lists: false, dicts: false }

function render({ template, file, templateLine }: Prompty, variables: Json): string {
  try {
    return template.render(variables)
  } catch (error) {
    throw error instanceof JinjaError ? templateFailure(error, file, templateLine) : error
  }
}

const IMAGE = /^data:image\/(.*);(path|base64|url):\s*(.*)$/s

/** A text that names an image becomes the word that stands for it in the prompt; `images` says what it is. */
function withImage(value: unknown, folder: string, images: Map<string, string>): unknown {
  const [, type, how, source = ""] = (typeof value === "string" && IMAGE.exec(value)) || []
  if (type === undefined) return value
  const url =
    how === "url" ? source : `data:image/${type};base64,${how === "base64" ? source : fileAsBase64(source, folder)}`
  const word = `Image(${createHash("sha1")
    .update(how === "url" ? url : Buffer.from(url.split(",")[1]!, "base64"))
    .digest("hex")
    .slice(0, 8)})`
  images.set(word, url)
  return word
}

function fileAsBase64(source: string, folder: string): string {
  const path = isAbsolute(source) ? source : join(folder, source)
  try {
    return readFileSync(path).toString("base64")
  } catch {
    throw answerFailure("FileNotFoundError", `[Errno 2] No such file or directory: '${path}'`)
  }
}

const mistakeOf = (mistake: ChatMistake, tokens: RoleTokens) =>
  coreFailure(MISTAKE_CLASS[mistake.kind], mistakeText(mistake, tokens))

const MISTAKE_CLASS: Readonly<Record<ChatMistake["kind"], string>> = {
  role: "ChatAPIInvalidRoleError",
  function: "ChatAPIFunctionRoleInvalidFormat",
  tool: "ChatAPIToolRoleInvalidFormat"
}
