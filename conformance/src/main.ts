// `npm run conformance -- DIR …`: runs any flow folder through both engines and prints, as JSON, what came of it in each
// and where they differ. Exits with 1 when one differs.
//
// A folder with a `case.json` is run as that says; any other on its `data.*`, or the first file of rows that it has, or
// on one row of made-up values.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { openRuntime } from "throughline"
import { type CaseFile, jobAt } from "./case.ts"
import { withModels } from "./models.ts"
import { openOracle, promptflowPython } from "./oracle.ts"
import { runOurs } from "./ours.ts"
import { differences, type Job, type Outcome } from "./outcome.ts"

const MADE_UP: Readonly<Record<string, unknown>> = {
  int: 3,
  double: 1.5,
  bool: true,
  list: [1, 2, 3],
  object: { a: 1 }
}
const ROW_FILES = /^(data|inputs?|samples?|details|rows|batch_inputs)\.(jsonl|json|csv|tsv)$/

const folders = process.argv.slice(2)
if (folders.length === 0) {
  console.error("usage: npm run conformance -- DIR …")
  process.exit(2)
}

const scratch = mkdtempSync(join(tmpdir(), "conformance-data-"))
const oracle = openOracle(promptflowPython())
try {
  const reports = []
  for (const folder of folders.map((each) => resolve(each))) reports.push(await report(folder))
  console.log(JSON.stringify(reports, null, 2))
  process.exitCode = reports.every(({ isSame }) => isSame) ? 0 : 1
} finally {
  await oracle.close()
  rmSync(scratch, { recursive: true, force: true })
}

async function report(folder: string) {
  const job = await jobOf(folder)
  const promptflow = await withModels(job, (asked) => oracle.run(asked))
  const throughline = await runOurs(job)
  const { message: _, ...error } = throughline.error ?? { codes: [] }
  const found = differences(promptflow, { ...throughline, ...(throughline.error === undefined ? {} : { error }) })
  return {
    flow: folder,
    data: job.data,
    isSame: found.length === 0,
    promptflow: told(promptflow),
    throughline: told(throughline),
    differences: found
  }
}

/** An outcome in brief: how it ended, and the classes of what ended it. */
const told = ({ status, lines = [], error }: Outcome) => ({
  outcome: error === undefined ? status : "refused",
  completed: lines.filter((line) => line.status === "Completed").length,
  failed: lines.filter((line) => line.status === "Failed").length,
  errorCode: (error ?? lines.find((line) => line.error !== undefined)?.error)?.codes.join(" > "),
  message: error?.message
})

async function jobOf(folder: string): Promise<Job> {
  const file = join(folder, "case.json")
  if (existsSync(file)) {
    const { feature: _, behaviour: __, ...job } = JSON.parse(readFileSync(file, "utf8")) as CaseFile
    return jobAt(folder, job)
  }
  const rows = readdirSync(folder).find((name) => ROW_FILES.test(name))
  return {
    ...jobAt(folder, { data: {} }),
    data: { data: rows === undefined ? await madeUp(folder) : join(folder, rows) },
    sdk: true
  }
}

async function madeUp(folder: string): Promise<string> {
  await using runtime = await openRuntime({ home: scratch })
  const { plan } = runtime.checkFlow(folder)
  const row = Object.fromEntries(
    (plan?.inputs ?? [])
      .filter(({ hasDefault }) => !hasDefault)
      .map(({ name, type }) => [name, MADE_UP[type] ?? "hello"])
  )
  const file = join(scratch, `${basename(folder)}.jsonl`)
  writeFileSync(file, `${JSON.stringify(row)}\n`)
  return file
}
