// `output.jsonl`, which grows while the run goes on. Appends with one writev; knows nothing of lines or order.

import { type FileHandle, mkdir, open } from "node:fs/promises"
import { join } from "node:path"
import { WriteFailed } from "../contracts/errors.ts"

export const OUTPUT_FILE = "output.jsonl"

/** Each call appends all of its buffers, or rejects with `WriteFailed`. */
export interface OutputFile {
  readonly path: string | undefined
  append(buffers: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Creates the folder where needed and truncates what was there. Without a folder, output goes nowhere. */
export async function openOutputFile(outputDir: string | undefined): Promise<OutputFile> {
  if (outputDir === undefined) return { path: undefined, append: async () => {}, close: async () => {} }
  const path = join(outputDir, OUTPUT_FILE)
  let file: FileHandle
  try {
    await mkdir(outputDir, { recursive: true })
    file = await open(path, "w")
  } catch (cause) {
    throw new WriteFailed({ path, cause })
  }
  let size = 0
  return {
    path,
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
