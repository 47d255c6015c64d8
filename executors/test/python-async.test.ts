import type { ForeignValue } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { openFlow, script, TOOL } from "./python-builders.ts"

const stream = (kind: "def" | "async def") =>
  `${TOOL}@tool\n${kind} run():\n    yield 1\n    yield "b"\n    yield {"c": None}\n`

describe("asynchronous tools", () => {
  test("200 calls wait side by side: the last of them lets all go; they say that they may wait", async () => {
    const gathering = `${TOOL}import asyncio\nhere = []\n@tool\nasync def run(x):\n    here.append(x)\n    while len(here) < 200:\n        await asyncio.sleep(0)\n    return x\n`
    const flow = await openFlow({ nodes: { a: { code: gathering, inputs: { x: "${inputs.x}" } } } })

    const values = await Promise.all(Array.from({ length: 200 }, (_, x) => flow.call("a", { x })))

    expect(values.map(({ value }) => value)).toEqual(Array.from({ length: 200 }, (_, x) => x))
    expect(flow.tools.a!.mayWait).toBe(true)
  })

  test("a busy synchronous tool does not hold up an asynchronous one", async () => {
    const busy = script("", "import os, time", "while not os.path.exists('done'): time.sleep(0.01)")
    const quick = `${TOOL}@tool\nasync def run(x):\n    open("done", "w").close()\n    return x\n`
    const flow = await openFlow({
      nodes: { busy: { code: busy }, a: { code: quick, inputs: { x: "${inputs.x}" } } }
    })

    const blocked = flow.call("busy")
    const { value } = await flow.call("a", { x: 1 })
    await blocked

    expect(value).toBe(1)
  })

  test("a task that exits the process fails only its own call", async () => {
    const code = `${TOOL}import asyncio, sys\n@tool\nasync def run(x):\n    await asyncio.sleep(0.01)\n    if x: sys.exit(4)\n    return "fine"\n`
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })

    const [bad, good] = await Promise.allSettled([flow.call("a", { x: true }), flow.call("a", { x: false })])

    expect(bad).toMatchObject({ status: "rejected", reason: { message: "Execution failure in 'a': (SystemExit) 4" } })
    expect(good).toMatchObject({ status: "fulfilled", value: { text: '"fine"' } })
  })
})

describe("streams", () => {
  test.each(["def", "async def"] as const)(
    "the items of a generator (%s) that is a flow output are joined",
    async (kind) => {
      const flow = await openFlow({ nodes: { a: { code: stream(kind) } } })

      const value = await flow.call("a")

      expect(value).toMatchObject({ text: "\"1b{'c': None}\"", isSerializable: true })
    }
  )

  test("every reader of a stream sees all items, and so does the flow output", async () => {
    const read = script("g", "import inspect", "return [inspect.isgenerator(g), next(g), list(g)]")
    const flow = await openFlow({
      nodes: {
        a: { code: stream("def") },
        b: { code: read, inputs: { g: "${a.output}" } },
        c: { code: read, inputs: { g: "${a.output}" } }
      },
      outputs: ["a", "b", "c"]
    })

    const a = await flow.call("a")
    const [b, c] = await Promise.all([flow.call("b", { g: a }), flow.call("c", { g: a })])

    expect([b.value, c.value]).toEqual([
      [true, 1, ["b", { c: null }]],
      [true, 1, ["b", { c: null }]]
    ])
    expect(a.value).toBe("1b{'c': None}")
  })

  test("a stream that only other Python nodes read is not read ahead", async () => {
    const endless = `${TOOL}@tool\ndef run():\n    n = 0\n    while True:\n        yield n\n        n += 1\n`
    const flow = await openFlow({
      nodes: {
        a: { code: endless },
        b: { code: script("g", "return [next(g), next(g)]"), inputs: { g: "${a.output}" } }
      }
    })

    const b = await flow.call("b", { g: await flow.call("a") })

    expect(b.value).toEqual([0, 1])
  })

  test("an asynchronous stream is read by an asynchronous tool", async () => {
    const read = `${TOOL}@tool\nasync def run(g):\n    return [item async for item in g]\n`
    const flow = await openFlow({
      nodes: { a: { code: stream("async def") }, b: { code: read, inputs: { g: "${a.output}" } } },
      outputs: ["a", "b"]
    })

    const a: ForeignValue = await flow.call("a")
    const [first, second] = await Promise.all([flow.call("b", { g: a }), flow.call("b", { g: a })])

    expect([first.value, second.value]).toEqual([
      [1, "b", { c: null }],
      [1, "b", { c: null }]
    ])
  })

  test("an error in a stream that leaves fails the node that made it", async () => {
    const code = `${TOOL}@tool\ndef run():\n    yield 1\n    raise ValueError("half way")\n`
    const flow = await openFlow({ nodes: { a: { code } } })

    await expect(flow.call("a")).rejects.toThrow("Execution failure in 'a': (ValueError) half way")
  })
})
