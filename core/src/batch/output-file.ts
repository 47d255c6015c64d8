// `output.jsonl`, which grows while the run goes on. Appends with one writev; knows nothing of lines or order.

import { type FileHandle, open } from "node:fs/promises"
import { join } from "node:path"
import { WriteFailed } from "../contracts/errors.ts"
import { makeFolder } from "../data/index.ts"

export const OUTPUT_FILE = "output.jsonl"

/** Each call appends all of its buffers, or rejects with `WriteFailed`. */
export interface OutputFile {
  readonly path: string | undefined
  readonly sizeBytes: number
  append(buffers: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/**
 * Creates the folder where needed. Without a folder, output goes nowhere.
 *
 * @param keepBytes how much of what is there stays; nothing when there is less than that
 */
export async function openOutputFile(outputDir: string | undefined, keepBytes = 0): Promise<OutputFile> {
  if (outputDir === undefined)
    return { path: undefined, sizeBytes: keepBytes, append: async () => {}, close: async () => {} }
  const path = join(outputDir, OUTPUT_FILE)
  let file: FileHandle
  let size: number
  try {
    makeFolder(outputDir)
    file = await open(path, keepBytes === 0 ? "w" : "a")
    size = keepBytes > 0 && (await file.stat()).size >= keepBytes ? keepBytes : 0
    if (keepBytes > 0) await file.truncate(size)
  } catch (cause) {
    throw new WriteFailed({ path, cause })
  }
  return {
    path,
    get sizeBytes() {
      return size
    },
    append: async (buffers) => {
      try {
        let rest = buffers.filter((buffer) => buffer.byteLength > 0)
        while (rest.length > 0) {
          const { bytesWritten } = await file.writev(rest)
          rest = unwritten(rest, bytesWritten)
        }
        size += buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0)
      } catch (cause) {
        // A torn line would be taken for one: the file ends where the last whole append did.
        await file.truncate(size).catch(() => {})
        throw new WriteFailed({ path, cause })
      }
    },
    close: () => file.close()
  }
}

function unwritten(buffers: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written
  const rest: Uint8Array[] = []
  for (const buffer of buffers) {
    if (skip >= buffer.byteLength) skip -= buffer.byteLength
    else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip))
      skip = 0
    }
  }
  return rest
}
