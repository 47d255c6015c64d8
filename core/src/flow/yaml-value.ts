// The values of a yaml file with their places, and their conversion to plain data. Made by `parse-yaml.ts`; keeps what
// plain JavaScript would lose: whether `1.0` was written as a float, large integers, and dates.

import type { SourcePlace } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import type { ScalarMeaning } from "./yaml-scalar.ts"

export type YamlValue = YamlScalar | YamlList | YamlMap

export interface YamlScalar extends ScalarMeaning {
  readonly kind: "scalar"
  readonly place: SourcePlace
}

export interface YamlList {
  readonly kind: "list"
  readonly place: SourcePlace
  readonly items: readonly YamlValue[]
}

/** Own keys first, then merged ones (`<<`), both in the order written. A key that is no text is its JSON text. */
export interface YamlMap {
  readonly kind: "map"
  readonly place: SourcePlace
  readonly entries: ReadonlyMap<string, YamlEntry>
}

export interface YamlEntry {
  readonly key: string
  readonly keyPlace: SourcePlace
  readonly value: YamlValue
}

/**
 * The value as plain data: what JSON can hold, and the non-finite numbers.
 *
 * promptflow turns unquoted dates into date objects, which only Python has. They are refused here; with
 * `dates: "text"` a date becomes its text, with a warning, and only date-times are refused.
 */
export function toPlain(value: YamlValue, issues: IssueList, options: { readonly dates: "text" | "refuse" }): unknown {
  switch (value.kind) {
    case "list":
      return value.items.map((item) => toPlain(item, issues, options))
    case "map":
      // `fromEntries` defines own properties, `__proto__` included.
      return Object.fromEntries(
        [...value.entries].map(([key, entry]) => [key, toPlain(entry.value, issues, options)] as const)
      )
    case "scalar":
      return scalarToPlain(value, issues, options.dates)
  }
}

function scalarToPlain(scalar: YamlScalar, issues: IssueList, dates: "text" | "refuse"): unknown {
  const { place, type, value } = scalar
  if (typeof value === "bigint") {
    issues.addNotSupportedYet(`the integer ${value}, which is beyond ±${Number.MAX_SAFE_INTEGER},`, place)
    return Number(value)
  }
  if (type === "date" && dates === "text") {
    const message = `the unquoted date ${value} is passed as a text; promptflow makes it a date object`
    issues.warn("UnquotedDate", message, place, `write "${value}" to say that it is a text`)
  } else if (type === "date" || type === "timestamp") {
    const kind = type === "date" ? "date" : "date-time"
    const message = `the unquoted ${kind} ${value} would become a ${kind} object, which a flow cannot carry here`
    issues.add("FlowDefinitionError", message, place, `quote it: "${value}"`)
  }
  return value
}

/** What a value is, in words for messages: `a list`, `the number 3`, `the text 'abc'`. */
export function describeValue(value: YamlValue): string {
  if (value.kind === "list") return value.items.length === 0 ? "an empty list" : "a list"
  if (value.kind === "map") return value.entries.size === 0 ? "an empty map" : "a map"
  switch (value.type) {
    case "null":
      return "nothing"
    case "bool":
      return `the boolean ${value.value}`
    case "int":
    case "float":
      return `the number ${value.value}`
    case "date":
    case "timestamp":
      return `the date ${value.value}`
    case "text":
      return `the text '${shorten(String(value.value))}'`
  }
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}...` : text)
