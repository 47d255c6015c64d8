// The files that this thread's modules come from, from the first call of `watchLoading` on: those of tools and of what
// they import. Packages (`node_modules`) are taken to stay as they are.

import { statSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"

/** Path → what the file was like when it was loaded. */
const loaded = new Map<string, string>()
let isWatching = false

export function watchLoading(): void {
  if (isWatching) return
  isWatching = true
  registerHooks({
    load: (url, context, nextLoad) => {
      if (url.startsWith("file:") && !url.includes("/node_modules/")) {
        const path = fileURLToPath(url)
        loaded.set(path, stampOf(path))
      }
      return nextLoad(url, context)
    }
  })
}

/** True while every file is as it was when it was loaded. */
export function areUnchanged(): boolean {
  for (const [path, stamp] of loaded) if (stampOf(path) !== stamp) return false
  return true
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? "" : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}
