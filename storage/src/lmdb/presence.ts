// Which processes have a journal open: a file for each beside it, named for the process. LMDB's own table of readers does not
// tell, a process that reads nothing just now is not in it.
//
// P1. A file of a process that is gone counts for nothing, and is removed by who finds it.

import { readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isSameProcess, startOf } from "./lease.ts"

const NAME = /^open-(\d+)-(\d*)$/

/** Notes that this process has it open; the result takes that back. */
export function noteOpen(folder: string): () => void {
  const file = join(folder, `open-${process.pid}-${startOf(process.pid) ?? ""}`)
  try {
    writeFileSync(file, "")
  } catch {
    // Nobody can compact a journal in a folder that takes no file.
  }
  return () => rmSync(file, { force: true })
}

/** Ids of the other processes that have it open. */
export function othersWithOpen(folder: string): readonly number[] {
  const pids: number[] = []
  for (const name of readdirSync(folder)) {
    const [, pid, start] = NAME.exec(name) ?? []
    if (pid === undefined || Number(pid) === process.pid) continue
    if (isSameProcess({ pid: Number(pid), processStart: start === "" ? undefined : start })) pids.push(Number(pid))
    else rmSync(join(folder, name), { force: true })
  }
  return pids
}
