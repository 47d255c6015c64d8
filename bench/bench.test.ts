import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { listSchedule } from "./ideal.ts"
import { runDag } from "./scenarios/dag.ts"
import { runIo } from "./scenarios/io.ts"

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.includes("node_modules")
)

test("the benches reach the product through its public entry alone", () => {
  expect(sources).toContain(join("scenarios", "dag.ts"))
  for (const file of sources) {
    const imports = [...readFileSync(join(import.meta.dirname, file), "utf8").matchAll(/(?:from |import\()"([^"]+)"/g)]
    const foreign = imports.map(([, from]) => from!).filter((from) => !/^(?:node:|\.{1,2}\/|throughline$)/.test(from))
    expect(foreign, file).toEqual([])
    const outside = imports.map(([, from]) => from!).filter((from) => from.startsWith("."))
    for (const from of outside) expect(join(file, "..", from), file).not.toMatch(/^\.\./)
  }
})

test.each([
  ["dag-tiny", 4_000],
  ["dag-skewed", 1_150]
] as const)("a small %s gives the outputs that the limit gives", async (name, lines) => {
  const outcome = await runDag(name, { isQuick: true, lines, rounds: 1 })

  expect(outcome.cpuEfficiency.median).toBeGreaterThan(0)
  expect(outcome.lines).toBe(lines)
})

test("a small io-skewed gives a line for each wait, in order", async () => {
  const outcome = await runIo("io-skewed", { isQuick: true, lines: 60, rounds: 1 })

  expect(outcome.lines).toBe(60)
  expect(outcome.wallEfficiency.median).toBeLessThanOrEqual(1)
})

test("the ideal is when the last wait ends, each begun in order where a place is free first", () => {
  expect(listSchedule(new Array(10).fill(50), 4)).toBe(150)
  expect(listSchedule([100, 10, 10, 10, 70], 2)).toBe(100)
  expect(listSchedule([5], 100)).toBe(5)
  expect(listSchedule([], 3)).toBe(0)
})
