import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { NodeRecord, NodeResults } from "@throughline/core/contracts"
import { aFolder, aTask } from "@throughline/core/testing"
import { expect, test } from "vitest"
import { python } from "../src/index.ts"
import { decodeRecords } from "./decode-records.ts"
import { aToolPlan, type LanesSketch, linesOf, openLanesOn } from "./javascript-builders.ts"

/** The first node notes its calls; the last waits until it is canceled. */
function aSlowFlow(first: string) {
  const calls = join(aFolder(), "calls")
  return {
    calls: () => readFileSync(calls, "utf8"),
    tool: {
      "first.mjs": `import { appendFileSync } from "node:fs"
export default (n) => {
  appendFileSync(${JSON.stringify(calls)}, n + "\\n")
  return ${first}
}`,
      "last.mjs": "export default (n) => new Promise(() => {})"
    }
  }
}

const journaled = { context: { journaled: [0, 1, 2] } }
const nodesOf = (results: readonly NodeResults[]) =>
  results.flatMap(({ position, nodes }) =>
    (decodeRecords(nodes) as unknown as NodeRecord[]).map(({ node, value, json }) => [position, node, value ?? json])
  )

/** Runs lines until so many results of their nodes came home, and cancels them then. */
async function resultsUntil(
  count: number,
  sketch: LanesSketch,
  rows: readonly unknown[]
): Promise<readonly NodeResults[]> {
  const lanes = await openLanesOn({ ...journaled, ...sketch })
  const results: NodeResults[] = []
  await lanes.proxy.runChunk(aTask({ rows, id: 1 }), (part) => {
    results.push(...(part.unfinished ?? []))
    if (results.length >= count) lanes.proxy.cancel()
  })
  return results
}

test("a line that waits for long sends home what its nodes came to, and those are not called again (J1, W5)", async () => {
  const { tool, calls } = aSlowFlow('({ n, text: "é", list: [null, 0.5, true] })')

  const known = await resultsUntil(2, { tool }, [{ n: 1 }, { n: 2 }])
  const again = await openLanesOn({ tool: { ...tool, "last.mjs": "export default (n) => n" }, ...journaled })
  const parts: Parameters<Parameters<typeof again.proxy.runChunk>[1]>[0][] = []
  await again.proxy.runChunk({ ...aTask({ rows: [{ n: 1 }, { n: 2 }, { n: 3 }], id: 1 }), known }, (part) =>
    parts.push(part)
  )

  expect(nodesOf(known)).toEqual([0, 1].map((at) => [at, 0, { n: at + 1, text: "é", list: [null, 0.5, true] }]))
  expect(calls()).toBe("1\n2\n3\n")
  expect(linesOf(parts).map(({ out }) => out)).toEqual(
    [1, 2, 3].map((n) => ({ n, text: "é", list: [null, 0.5, true] }))
  )
  expect(parts.reduce((sum, { nodeStatus }) => sum + (nodeStatus["node0.completed"] ?? 0), 0)).toBe(3)
})

test("a line that keeps its thread for long does so before it goes on", async () => {
  const busy = "export default (n) => { const end = Date.now() + 350; while (Date.now() < end); return n + 1 }"
  const never = "export default (n) => new Promise(() => {})"

  const known = await resultsUntil(1, { tool: { "a.mjs": "export default (n) => n", "b.mjs": busy, "c.mjs": never } }, [
    { n: 1 }
  ])

  expect(nodesOf(known)).toEqual([
    [0, 0, 1],
    [0, 1, 2]
  ])
})

test.each([
  ["a Map", "new Map([[1, 2]])"],
  ["an object of a class", "new (class Point { x = 1 })()"],
  ["undefined inside", "[undefined]"],
  ["a date", "new Date(0)"],
  ["__proto__ as a key", 'JSON.parse("{\\"__proto__\\": 1}")']
])("a result that would not come back as it was is not sent: %s (J2)", async (_, first) => {
  const { tool } = aSlowFlow(`n === 1 ? ${first} : n`)

  const known = await resultsUntil(1, { tool }, [{ n: 1 }, { n: 2 }])

  expect(nodesOf(known)).toEqual([[1, 0, 2]])
})

test("lines that are done soon, and nodes that are not to be kept, send nothing (J3)", async () => {
  const lanes = await openLanesOn({ tool: { "a.mjs": "export default (n) => n", "b.mjs": WAITS }, ...journaled })
  const { parts } = await lanes.run([{ n: 1 }, { n: 10 }])
  const { "first.mjs": first, "last.mjs": last } = aSlowFlow("n").tool
  const tool = { "first.mjs": first, "between.mjs": "export default (n) => n", "last.mjs": last }
  const others = await resultsUntil(1, { tool, context: { journaled: [1] } }, [{ n: 1 }])

  expect(parts.flatMap(({ unfinished = [] }) => unfinished)).toEqual([])
  expect(nodesOf(others)).toEqual([[0, 1, 1]])
})

const WAITS = "export default (n) => new Promise((resolve) => setTimeout(resolve, n, n))"

test("results that Python holds are sent when they are no more than their text", async () => {
  const { hosts } = python()
  const sent = async (result: string) => {
    const tool = {
      "a.py": `from promptflow.core import tool\n\n\n@tool\ndef a(n):\n    return ${result} if n == 1 else n\n`,
      "b.py":
        "import asyncio\nfrom promptflow.core import tool\n\n\n@tool\nasync def b(n):\n    await asyncio.sleep(60)\n"
    }
    const { nodes, workingDir } = aToolPlan({ tool })
    const plan = { nodes: nodes.map((node) => ({ ...node, type: "python" })), workingDir }
    return nodesOf(
      await resultsUntil(1, { tool, plan, context: { ...journaled.context, hosts } }, [{ n: 1 }, { n: 2 }])
    )
  }

  expect(await sent('{"a": [1.0, None, "x"]}')).toContainEqual([0, 0, '{"a": [1.0, null, "x"]}'])
  expect(await sent("(1, 2)")).toEqual([[1, 0, "2"]])
  expect(await sent("{1: 2}")).toEqual([[1, 0, "2"]])
})
