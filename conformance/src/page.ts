// docs/conformance.md, written from the cases and their records.

import { fileURLToPath } from "node:url"
import { type Case, readRecord } from "./case.ts"
import { BETTER, WAITING, WITH_PANDAS_DATA } from "./expectations.ts"

export const pageFile = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url))

const ORDER = [
  "Flow file",
  "Flow inputs",
  "Flow outputs",
  "References",
  "Literal node inputs",
  "Tools",
  "Prompts",
  "Variants",
  "Environment and includes",
  "Checks before a run",
  "Activate and bypass",
  "Failures",
  "Aggregation and metrics",
  "Data",
  "Column mapping",
  "Several sources",
  "Batch options",
  "Chained and resumed runs",
  "Single nodes",
  "Package tools",
  "Images",
  "Language models",
  "Flex flows",
  "Prompty"
]

/** @throws {Error} for a feature without a place on the page */
export function conformancePage(cases: readonly Case[]): string {
  const lost = cases.find(({ feature }) => !ORDER.includes(feature))
  if (lost !== undefined) throw new Error(`${lost.name}: no chapter is called '${lost.feature}'`)
  const chapters = ORDER.map((feature) => ({ feature, cases: cases.filter((each) => each.feature === feature) }))
  const count = (list: Readonly<Record<string, string>>, of: readonly Case[]) =>
    of.filter(({ name }) => Object.hasOwn(list, name)).length
  const summary = chapters.map(({ feature, cases: of }) => {
    const better = count(BETTER, of)
    const waiting = count(WAITING, of)
    return `| [${feature}](#${anchor(feature)}) | ${of.length - better - waiting} | ${better} | ${waiting} |`
  })
  return `# Conformance

What promptflow 1.18.5 does, case by case, and what Throughline does. Every row is a flow folder under
\`conformance/flows/\`, run by both engines; promptflow's outcome is recorded, and the tests hold ours against it. This page is
written by \`npm run record\`.

**same**: equal statuses, outputs to the byte, node counts, metrics and error classes. **better**: different on purpose.
**not supported**: an error names what is missing.

| feature | same | better | not supported |
| --- | --- | --- | --- |
${summary.join("\n")}

${chapters.map(({ feature, cases: of }) => chapter(feature, of)).join("\n")}`
}

const chapter = (feature: string, cases: readonly Case[]): string => `## ${feature}

| promptflow | Throughline | case |
| --- | --- | --- |
${cases.map(row).join("\n")}
`

function row(each: Case): string {
  return `| ${cell(each.behaviour)} | ${cell(verdict(each))} | \`${each.name}\` |`
}

function verdict(each: Case): string {
  const why = BETTER[each.name]
  if (why !== undefined) {
    const asBefore = WITH_PANDAS_DATA.includes(each.name) ? "; `--compat pandas-data` does as promptflow" : ""
    return `**better**: ${why}${asBefore}`
  }
  const feature = WAITING[each.name]
  if (feature !== undefined) return `**not supported**: ${feature}`
  const { error } = readRecord(each).promptflow
  return error === undefined ? "same" : `same (\`${error.codes.at(-1)}\`)`
}

const cell = (text: string): string => text.replaceAll("|", "\\|")
const anchor = (feature: string): string => feature.toLowerCase().replaceAll(" ", "-")
