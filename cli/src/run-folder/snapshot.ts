// `snapshot/`: the flow's folder as it was when it was run, without what its tools left behind.

import { copyFile, mkdir, readdir, readlink, symlink } from "node:fs/promises"
import { join } from "node:path"

const LEFT_OUT = new Set([".runs", ".promptflow", "node_modules", ".venv", "__pycache__", ".git"])

/**
 * Copies the folder. Its state is never copied, though a flow's folder may well hold it: neither `home`, nor the journal
 * where the flow's folder is the home.
 */
export async function copySnapshot(flowFolder: string, snapshot: string, home: string): Promise<void> {
  const journal = join(home, "journal")
  const copy = async (from: string, to: string): Promise<void> => {
    await mkdir(to, { recursive: true })
    for (const entry of await readdir(from, { withFileTypes: true })) {
      const source = join(from, entry.name)
      const target = join(to, entry.name)
      if (LEFT_OUT.has(entry.name) || source === home || source === journal) continue
      if (entry.isDirectory()) await copy(source, target)
      else if (entry.isFile()) await copyFile(source, target)
      else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    }
  }
  await copy(flowFolder, snapshot)
}
