// A folder and those above it. Node's own recursive `mkdir` never comes back where a folder is there but takes no others,
// as `/proc` does not: it is told that something is missing, and tries once more.

import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"

/** Makes the folder where it is not there yet. Throws the system's own error, at once. */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  const parent = dirname(folder)
  if (!existsSync(parent)) makeFolder(parent)
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!isFolder(folder)) throw error
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
