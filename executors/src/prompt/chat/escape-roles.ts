// Keeps what users typed from opening messages of its own: role words in their texts are replaced by tokens before the
// prompt is rendered, and come back in the messages that were parsed from it.
//
// R1. Whatever the texts, `restore` of what was rendered with `escape` holds them unchanged.

import { randomInt } from "node:crypto"
import { rolesIn } from "./parse-chat.ts"

/** Token → the word that it stands for. */
export type RoleTokens = ReadonlyMap<string, string>

/** A text that a prompt node rendered, beside the same with tokens in it. */
export interface EscapedText {
  readonly text: string
  readonly tokens: RoleTokens
}

/** What is looked into beside texts. */
export interface Reach {
  readonly lists: boolean
  readonly dicts: boolean
}

/** Tokens for the role words of these values, over those there are. */
export function tokensFor(values: Iterable<unknown>, reach: Reach, known: RoleTokens = new Map()): RoleTokens {
  const tokens = new Map(known)
  const seen = new Set(known.values())
  for (const value of values) {
    for (const text of textsIn(value, reach)) {
      for (const role of rolesIn(text)) {
        if (seen.has(role)) continue
        seen.add(role)
        tokens.set(newToken(), role)
      }
    }
  }
  return tokens
}

/** Digits only: filters such as `upper` leave them as they are. As long as promptflow's, which a template may count. */
const newToken = (): string => Array.from({ length: 3 }, () => String(randomInt(10 ** 11, 10 ** 12))).join("")

/** The value with tokens in the place of role words; shared where there is nothing to replace. */
export function escapeRoles(value: unknown, tokens: RoleTokens, reach: Reach): unknown {
  if (tokens.size === 0) return value
  if (typeof value === "string") return replaceAll(value, tokens, (token, role) => [role, token])
  if (Array.isArray(value)) return reach.lists ? value.map((item) => escapeRoles(item, tokens, reach)) : value
  if (!reach.dicts || value === null || typeof value !== "object") return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escapeRoles(member, tokens, reach)]))
}

/** The text with the role words back in their places. */
export const restoreRoles = (text: string, tokens: RoleTokens): string =>
  replaceAll(text, tokens, (token, role) => [token, role])

function replaceAll(
  text: string,
  tokens: RoleTokens,
  order: (token: string, role: string) => readonly [from: string, to: string]
): string {
  let replaced = text
  for (const [token, role] of tokens) replaced = replaced.replaceAll(...order(token, role))
  return replaced
}

function* textsIn(value: unknown, reach: Reach): Generator<string> {
  if (typeof value === "string") yield value
  else if (Array.isArray(value)) {
    if (reach.lists) for (const item of value) yield* textsIn(item, reach)
  } else if (reach.dicts && value !== null && typeof value === "object") {
    for (const member of Object.values(value)) yield* textsIn(member, reach)
  }
}
