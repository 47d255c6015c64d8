// A rendered prompt → chat messages: lines such as `user:` begin a message; inside of one, `name:`, `tool_calls:` and
// `tool_call_id:` blocks are fields of it. Who calls says what a mistake is called.

import { SPACE, trimEnd, trimStart } from "../jinja/text.ts"
import { parsePythonLiteral } from "./python-literal.ts"

export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string; readonly detail: string } }

export interface ChatMessage {
  role: string
  name?: string
  tool_call_id?: string
  tool_calls?: unknown
  content?: string | ContentPart[]
}

export type ChatMistake =
  | { readonly kind: "role"; readonly role: string }
  | { readonly kind: "function" }
  | { readonly kind: "tool" }

export interface ChatRules {
  /** The text that stands for an image in the prompt, alone on its line → its URL. */
  readonly images?: ReadonlyMap<string, string>
  readonly detail?: string
  /** `tool_calls` may be followed by nothing but space: prompty's rule. */
  readonly endsWithToolCalls?: boolean
  /** What to throw. */
  readonly mistake: (mistake: ChatMistake) => Error
}

export const ROLES = ["system", "user", "assistant", "function", "tool"]

/** A line that begins a message, as text of a pattern. Its group is the role. */
const ROLE_LINE = `(?:^|(?<=\\n))${SPACE}*#?${SPACE}*(${ROLES.join("|")})${SPACE}*:${SPACE}*\\n`
const SEPARATOR = new RegExp(ROLE_LINE, "i")

const block = (word: string): string => `\\n*#{0,2}${SPACE}*${word}${SPACE}*:${SPACE}*\\n`
const WORD_AND_CONTENT = (word: string) =>
  new RegExp(
    `${block(word)}+${SPACE}*([^${SPACE.slice(1, -1)}]+)${SPACE}*\\n*#{0,2}${SPACE}*content${SPACE}*:${SPACE}*\\n?([^]*)`
  )
const NAME = WORD_AND_CONTENT("name")
const TOOL_CALL_ID = WORD_AND_CONTENT("tool_call_id")
const TOOL_CALLS = new RegExp(`${block("tool_calls")}+${SPACE}*(\\[[^]*?\\])`)
const LAST_TOOL_CALLS = new RegExp(`${block("tool_calls")}+${SPACE}*(\\[[^]*?\\])${SPACE}*$`)

/** The roles that lines of a text would begin messages with, as they are spelled there. */
export const rolesIn = (text: string): string[] =>
  [...text.matchAll(new RegExp(ROLE_LINE, "gi"))].map((match) => match[1]!)

/** @throws what `rules.mistake` makes of a mistake */
export function parseChat(text: string, rules: ChatRules): ChatMessage[] {
  const messages: ChatMessage[] = []
  for (const chunk of text.split(SEPARATOR)) {
    const last = messages.at(-1)
    if (last === undefined || !takes(last, chunk, rules)) {
      const role = strip(chunk).toLowerCase()
      if (role === "") continue
      if (!ROLES.includes(role)) throw rules.mistake({ kind: "role", role })
      messages.push({ role })
    }
  }
  return messages
}

/** Gives the chunk to the message it belongs to; false when it is the role of the next one. */
function takes(last: ChatMessage, chunk: string, rules: ChatRules): boolean {
  if (last.role === "tool" && last.content === undefined) {
    const [, id, content] = TOOL_CALL_ID.exec(chunk) ?? []
    if (id === undefined) throw rules.mistake({ kind: "tool" })
    last.tool_call_id = id
    last.content = contentOf(content!, rules)
    return true
  }
  if (last.role === "assistant") {
    const [, list] = (rules.endsWithToolCalls === true ? LAST_TOOL_CALLS : TOOL_CALLS).exec(chunk) ?? []
    const calls = list === undefined ? undefined : parsePythonLiteral(list)
    if (calls !== undefined) {
      last.tool_calls = calls
      return true
    }
  }
  if (last.content !== undefined || last.tool_calls !== undefined) return false
  const [, name, content] = NAME.exec(chunk) ?? []
  if (name === undefined && last.role === "function") throw rules.mistake({ kind: "function" })
  if (name !== undefined) last.name = name
  last.content = contentOf(content ?? chunk, rules)
  return true
}

/** A text, or its parts where a line of it stands for an image. */
function contentOf(text: string, { images, detail = "auto" }: ChatRules): string | ContentPart[] {
  const stripped = strip(text)
  if (images === undefined || images.size === 0) return stripped
  let hasImage = false
  const parts: ContentPart[] = []
  for (const line of stripped.split("\n")) {
    const word = strip(line)
    const url = images.get(word)
    if (url !== undefined) {
      hasImage = true
      parts.push({ type: "image_url", image_url: { url, detail } })
    } else if (word !== "") parts.push({ type: "text", text: line })
  }
  return hasImage ? parts : stripped
}

const strip = (text: string): string => trimEnd(trimStart(text))
