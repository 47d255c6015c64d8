// `npm run demo`: an unchanged Prompt flow evaluation over 3,201 films, from start to metrics. Needs Python 3.9 or later;
// no key, no service, no network. How it is shown is in demo-report.ts.

import { readFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { openRuntime } from "throughline"
import { ProgressView, reportOf } from "./demo-report.ts"
import { home } from "./home.ts"

try {
  console.log("Do critics tell what the audience will think? Grading the films of vega-datasets …\n")
  await using runtime = await openRuntime({ home })
  const run = runtime.run({
    flow: new URL("movies-evaluation/", import.meta.url),
    data: new URL("node_modules/vega-datasets/data/movies.json", import.meta.url),
    columnMapping: {
      title: "${data.Title}",
      release_date: "${data.Release Date}",
      genre: "${data.Major Genre}",
      critics: "${data.Rotten Tomatoes Rating}",
      audience: "${data.IMDB Rating}",
      tolerance: "0.75"
    }
  })
  process.once("SIGINT", () => void run.cancel())

  const progress = new ProgressView(process.stdout)
  for await (const event of run.events()) progress.show(event)
  progress.end()

  const result = await run.result()
  const runDir = join(home, ".runs", run.name)
  const outputFile = join(runDir, "flow_outputs", "output.jsonl")
  const lines = (await readFile(outputFile, "utf8")).split("\n")
  console.log(
    reportOf({
      name: run.name,
      result,
      linesPerSecond: run.progress.linesPerSecond,
      lines,
      runDir: relative(process.cwd(), runDir),
      outputFile: relative(process.cwd(), outputFile),
      home: relative(process.cwd(), home)
    })
  )
  if (result.status !== "Completed") process.exitCode = result.status === "Canceled" ? 130 : 1
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
