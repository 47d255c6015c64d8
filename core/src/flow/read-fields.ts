// Reads fields of a yaml map, one kind of value each, with messages that say what was found and what is accepted.

import type { SourcePlace } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { pythonStr } from "./python-text.ts"
import { describeValue, type YamlEntry, type YamlList, type YamlMap, type YamlValue } from "./yaml-value.ts"

export const DEFINITION_ERROR = "FlowDefinitionError"

export function fieldOf(map: YamlMap, name: string): YamlValue | undefined {
  return map.entries.get(name)?.value
}

/** `undefined` for an absent field and for `null`, which mean the same almost everywhere. */
export function presentField(map: YamlMap, name: string): YamlValue | undefined {
  const value = fieldOf(map, name)
  return value === undefined || isNull(value) ? undefined : value
}

export const isNull = (value: YamlValue): boolean => value.kind === "scalar" && value.type === "null"

/** @param what names the value in messages: `inputs.question.type` */
export function asText(value: YamlValue, what: string, issues: IssueList): string | undefined {
  if (value.kind === "scalar" && value.type === "text") return String(value.value)
  issues.add(
    DEFINITION_ERROR,
    `${what} has to be a text, but is ${describeValue(value)}`,
    value.place,
    quoteHint(value)
  )
  return undefined
}

function quoteHint(value: YamlValue): string | undefined {
  if (value.kind === "scalar") return value.type === "null" ? undefined : "quote it to make it a text"
  const first = value.kind === "list" ? value.items[0] : undefined
  if (first?.kind !== "scalar" || first.type !== "text") return undefined
  return `unquoted, [${first.value}] is a list in yaml; put the value in its place, or quote it`
}

export function asMap(value: YamlValue, what: string, issues: IssueList): YamlMap | undefined {
  if (value.kind === "map") return value
  issues.add(DEFINITION_ERROR, `${what} has to be a map, but is ${describeValue(value)}`, value.place)
  return undefined
}

/** The entries of a field that is a map of maps, such as `inputs`. Absent and `null` count as empty. */
export function mapEntries(map: YamlMap, name: string, issues: IssueList): readonly YamlEntry[] {
  const value = presentField(map, name)
  if (value === undefined) return []
  return [...(asMap(value, name, issues)?.entries.values() ?? [])]
}

export function asList(value: YamlValue, what: string, issues: IssueList): YamlList | undefined {
  if (value.kind === "list") return value
  issues.add(DEFINITION_ERROR, `${what} has to be a list, but is ${describeValue(value)}`, value.place)
  return undefined
}

/**
 * A yes-or-no field. promptflow takes whatever Python calls true, so the text `no` is true; that is kept, with a warning.
 *
 * @returns `undefined` when the field is absent or `null`
 */
export function readFlag(map: YamlMap, name: string, what: string, issues: IssueList): boolean | undefined {
  const value = presentField(map, name)
  if (value === undefined) return undefined
  if (value.kind === "scalar" && typeof value.value === "boolean") return value.value
  const isTrue = isTruthy(value)
  const message = `${what} has to be true or false; ${describeValue(value)} counts as ${isTrue}`
  issues.warn(DEFINITION_ERROR, message, value.place, "write true or false")
  return isTrue
}

function isTruthy(value: YamlValue): boolean {
  if (value.kind === "list") return value.items.length > 0
  if (value.kind === "map") return value.entries.size > 0
  return Number.isNaN(value.value) || Boolean(value.value)
}

/** Free text that nothing depends on: other scalars are taken as their text, lists and maps as no text. */
export function readNote(map: YamlMap, name: string): string {
  const value = presentField(map, name)
  if (value?.kind !== "scalar") return ""
  return value.type === "text" ? String(value.value) : pythonStr(value)
}

/** @param owner names the map in messages: `the flow`, `node 'fetch'` */
export function warnUnknownFields(map: YamlMap, known: readonly string[], owner: string, issues: IssueList): void {
  for (const { key, keyPlace } of map.entries.values()) {
    if (known.includes(key)) continue
    issues.warn(
      "UnknownField",
      `${owner} has an unknown field '${key}', which is ignored`,
      keyPlace,
      didYouMean(key, known)
    )
  }
}

/** Reads a type of promptflow's; `undefined`, with an issue, for anything else. */
export function readValueType(
  map: YamlMap,
  what: string,
  place: SourcePlace,
  issues: IssueList
): (typeof VALUE_TYPES)[number] | undefined {
  const accepted = `the types are ${VALUE_TYPES.join(", ")}`
  const value = presentField(map, "type")
  if (value === undefined) {
    issues.add(DEFINITION_ERROR, `${what} has no type`, place, accepted)
    return undefined
  }
  const text = asText(value, `the type of ${what}`, issues)
  if (text === undefined) return undefined
  const type = VALUE_TYPES.find((known) => known === text)
  if (type !== undefined) return type
  const meant = FOREIGN_TYPES.get(text.toLowerCase())
  const hint = meant === undefined ? didYouMean(text, VALUE_TYPES) : `did you mean '${meant}'?`
  const message = `${what} has the type '${text}', which does not exist`
  issues.add(DEFINITION_ERROR, message, value.place, hint === undefined ? accepted : `${hint} ${accepted}`)
  return undefined
}

const VALUE_TYPES = [
  "int",
  "double",
  "bool",
  "string",
  "list",
  "object",
  "secret",
  "prompt_template",
  "file_path",
  "image",
  "assistant_definition"
] as const

const FOREIGN_TYPES: ReadonlyMap<string, (typeof VALUE_TYPES)[number]> = new Map([
  ["float", "double"],
  ["number", "double"],
  ["integer", "int"],
  ["boolean", "bool"],
  ["str", "string"],
  ["text", "string"],
  ["array", "list"],
  ["dict", "object"],
  ["map", "object"],
  ["json", "object"]
])
