// Looks at the free space of the disks that a run writes to, and warns once a disk, before one is full. Stops nothing: a
// disk that is full fails the write, and the run can be taken up when there is room again.

import { statfs } from "node:fs/promises"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

const LOOK_EVERY = "10 seconds"
const LOW_BYTES = 256 << 20

export interface WatchDiskOptions {
  readonly folders: ReadonlyArray<string | undefined>
  readonly onWarning: (message: string) => void
  /** Free bytes of the disk that a path is on, and what tells the disk from others. */
  readonly look?: (path: string) => Promise<{ readonly freeBytes: number; readonly disk: number | string }>
}

/** Never ends, and never fails: fork it into the scope of the run. */
export const watchDisk = ({ folders, onWarning, look = lookAt }: WatchDiskOptions): Effect.Effect<unknown> => {
  const warned = new Set<number | string>()
  const lookAll = async () => {
    for (const folder of folders) {
      if (folder === undefined) continue
      const { freeBytes, disk } = await look(folder)
      if (freeBytes >= LOW_BYTES || warned.has(disk)) continue
      warned.add(disk)
      onWarning(
        `only ${Math.floor(freeBytes / 2 ** 20)} MiB are free on the disk of ${folder}: ` +
          "when it is full the run stops, and can be resumed once there is room"
      )
    }
  }
  return Effect.tryPromise(lookAll).pipe(Effect.ignore, Effect.repeat(Schedule.spaced(LOOK_EVERY)))
}

/** The path may not be there yet: then it will be on the disk of the nearest folder that is. */
async function lookAt(path: string): Promise<{ readonly freeBytes: number; readonly disk: string }> {
  try {
    const { bavail, bsize, blocks, type } = await statfs(path)
    return { freeBytes: bavail * bsize, disk: `${type} ${blocks} ${bsize}` }
  } catch (error) {
    if (dirname(path) === path) throw error
    return lookAt(dirname(path))
  }
}
