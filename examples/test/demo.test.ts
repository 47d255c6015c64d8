// The demo gives what promptflow 1.18.5 gave for the same flow and the same films.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { openRuntime } from "throughline"
import { describe, expect, test } from "vitest"
import { aHome, isMissing, runExample } from "./run-example.ts"

const recorded = new URL("../movies-evaluation/metrics.promptflow-1.18.5.json", import.meta.url)

describe.skipIf(isMissing("python3"))("npm run demo (needs python3)", () => {
  test("grades all films and logs promptflow's metrics, to the last digit", async () => {
    const home = aHome()

    const demo = await runExample("demo.ts", { home })

    expect(demo).toMatchObject({ code: 0, stderr: "" })
    await using runtime = await openRuntime({ home })
    const [run] = await runtime.listRuns()
    expect(run).toMatchObject({ status: "Completed", lines: { total: 3201, completed: 3201, failed: 0 } })
    expect(run!.metrics).toEqual(JSON.parse(readFileSync(recorded, "utf8")))
    expect(run!.nodeStatus).toMatchObject({ "grade_film.completed": 2260, "name_missing.bypassed": 2260 })
  })

  test("says what came of it and where it is", async () => {
    const home = aHome()

    const { stdout } = await runExample("demo.ts", { home })

    const outputFile = /^Output {2}(.+)$/m.exec(stdout)?.[1]
    const output = readFileSync(join(import.meta.dirname, "../..", outputFile!), "utf8")
      .trimEnd()
      .split("\n")
    expect(output).toHaveLength(3201)
    expect(stdout).toContain("3,201 lines completed, 0 failed")
    expect(stdout).toMatch(/^ {2}graded +2,260 /m)
    expect(stdout).toContain('"title": "Gone with the Wind", "year": 1939')
    expect(stdout).toMatch(/npx throughline run show-metrics --name movies_evaluation_\w+/)
    expect(stdout).not.toContain("\x1b")
  })
})

test("without Python the demo says what it looked for and what to install", async () => {
  const demo = await runExample("demo.ts", { home: aHome(), env: { PATH: "", VIRTUAL_ENV: "" } })

  expect(demo.code).toBe(1)
  expect(demo.stderr).toMatch(/^demo: No Python was found\./)
  expect(demo.stderr).toContain("install Python 3.9 or later")
  expect(demo.stderr).not.toMatch(/^\s+at /m)
})
