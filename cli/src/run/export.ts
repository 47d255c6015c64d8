// `run export`: the whole folder of a run from its journal, the files of single lines too, in its own place or elsewhere.

import { existsSync, readdirSync } from "node:fs"
import { cp, open } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { RunStore } from "@throughline/core"
import { makeFolder } from "@throughline/core/data"
import type { Arguments } from "../command/arguments.ts"
import { note, printResult } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"
import { openRuntime } from "../open-runtime.ts"
import { spacedJson } from "../run-folder/json-text.ts"
import { readLines } from "../run-folder/read-lines.ts"
import { OUTPUTS, runFolderOf } from "../run-folder/run-paths.ts"
import { writeRunFolder } from "../run-folder/write-run-folder.ts"

export async function run(args: Arguments): Promise<number> {
  const name = args.needed("--name")
  const given = args.text("--output")
  await using runtime = await openRuntime()
  const { manifest, status } = await runtime.getRun(name)
  const own = runFolderOf(runtime.store, manifest)
  const folder = given === undefined ? own : resolve(given)
  if (folder === undefined) throw new CommandError(`run '${name}' has no folder: say where with --output`)
  if (folder !== own) {
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new CommandError(`Target path ${folder} exists and is not empty.`)
    }
    if (own !== undefined && existsSync(own)) await cp(own, folder, { recursive: true })
  }
  if (status === "Running") note(`Run '${name}' is still running: what it has finished so far is written.`)
  await writeRunFolder(runtime, name, { folder, hasLineFiles: true })
  await writeMissingOutput(runtime.store, name, folder)
  await printResult(folder)
  return 0
}

/** `output.jsonl` grows with the run; where somebody removed it, the journal still has its lines. */
async function writeMissingOutput(store: RunStore, name: string, folder: string): Promise<void> {
  const path = join(folder, OUTPUTS, "output.jsonl")
  if (existsSync(path)) return
  makeFolder(join(folder, OUTPUTS))
  await using file = await open(path, "w")
  for await (const { record, output } of readLines(store, name)) {
    if (record.status === "Completed")
      await file.write(`${spacedJson({ line_number: record.lineNumber, ...output })}\n`)
  }
}
