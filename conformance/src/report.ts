// One flow folder through both engines: what came of it in each, and where they differ.
//
// A folder with a `case.json` is run as that says; any other on its `data.*`, or the first file of rows that it has, or
// on one row of made-up values.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { openRuntime } from "throughline"
import { type CaseFile, jobAt } from "./case.ts"
import { withModels } from "./models.ts"
import type { Oracle } from "./oracle.ts"
import { runOurs } from "./ours.ts"
import { type Difference, differences, type Job, type Outcome, withoutMessages } from "./outcome.ts"

export interface Report {
  readonly flow: string
  /** Source → file. */
  readonly data: Readonly<Record<string, string>>
  readonly isSame: boolean
  readonly promptflow: Brief
  readonly throughline: Brief
  readonly differences: readonly Difference[]
}

/** An outcome in brief: how it ended, and the classes of what ended it or its first failed line. */
interface Brief {
  /** `refused` when no line ran, else the run's status. */
  readonly outcome: string | undefined
  readonly completed: number
  readonly failed: number
  readonly errorCode: string | undefined
  readonly message: string | undefined
}

/**
 * @param folder absolute
 * @param scratch where made-up data is written
 */
export async function reportOn(folder: string, oracle: Pick<Oracle, "run">, scratch: string): Promise<Report> {
  const job = await jobOf(folder, scratch)
  const promptflow = await withModels(job, (asked) => oracle.run(asked))
  const throughline = await runOurs(job)
  const found = differences(promptflow, withoutMessages(throughline))
  return {
    flow: folder,
    data: job.data,
    isSame: found.length === 0,
    promptflow: briefly(promptflow),
    throughline: briefly(throughline),
    differences: found
  }
}

function briefly({ status, lines = [], error }: Outcome): Brief {
  const failed = lines.filter((line) => line.status === "Failed")
  const failure = error ?? failed[0]?.error
  return {
    outcome: status ?? "refused",
    completed: lines.filter((line) => line.status === "Completed").length,
    failed: failed.length,
    errorCode: failure?.codes.join(" > "),
    message: failure?.message
  }
}

const ROW_FILES = /^(data|inputs?|samples?|details|rows|batch_inputs)\.(jsonl|json|csv|tsv)$/

async function jobOf(folder: string, scratch: string): Promise<Job> {
  const file = join(folder, "case.json")
  if (existsSync(file)) {
    const { feature: _, behaviour: __, ...job } = JSON.parse(readFileSync(file, "utf8")) as CaseFile
    return jobAt(folder, job)
  }
  const rows = readdirSync(folder).find((name) => ROW_FILES.test(name))
  return {
    ...jobAt(folder, { data: {} }),
    data: { data: rows === undefined ? await madeUp(folder, scratch) : join(folder, rows) },
    sdk: true
  }
}

const MADE_UP: Readonly<Record<string, unknown>> = {
  int: 3,
  double: 1.5,
  bool: true,
  list: [1, 2, 3],
  object: { a: 1 }
}

async function madeUp(folder: string, scratch: string): Promise<string> {
  await using runtime = await openRuntime({ home: scratch })
  const { plan } = runtime.checkFlow(folder)
  const needed = (plan?.inputs ?? []).filter(({ hasDefault }) => !hasDefault)
  const row = Object.fromEntries(needed.map(({ name, type }) => [name, MADE_UP[type] ?? "hello"]))
  const file = join(scratch, `${basename(folder)}.jsonl`)
  writeFileSync(file, `${JSON.stringify(row)}\n`)
  return file
}
