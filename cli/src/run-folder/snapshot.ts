// `snapshot/`: the flow's folder as it was when it was run, without what its tools left behind.

import { cp, mkdir } from "node:fs/promises"
import { basename, dirname, relative, sep } from "node:path"

const LEFT_OUT = new Set([".runs", ".promptflow", "node_modules", ".venv", "__pycache__", ".git"])

/** Copies the folder. `home` and what is in it is never copied: a flow may well hold the place where its runs go. */
export async function copySnapshot(flowFolder: string, snapshot: string, home: string): Promise<void> {
  await mkdir(dirname(snapshot), { recursive: true })
  await cp(flowFolder, snapshot, {
    recursive: true,
    filter: (source) => source === flowFolder || !(LEFT_OUT.has(basename(source)) || isInside(source, home))
  })
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || way.startsWith(sep) || /^[a-z]:/i.test(way))
}
