// Where the files of a run are.

import { basename, dirname, join } from "node:path"
import type { RunManifest, RunStore } from "@throughline/core"

/** The run's own folder; `undefined` for a store that has no place on a disk. */
export function runFolderOf(store: Pick<RunStore, "runsDir">, { name, outputDir }: RunManifest): string | undefined {
  if (outputDir !== undefined && basename(outputDir) === OUTPUTS) return dirname(outputDir)
  return store.runsDir === undefined ? undefined : join(store.runsDir, name)
}

export const OUTPUTS = "flow_outputs"

/** `000000042` */
export const nineDigits = (lineNumber: number): string => String(lineNumber).padStart(9, "0")
