// What a run takes from the run before it: `run.outputs` is what that one put out, `run.inputs` the data it was given.

import { existsSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { RunNotCompleted } from "../contracts/errors.ts"
import { type DataSource, parseExactJson, type Row, type RunStore } from "../contracts/index.ts"
import { compileTelling } from "./earlier-lines.ts"
import { keptLines } from "./kept-lines.ts"
import { OUTPUT_FILE } from "./output-file.ts"

/**
 * The files of the earlier run, or its journal where they are gone or never were.
 *
 * @throws {RunNotFound | RunNotCompleted}
 */
export async function upstreamSources(store: RunStore, name: string): Promise<Readonly<Record<string, DataSource>>> {
  const { manifest, status } = await store.getRun(name)
  if (status !== "Completed") throw new RunNotCompleted({ run: name, status })
  const { outputDir } = manifest
  const file = outputDir === undefined ? undefined : join(outputDir, OUTPUT_FILE)
  const outputs = file !== undefined && existsSync(file) ? file : keptOutputs(store, name)
  const { data } = manifest.data
  if (data === undefined) return { "run.outputs": outputs }
  const inputs = isAbsolute(data) && existsSync(data) ? data : keptInputs(store, name)
  return { "run.outputs": outputs, "run.inputs": inputs }
}

async function* keptOutputs(store: RunStore, name: string): AsyncGenerator<Row, undefined> {
  const tell = compileTelling((await store.getRun(name)).manifest)
  for await (const { record, row } of keptLines(store, name)) {
    const text = tell(record, row)
    if (text !== "") yield parseExactJson(text) as Row
  }
}

async function* keptInputs(store: RunStore, name: string): AsyncGenerator<Row, undefined> {
  const isJoined = (await store.getRun(name)).manifest.sources.length > 1
  for await (const { record, row } of keptLines(store, name)) {
    const parsed = parseExactJson(row) as Row
    yield { ...(isJoined ? (parsed.data as Row) : parsed), line_number: record.lineNumber }
  }
}
