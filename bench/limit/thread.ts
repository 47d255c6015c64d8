// The limit, inside its thread: holds its lines as texts, and parses, calls the flow's functions and stringifies, nothing
// else. The functions are those of the flow's own files.

import { pathToFileURL } from "node:url"
import { parentPort, workerData } from "node:worker_threads"
import { blockDigests, linesOf } from "../digest.ts"
import type { FromLimit, LimitShare, LineFunction, ToLimit } from "./threads.ts"

const { flowFolder, dataFile, line: lineModule, from, to } = workerData as LimitShare
const { default: makeLine } = (await import(lineModule)) as {
  readonly default: (load: (file: string) => Promise<(...args: never[]) => unknown>) => Promise<LineFunction>
}
const runLine = await makeLine(async (file) => {
  const loaded = (await import(pathToFileURL(`${flowFolder}/${file}`).href)) as {
    readonly default: (...args: never[]) => unknown
  }
  return loaded.default
})
const texts: string[] = linesOf(dataFile)
  .drop(from)
  .take(to - from)
  .toArray()

/** As many lines per call as the system runs in one. */
const LINES_PER_CALL = 256
let characters = 0

function runSome(first: number, end: number): void {
  for (let i = first; i < end; i++) characters += runLine(texts[i]!, from + i).length
}

const send = (message: FromLimit) => parentPort!.postMessage(message)

parentPort!.on("message", (message: ToLimit) => {
  if (message === "run") {
    for (let i = 0; i < texts.length; i += LINES_PER_CALL) runSome(i, Math.min(texts.length, i + LINES_PER_CALL))
    send({ type: "done", characters })
  } else send({ type: "digests", blocks: blockDigests(texts.values().map((text, i) => runLine(text, from + i))) })
})
send({ type: "ready" })
