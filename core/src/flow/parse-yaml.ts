// Reads yaml text in promptflow's dialect into values with places. Knows nothing of flows.
//
// Y1. Every issue has a place inside the text, 1-based.
// Y2. It never throws on any text; what cannot be read is an issue.

import { type Document, type ParsedNode, parseAllDocuments, type YAMLError } from "yaml"
import type { SourcePlace } from "../contracts/flow-plan.ts"
import { YamlValueBuilder } from "./build-yaml-value.ts"
import type { IssueList } from "./issue-list.ts"
import { SourceText } from "./source-text.ts"
import type { YamlMap, YamlValue } from "./yaml-value.ts"

const CODE = "YamlParseError"

/**
 * @param file the name that places carry
 * @returns `undefined` when the text cannot be understood; `issues` then says why. Values that are only wrong in
 *   themselves (a duplicate key, a tag) are issues too, but the rest is returned, so that it can be checked as well.
 *   An empty text is an empty map.
 */
export function parseYaml(text: string, file: string, issues: IssueList): YamlValue | undefined {
  const source = new SourceText(text, file)
  const issuesBefore = issues.issues.length
  const documents = parseDocuments(source, issues)
  if (documents === undefined) return undefined
  const [first, second] = documents
  if (first === undefined) return emptyMap(source.placeAt(0))
  addSyntaxIssues(source, documents, issues)
  if (second !== undefined) {
    const place = source.placeAt(second.range[0])
    issues.add(CODE, "a second yaml document starts here; a flow file holds one", place, "remove the '---' line")
  }
  if (issues.issues.length > issuesBefore) return undefined
  if (first.directives.yaml.explicit === true && first.directives.yaml.version !== "1.2") {
    issues.addNotSupportedYet(`%YAML ${first.directives.yaml.version}`, source.placeAt(0), "remove the directive")
  }
  if (first.contents === null) return emptyMap(source.placeAt(0))
  const builder = new YamlValueBuilder(source, issues)
  const value = builder.build(first.contents, 0)
  if (builder.isTooLarge) return undefined
  return value.kind === "scalar" && value.type === "null" ? emptyMap(value.place) : value
}

type ParsedDocument = Document.Parsed<ParsedNode>

function parseDocuments(source: SourceText, issues: IssueList): readonly ParsedDocument[] | undefined {
  try {
    // Without a schema every scalar is a text: `yaml-scalar.ts` gives it its meaning.
    const documents = parseAllDocuments(source.text, { schema: "failsafe", uniqueKeys: false, prettyErrors: false })
    return "empty" in documents ? [] : (documents as readonly ParsedDocument[])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    issues.add(CODE, `the file cannot be read as yaml: ${reason}`, source.placeAt(0))
    return undefined
  }
}

const emptyMap = (place: SourcePlace): YamlMap => ({ kind: "map", place, entries: new Map() })

/** One issue a line, and nothing of what the parser says after it lost its way: that is an echo of the first. */
function addSyntaxIssues(source: SourceText, documents: readonly ParsedDocument[], issues: IssueList): void {
  const lines = new Set<number>()
  const errors = documents.flatMap((document) => document.errors).sort((a, b) => a.pos[0] - b.pos[0])
  for (const error of errors) {
    const place = source.placeAt(error.pos[0])
    if (lines.has(place.line) || (lines.size > 0 && / in YAML (?:stream|document)/.test(error.message))) continue
    lines.add(place.line)
    issues.add(CODE, `invalid yaml: ${plainMessage(error)}`, place, syntaxHint(error, source.lineText(place.line)))
  }
}

function plainMessage({ message }: YAMLError): string {
  if (/call stack|stack overflow/i.test(message)) return "values are nested too deep"
  return message.charAt(0).toLowerCase() + message.slice(1)
}

function syntaxHint(error: YAMLError, line: string): string | undefined {
  if (/^\s*\{%/.test(line)) return "the file looks like a template; render it first"
  if (line.includes("{{")) return 'the line holds a {{placeholder}}; put the value in its place, or quote it: "{{…}}"'
  if (/[[{,]\s*(?:[\w"']+\s*:\s*)?\$\{/.test(line)) return 'inside [ ] and { } a reference needs quotes: "${…}"'
  if (error.code === "TAB_AS_INDENT") return "indent with spaces"
  if (error.code === "BAD_SCALAR_START") return "quote the value"
  if (error.code === "BLOCK_AS_IMPLICIT_KEY") return "a value that holds ': ' needs quotes"
  return undefined
}
