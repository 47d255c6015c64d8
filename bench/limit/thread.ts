// The limit, inside its thread: holds its lines as texts, and parses, calls the flow's functions and stringifies, nothing
// else. The functions are those of the flow's own files.

import { pathToFileURL } from "node:url"
import { parentPort, workerData } from "node:worker_threads"
import { BLOCK_LINES, blockDigests, linesOf } from "../digest.ts"
import type { FromLimit, LimitShare, LineFunction, ToLimit } from "./threads.ts"

const { flowFolder, dataFile, line: lineModule, turn, turns } = workerData as LimitShare
const { default: makeLine } = (await import(lineModule)) as {
  readonly default: (load: (file: string) => Promise<(...args: never[]) => unknown>) => Promise<LineFunction>
}
const runLine = await makeLine(async (file) => {
  const loaded = (await import(pathToFileURL(`${flowFolder}/${file}`).href)) as {
    readonly default: (...args: never[]) => unknown
  }
  return loaded.default
})
const texts: string[] = []
const numbers: number[] = []
let lineNumber = 0
for (const text of linesOf(dataFile)) {
  if (Math.floor(lineNumber / BLOCK_LINES) % turns === turn) {
    texts.push(text)
    numbers.push(lineNumber)
  }
  lineNumber++
}

/** As many lines per call as the system runs in one. */
const LINES_PER_CALL = 256
let characters = 0

function runSome(first: number, end: number): void {
  for (let i = first; i < end; i++) characters += runLine(texts[i]!, numbers[i]!).length
}

const send = (message: FromLimit) => parentPort!.postMessage(message)

parentPort!.on("message", (message: ToLimit) => {
  if (message === "run") {
    for (let i = 0; i < texts.length; i += LINES_PER_CALL) runSome(i, Math.min(texts.length, i + LINES_PER_CALL))
    send({ type: "done", characters })
  } else send({ type: "digests", blocks: blockDigests(texts.values().map((text, i) => runLine(text, numbers[i]!))) })
})
send({ type: "ready" })
