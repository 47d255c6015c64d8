// How the benches reach the product: as a host does, through the one public entry. Nothing else here or in the scenarios
// imports the engine; `bench.test.ts` sees to it.

import { javascript } from "@throughline/executors"
import { lmdb } from "@throughline/storage"
import { createRuntime, type RunOptions, type Runtime } from "@throughline/core"

export type { RunOptions, Runtime }

export const openSystem = (home: string): Promise<Runtime> =>
  createRuntime({ executors: [javascript()], store: lmdb(home) })
