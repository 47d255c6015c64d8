// Flex flows of TypeScript through the whole engine; those of Python are in flex-flows.e2e.test.ts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BatchEngine, createRuntime, javascript, memory } from "throughline"
import { expect, onTestFinished, test } from "vitest"

const MODULE = `
export function answer(q: string, n = 2) {
  console.log("asked", q)
  if (q === "boom") throw new RangeError("no " + q)
  return { q, n }
}
export const greet = async ({ q }: { q: string }) => \`hi \${q}\`
export function* pieces(q: string) {
  yield q
  yield 1
}
export async function* later(q: string) {
  yield q
  yield "!"
}
export const odd = () => ({ big: 10n ** 20n, gone: () => 1, map: new Map([["a", 1]]) })
export const circular = () => {
  const value: Record<string, unknown> = { fine: 1 }
  value.self = value
  return { ok: 1, bad: value }
}
export class Scorer {
  readonly bonus: number
  constructor(bonus: number | string, factor = 1) {
    if (bonus === "bad") throw new RangeError("no such bonus")
    this.bonus = Number(bonus) * factor
  }
  call(q: string) {
    return { score: q.length + this.bonus }
  }
  aggregate(lines: readonly { score: number }[]) {
    return { count: lines.length, sum: lines.reduce((sum, { score }) => sum + score, 0) }
  }
}
export class Quiet {
  __call__(q: string) {
    return q
  }
  __aggregate__(results: readonly string[]) {
    return results.join("")
  }
}
`

/** A folder with the module above and a flow file for the entry, and a runtime without Python. */
async function aFlow(name: string) {
  const folder = mkdtempSync(join(tmpdir(), "entries-"))
  writeFileSync(join(folder, "m.ts"), MODULE)
  writeFileSync(join(folder, "flow.flex.yaml"), `entry: ./m.ts:${name}\n`)
  const runtime = await createRuntime({ executors: [javascript()], store: memory() })
  onTestFinished(async () => {
    await runtime.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, runtime }
}

test.each([
  ["answer", { q: "a", n: 2 }],
  ["greet", { output: "hi a" }],
  ["pieces", { output: "a1" }],
  ["later", { output: "a!" }]
])("what %s returns is the line's output", async (name, output) => {
  const { folder, runtime } = await aFlow(name)

  const { output: got, error } = await runtime.test({ flow: folder, inputs: { q: "a" } })

  expect(error).toBeUndefined()
  expect(got).toEqual(output)
})

test("values are taken as they are, and what JavaScript alone has is written as JSON has it", async () => {
  const { folder, runtime } = await aFlow("answer")

  const { output } = await runtime.test({ flow: folder, inputs: { q: "7", n: { deep: ["3"] } } })

  expect(output).toEqual({ q: "7", n: { deep: ["3"] } })
  const odd = await runtime.test({ flow: (await aFlow("odd")).folder })
  expect(odd.output).toMatchObject({ big: 10 ** 20 })
})

test("an exception fails its line with its place, and what was printed is kept", async () => {
  const { folder, runtime } = await aFlow("answer")

  const { error, nodes } = await runtime.test({ flow: folder, inputs: { q: "boom" } })

  expect(error).toMatchObject({
    message: "Execution failure in 'answer': (RangeError) no boom",
    innerError: { code: "ScriptExecutionError" },
    place: expect.stringMatching(/^m\.ts:\d+$/)
  })
  expect(nodes[0]?.logs.stdout).toContain("asked boom")
})

test("an output that JSON cannot hold fails the line and is named", async () => {
  const { folder, runtime } = await aFlow("circular")

  const { error } = await runtime.test({ flow: folder })

  expect(error?.message).toMatch(/^The output 'bad' for flow is incorrect/)
})

test("a class is constructed from init by name, and aggregates what its lines gave", async () => {
  const { folder, runtime } = await aFlow("Scorer")
  const run = runtime.run({
    flow: folder,
    data: [{ q: "a" }, { q: "ccc" }],
    init: { factor: 2, bonus: "5" },
    outputDir: null
  })

  const result = await run.result()

  expect([result.completed_lines, result.node_status]).toEqual([2, {}])
  expect((await runtime.getRun(run.name)).metrics).toEqual({ count: 2, sum: 24 })
})

test("Python's names for the methods are taken too; an aggregation that gives no object is told", async () => {
  const { folder, runtime } = await aFlow("Quiet")
  const run = runtime.run({ flow: folder, data: [{ q: "a" }], outputDir: null })
  const warnings: string[] = []
  const listening = (async () => {
    for await (const event of run.events()) if (event.type === "Warning") warnings.push(event.message)
  })()

  await run.result()
  await listening

  expect(warnings).toEqual(["what __aggregate__ returned is not a dictionary: the run has no metrics"])
})

test("BatchEngine runs a function, a class and an object of the host's, here in its thread", async () => {
  const seen: string[] = []
  class Counter {
    readonly start: number
    constructor(start: number) {
      this.start = start
    }
    call({ q }: { q: string }) {
      seen.push(q)
      return { n: q.length + this.start }
    }
    aggregate(lines: readonly { n: number }[]) {
      return { total: lines.reduce((sum, { n }) => sum + n, 0) }
    }
  }
  const ask = (q: string) => {
    if (q === "boom") throw new RangeError(`no ${q}`)
    return q.toUpperCase()
  }
  const outputDir = mkdtempSync(join(tmpdir(), "functions-"))
  onTestFinished(() => rmSync(outputDir, { recursive: true, force: true }))
  const run = (engine: BatchEngine) =>
    engine.run({ inputDirs: { data: [{ q: "a" }, { q: "boom" }] }, inputsMapping: { q: "${data.q}" }, outputDir })

  const byFunction = await run(new BatchEngine(ask))
  const ofFunction = readFileSync(join(outputDir, "output.jsonl"), "utf8")
  const byClass = await run(new BatchEngine(Counter, undefined, { initKwargs: { start: 10 } }))
  await run(new BatchEngine(new Counter(0)))

  expect(ofFunction).toBe('{"line_number": 0, "output": "A"}\n')
  expect(byFunction.error_summary.error_list[0]?.error.message).toBe("Execution failure in 'ask': (RangeError) no boom")
  expect(byClass.completed_lines).toBe(2)
  expect(readFileSync(join(outputDir, "output.jsonl"), "utf8")).toBe(
    '{"line_number": 0, "n": 1}\n{"line_number": 1, "n": 4}\n'
  )
  expect(seen.sort()).toEqual(["a", "a", "boom", "boom"])
})

test.each([
  ["Scorer", { bonus: "bad" }, "Failed to initialize flow entry with 'bonus', ex:(RangeError) no such bonus"],
  ["Scorer", { other: 1 }, "the constructor has no parameter other"],
  ["nobody", {}, "./m.ts exports no function or class 'nobody'"]
])("%s with %j is told before any line", async (name, init, message) => {
  const { folder, runtime } = await aFlow(name)

  const run = runtime.run({ flow: folder, data: [{ q: "a" }], init, outputDir: null })

  await expect(run.result()).rejects.toThrow(message)
})
