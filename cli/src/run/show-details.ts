// `run show-details`: a run's lines, read from the store, so that it works for a run of any size and while it goes on.

import type { Runtime } from "@throughline/core"
import { pythonJson, pythonStr } from "@throughline/core/data"
import type { Arguments } from "../command/arguments.ts"
import { printJson, printResult } from "../command/print.ts"
import { openRuntime } from "../open-runtime.ts"
import { inputsWithNumber, plainValue, readLines, type StoredLine } from "../run-folder/read-lines.ts"
import { gridTable } from "./grid-table.ts"
import { maxResults } from "./max-results.ts"

const LINES_SHOWN = 100
const LINES_PRINTED_AT_ONCE = 1000

export async function run(args: Arguments): Promise<number> {
  const most = maxResults(args, LINES_SHOWN)
  const name = args.needed("--name")
  await using runtime = await openRuntime()
  if (args.text("--output") === "jsonl") {
    await printLines(firstLines(runtime, name, most))
    return 0
  }
  const lines = await Array.fromAsync(firstLines(runtime, name, most))
  if (args.text("--output") === "json") await printJson(lines.map(detailOf))
  else await printResult(table(lines))
  return 0
}

async function* firstLines({ store }: Runtime, name: string, most: number): AsyncGenerator<StoredLine> {
  let count = 0
  for await (const line of readLines(store, name)) {
    yield line
    if (++count >= most) return
  }
}

async function printLines(lines: AsyncIterable<StoredLine>): Promise<void> {
  let texts: string[] = []
  for await (const line of lines) {
    texts.push(JSON.stringify(detailOf(line)))
    if (texts.length < LINES_PRINTED_AT_ONCE) continue
    await printResult(texts.join("\n"))
    texts = []
  }
  if (texts.length > 0) await printResult(texts.join("\n"))
}

function detailOf(line: StoredLine): Record<string, unknown> {
  const { record, output } = line
  return {
    line_number: record.lineNumber,
    status: record.status,
    inputs: plainValues(inputsWithNumber(line)),
    outputs: plainValues(output),
    ...(record.error === undefined ? {} : { error: record.error.message })
  }
}

const plainValues = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plainValue(value)]))

function table(lines: readonly StoredLine[]): string {
  const inputs = lines.map(inputsWithNumber)
  const inputNames = [...new Set(inputs.flatMap((values) => Object.keys(values)))]
  const outputNames = [...new Set(lines.flatMap(({ output }) => Object.keys(output)))]
  const rows = lines.map(({ record, output }, i) => [
    String(i),
    ...inputNames.map((name) => cell(inputs[i]!, name)),
    ...outputNames.map((name) => (record.status === "Completed" ? cell(output, name) : `(${record.status})`))
  ])
  return gridTable(
    ["", ...inputNames.map((name) => `inputs.${name}`), ...outputNames.map((name) => `outputs.${name}`)],
    rows
  )
}

function cell(values: Readonly<Record<string, unknown>>, name: string): string {
  if (!Object.hasOwn(values, name)) return ""
  const value = values[name]
  const plain = plainValue(value)
  return typeof plain === "object" && plain !== null ? pythonJson(value) : pythonStr(value)
}
