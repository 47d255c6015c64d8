// `npm run record`: asks promptflow what comes of every case and of the random DAGs, and Jinja2 what comes of the random
// templates, and writes it down, with our own outcome where a case differs on purpose. Running it again changes nothing.
// `npm run record -- WORD …` records only the cases whose names hold a word.

import { writeFileSync } from "node:fs"
import { type Case, type Recorded, readCases, recordFile } from "./case.ts"
import { recordDags } from "./dags/record-dags.ts"
import { BETTER } from "./expectations.ts"
import { withModels } from "./models.ts"
import { openOracle, promptflowPython } from "./oracle.ts"
import { runOurs } from "./ours.ts"
import { withoutMessages } from "./outcome.ts"
import { conformancePage, pageFile } from "./page.ts"
import { recordTemplates } from "./templates/record-templates.ts"

const wanted = process.argv.slice(2)
const cases = readCases().filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
const python = promptflowPython()
const oracle = openOracle(python)
for (const each of cases) {
  console.error(each.name)
  await record(each)
}
if (wanted.length === 0) {
  console.error("random DAGs", await recordDags(oracle))
  recordTemplates(python)
}
await oracle.close()
writeFileSync(pageFile, conformancePage(readCases()))

async function record(each: Case): Promise<void> {
  const promptflow = await withModels(each.job, (job) => oracle.run(job))
  const recorded: Recorded = Object.hasOwn(BETTER, each.name)
    ? { promptflow, throughline: withoutMessages(await runOurs(each.job)) }
    : { promptflow }
  writeFileSync(recordFile(each), `${JSON.stringify(recorded, null, 2)}\n`)
}
