// One text that stands for all outputs of a run: SHA-256 over blocks of lines, so that threads can each digest theirs. An output counts as the JSON value it is, not as how it is spaced.

import { createHash } from "node:crypto"
import { closeSync, openSync, readSync } from "node:fs"

/** Lines of a block. What a thread has is whole blocks, but for the last of all. */
export const BLOCK_LINES = 100

/** The digests of these blocks. `lines` are outputs as texts, in order. */
export function blockDigests(lines: Iterable<string>): string[] {
  const digests: string[] = []
  let hash = createHash("sha256")
  let count = 0
  for (const line of lines) {
    hash.update(line).update("\n")
    if (++count % BLOCK_LINES !== 0) continue
    digests.push(hash.digest("hex"))
    hash = createHash("sha256")
  }
  if (count % BLOCK_LINES !== 0) digests.push(hash.digest("hex"))
  return digests
}

export const digestOf = (blocks: readonly string[]): string =>
  createHash("sha256").update(blocks.join("\n")).digest("hex")

/** The digest of an `output.jsonl`. */
export const digestOfFile = (path: string): string =>
  digestOf(blockDigests(linesOf(path).map((line) => JSON.stringify(JSON.parse(line)))))

/** The lines of a file without their ends; reads a megabyte at a time. */
export function* linesOf(path: string): Generator<string, undefined> {
  const file = openSync(path, "r")
  try {
    const block = Buffer.allocUnsafe(1 << 20)
    let rest: Buffer = Buffer.alloc(0)
    for (let length = readSync(file, block); length > 0; length = readSync(file, block)) {
      const data = Buffer.concat([rest, block.subarray(0, length)])
      let from = 0
      for (let to = data.indexOf(10); to >= 0; to = data.indexOf(10, from)) {
        yield data.toString("utf8", from, to)
        from = to + 1
      }
      rest = data.subarray(from)
    }
    if (rest.length > 0) yield rest.toString("utf8")
  } finally {
    closeSync(file)
  }
}
