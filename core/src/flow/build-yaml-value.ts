// Turns the nodes of the yaml library into values with places: scalars get their meaning, aliases and merge keys are
// resolved, keys become texts.
//
// Y3. Aliases share the value of their anchor, so that a small file cannot grow in memory.

import { isAlias, isCollection, isMap, isScalar, type ParsedNode, type YAMLMap } from "yaml"
import type { SourcePlace } from "../contracts/flow-plan.ts"
import type { IssueList } from "./issue-list.ts"
import { pythonFloat } from "./python-text.ts"
import type { SourceText } from "./source-text.ts"
import { resolvePlainScalar } from "./yaml-scalar.ts"
import type { YamlEntry, YamlMap, YamlScalar, YamlValue } from "./yaml-value.ts"

const CODE = "YamlParseError"

export class YamlValueBuilder {
  readonly #source: SourceText
  readonly #issues: IssueList
  readonly #anchors = new Map<string, YamlValue>()
  /** How many values a value holds, with aliases written out. */
  readonly #sizes = new Map<YamlValue, number>()
  /** Then the value is of no use: writing it out would take all memory. */
  isTooLarge = false

  constructor(source: SourceText, issues: IssueList) {
    this.#source = source
    this.#issues = issues
  }

  build(node: ParsedNode | null, offset: number, depth = 0): YamlValue {
    const place = this.#source.placeAt(node?.range[0] ?? offset)
    if (node === null) return nullScalar(place)
    if (depth > MAX_DEPTH) {
      this.#issues.add(CODE, `values are nested more than ${MAX_DEPTH} deep`, place)
      return nullScalar(place)
    }
    if (isAlias(node)) return this.#resolveAlias(node.source, place)
    const tag = node.tag
    if (tag !== undefined && !PLAIN_TAGS.has(tag)) {
      const shown = tag.replace("tag:yaml.org,2002:", "!!")
      this.#issues.addNotSupportedYet(`the yaml tag ${shown}`, place, "write the value without a tag")
    }
    const value = this.#buildUntagged(node, place, depth)
    const anchor = node.anchor
    if (anchor !== undefined) this.#anchors.set(anchor, value)
    this.#measure(value)
    return value
  }

  #buildUntagged(node: ParsedNode, place: SourcePlace, depth: number): YamlValue {
    if (isMap(node)) return this.#buildMap(node, place, depth)
    if (isCollection(node)) {
      const items = node.items as readonly (ParsedNode | null)[]
      const offset = node.range[0]
      return { kind: "list", place, items: items.map((item) => this.build(item, offset, depth + 1)) }
    }
    if (isScalar(node) && node.type === "PLAIN") {
      return { kind: "scalar", place, ...resolvePlainScalar(String(node.value)) }
    }
    return { kind: "scalar", place, type: "text", value: isScalar(node) ? String(node.value) : "" }
  }

  #buildMap(node: YAMLMap.Parsed, place: SourcePlace, depth: number): YamlMap {
    const entries = new Map<string, YamlEntry>()
    const merges: YamlValue[] = []
    let mergePlace: SourcePlace | undefined
    for (const pair of node.items) {
      const keyNode = pair.key as ParsedNode | null
      const keyPlace = this.#source.placeAt(keyNode?.range[0] ?? node.range[0])
      const isMerge = isScalar(keyNode) && keyNode.type === "PLAIN" && keyNode.value === "<<"
      const key = isMerge ? "<<" : this.#keyText(keyNode, keyPlace, place)
      const value = this.build(pair.value, keyNode?.range[1] ?? node.range[0], depth + 1)
      if (key === undefined) continue
      const earlier = isMerge ? mergePlace : entries.get(key)?.keyPlace
      if (earlier !== undefined) {
        const at = `${earlier.line}:${earlier.column}`
        this.#issues.add(
          CODE,
          `the key '${key}' is here twice; it first stands at ${at}`,
          keyPlace,
          "remove one of them"
        )
      } else if (isMerge) {
        mergePlace = keyPlace
        merges.push(value)
      } else {
        entries.set(key, { key, keyPlace, value })
      }
    }
    for (const merge of merges) this.#mergeInto(entries, merge)
    return { kind: "map", place, entries }
  }

  /** Adds the entries of `<<: *map` or `<<: [*map, …]` that are not there yet. */
  #mergeInto(entries: Map<string, YamlEntry>, merge: YamlValue): void {
    const maps = merge.kind === "list" ? merge.items : [merge]
    for (const map of maps) {
      if (map.kind !== "map") {
        this.#issues.add(
          CODE,
          "the merge key '<<' takes a map or a list of maps",
          map.place,
          'quote it if it is a name: "<<"'
        )
        continue
      }
      for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry)
    }
  }

  #keyText(node: ParsedNode | null, place: SourcePlace, mapPlace: SourcePlace): string | undefined {
    if (node === null) return "null"
    const placeholder = placeholderName(node)
    if (placeholder !== undefined) {
      const message = `{{${placeholder}}} is a placeholder, not a value: unquoted, yaml reads it as a map inside a map`
      this.#issues.add(CODE, message, mapPlace, `put the value in its place, or quote it: "{{${placeholder}}}"`)
      return undefined
    }
    const key = isCollection(node) ? undefined : this.build(node, 0)
    if (key?.kind !== "scalar") {
      this.#issues.add(CODE, "a key has to be a text, not a list or a map", place)
      return undefined
    }
    return key.type === "float" ? pythonFloat(Number(key.value)) : String(key.value)
  }

  #resolveAlias(name: string, place: SourcePlace): YamlValue {
    const value = this.#anchors.get(name)
    if (value !== undefined) return value
    this.#issues.add(
      CODE,
      `the alias *${name} has no complete anchor &${name} before it`,
      place,
      `quote it if it is a text: "*${name}"`
    )
    return nullScalar(place)
  }

  #measure(value: YamlValue): void {
    const parts = value.kind === "map" ? [...value.entries.values()].map((entry) => entry.value) : []
    if (value.kind === "list") parts.push(...value.items)
    const size = parts.reduce((sum, part) => sum + (this.#sizes.get(part) ?? 1), 1)
    this.#sizes.set(value, size)
    if (size <= MAX_VALUES || this.isTooLarge) return
    this.isTooLarge = true
    this.#issues.add(CODE, `the file holds more than ${MAX_VALUES} values, with aliases written out`, value.place)
  }
}

const nullScalar = (place: SourcePlace): YamlScalar => ({ kind: "scalar", place, type: "null", value: null })

const PLAIN_TAGS = new Set(["tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"])
const MAX_DEPTH = 200
const MAX_VALUES = 1_000_000

/** `name` of the map `{name}` that `{{name}}` has as its key. */
function placeholderName(node: ParsedNode): string | undefined {
  if (!isMap(node) || node.items.length !== 1) return undefined
  const pair = node.items[0]!
  return isScalar(pair.key) && pair.value === null ? String(pair.key.value) : undefined
}
