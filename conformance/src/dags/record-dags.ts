// Records what promptflow makes of the random DAGs.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Oracle } from "../oracle.ts"
import { dags } from "./dag.ts"
import { type DagRecord, dagOutcome, dagsFile, histogram } from "./dag-records.ts"
import { writeDag } from "./write-dag.ts"

/** Writes the records and gives the histogram of what they show. */
export async function recordDags(oracle: Oracle) {
  const folder = mkdtempSync(join(tmpdir(), "conformance-dags-"))
  try {
    const jobs = dags().map((dag, at) => ({ dag, job: writeDag(dag, join(folder, String(at)), "python") }))
    const records: DagRecord[] = []
    for (const { dag, job } of jobs) records.push({ dag, promptflow: dagOutcome(dag, await oracle.run(job)) })
    writeFileSync(dagsFile, records.map((record) => `${JSON.stringify(record)}\n`).join(""))
    return histogram(records)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
