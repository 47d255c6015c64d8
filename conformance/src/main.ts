// `npm run conformance -- DIR …`: runs any flow folders through both engines and prints a report of each, as JSON. Exits
// with 1 when one differs, with 2 when there is nothing to run.

import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { openOracle, promptflowPython } from "./oracle.ts"
import { type Report, reportOn } from "./report.ts"

const folders = process.argv.slice(2).map((each) => resolve(each))
const wrong = folders.find((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
if (folders.length === 0 || wrong !== undefined) {
  console.error(wrong === undefined ? "usage: npm run conformance -- DIR …" : `${wrong} is no folder`)
  process.exit(2)
}

const scratch = mkdtempSync(join(tmpdir(), "conformance-data-"))
const oracle = openOracle(promptflowPython())
try {
  const reports: Report[] = []
  for (const folder of folders) {
    console.error(folder)
    reports.push(await reportOn(folder, oracle, scratch))
  }
  console.log(JSON.stringify(reports, null, 2))
  process.exitCode = reports.every(({ isSame }) => isSame) ? 0 : 1
} finally {
  await oracle.close()
  rmSync(scratch, { recursive: true, force: true })
}
