import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { aToolPlan } from "./javascript-builders.ts"

const child = fileURLToPath(new URL("./print-child.ts", import.meta.url))

test("nothing that a tool prints comes out of the host's stdout; what no call printed goes to its stderr (T2)", () => {
  const plan = aToolPlan({
    tool: `console.log("while loading")
export default (n) => {
  console.log("in the call")
  process.stdout.write("raw\\n")
  process.stdout.write(new TextEncoder().encode("bytes\\n"))
  return n
}`
  })

  const { stdout, stderr, status } = spawnSync(process.execPath, [child, JSON.stringify(plan)], {
    encoding: "utf8",
    timeout: 50_000
  })

  expect(stdout).toBe("the host alone\n")
  expect(stderr).toContain("while loading")
  expect(stderr).not.toContain("in the call")
  expect(status).toBe(0)
})
