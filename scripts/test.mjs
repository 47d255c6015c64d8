// `npm test`: every check of the project, in the order that fails fastest. Prints `N passed, N failed, N skipped` last.
// `npm test -- FILTER …` runs only the test files whose path holds one of the words.

import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const filters = process.argv.slice(2)
const counts = { passed: 0, failed: 0, skipped: 0 }
const skippedSuites = new Map()

if (filters.length === 0) {
  check("types", ["tsc", "--noEmit", "-p", "tsconfig.json"])
  check("format and lint", ["biome", "check", "--error-on-warnings", "."])
  check("dead exports", ["knip"])
}
runTests()

for (const [file, names] of skippedSuites) console.log(`skipped: ${file}: ${names.join("; ")}`)
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1

function run(command, options) {
  const [name, ...args] = command
  return spawnSync(name, args, { cwd: root, shell: process.platform === "win32", ...options })
}

function check(title, command) {
  const { status, stdout, stderr } = run(command, { encoding: "utf8" })
  if (status === 0) {
    counts.passed++
    console.log(`ok: ${title}`)
  } else {
    counts.failed++
    console.log(`FAILED: ${title} (${command.join(" ")})\n${stdout}${stderr}`)
  }
}

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), "throughline-test-"))
  const outputFile = join(folder, "report.json")
  try {
    const { status } = run(
      ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${outputFile}`, ...filters],
      {
        stdio: ["ignore", "inherit", "inherit"]
      }
    )
    const report = JSON.parse(readFileSync(outputFile, "utf8"))
    counts.passed += report.numPassedTests
    counts.skipped += report.numPendingTests + report.numTodoTests
    // A file that does not even load has no test to count: it is one failure.
    const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0)
    const failed = report.numFailedTests + broken.length
    // An error outside of any test (an unhandled rejection) fails the run and counts nowhere else.
    counts.failed += failed === 0 && status !== 0 ? 1 : failed
    for (const file of report.testResults) {
      const names = file.assertionResults.filter((test) => test.status === "pending").map((test) => test.fullName)
      if (names.length > 0) skippedSuites.set(file.name.slice(root.length), names)
    }
  } catch (error) {
    counts.failed++
    console.log(`FAILED: the test run left no report (${error.message})`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
