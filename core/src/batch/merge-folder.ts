// A flow with `additional_includes` runs in a copy of its folder into which they were copied, as in promptflow.
//
// G1. The flow's own folder is not written to.
// G2. Whoever merged a folder removes it, when nothing runs in it any more.

import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ChunkProxy, FlowPlan, Include } from "../contracts/index.ts"
import { zipFolder } from "./zip-folder.ts"

export interface MergedFolder {
  /** The plan with the merged folder as its working directory; the plan itself where nothing is included. */
  readonly plan: FlowPlan
  remove(): Promise<void>
}

/** What others left behind: no part of the flow. */
const LEFT_OUT = new Set([".git", ".promptflow", ".runs", "__pycache__"])
/** Large, and only read. */
const LINKED = new Set([".venv", "node_modules"])

export async function mergeFolder(plan: FlowPlan): Promise<MergedFolder> {
  const { workingDir, includes = [] } = plan
  if (includes.length === 0) return { plan, remove: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), "throughline-flow-"))
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 })
  try {
    await copyFolder(workingDir, folder)
    for (const include of includes) await copyInclude(include, folder)
  } catch (error) {
    await remove()
    throw error
  }
  return { plan: { ...plan, workingDir: folder }, remove }
}

/** Copies what the flow includes into a copy of its folder: over what is there, as promptflow does. */
export async function copyInclude({ from, name, kind }: Include, folder: string): Promise<void> {
  const target = join(folder, name)
  if (kind === "zip") await zipFolder(from, target)
  else if (kind === "folder") await copyFolder(from, target)
  else await cp(from, target)
}

async function copyFolder(from: string, to: string): Promise<void> {
  for (const { name } of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(name)) continue
    if (LINKED.has(name)) await symlink(join(from, name), join(to, name), "junction").catch(ignoreExisting)
    else {
      const filter = (source: string) => !LEFT_OUT.has(source.slice(source.lastIndexOf("/") + 1))
      await cp(join(from, name), join(to, name), { recursive: true, filter })
    }
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error
}

/** The proxy, with something to be done when it was closed. */
export function afterClose(proxy: ChunkProxy, done: () => Promise<void>): ChunkProxy {
  return {
    lanes: proxy.lanes,
    get mayWait() {
      return proxy.mayWait ?? false
    },
    runChunk: (task, onPart) => proxy.runChunk(task, onPart),
    runAggregation: (task) => proxy.runAggregation(task),
    cancel: () => proxy.cancel(),
    cancelChunk: (taskId) => proxy.cancelChunk?.(taskId),
    close: (graceMs) => proxy.close(graceMs).finally(done)
  }
}
